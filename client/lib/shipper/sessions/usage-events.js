"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { listNames, makePrivateFolder, readIfExists, readJson, sha256, writeAtomically } = require("../../files.js");
const { objectIn } = require("../../transcripts/lines.js");
const { readTitles } = require("../../transcripts/session-titles.js");
const { familyOf } = require("../../transcripts/transcript-files.js");
const { readUsage } = require("../../transcripts/usage/usage-records.js");
const { spoolEvent } = require("../spool/spool-event.js");

const [DUE, QUIET] = [".due", ".quiet"];

// The hooks after which a transcript is complete, as [member of the payload].
const ENDINGS = {
  stop: ["transcript_path"],
  subagent_stop: ["agent_transcript_path"],
  session_end: ["transcript_path"],
};
const TRANSCRIPT_KEYS = ["transcript_path", "agent_transcript_path"];
// Claude Code writes its transcript a moment after the hook ran.
const TRANSCRIPT_READ_TIMEOUT_MS = 15_000;
// A session without a hook for this long may have been killed. Shorter than the shipper lingers.
const QUIET_MS = 20_000;
// The note of one transcript is renewed at most this often.
const RENEWAL_MS = 5_000;
const TRANSCRIPT_LIFETIME_MS = 60 * 86_400_000;
const FINGERPRINT_BYTES = 256;
const HEAD_BYTES = 256 * 1024;

const renewedAt = new Map();

/**
 * Notes that the transcripts named by a payload have new lines: to be read soon after the end of a turn, else once the
 * session is quiet. The note is a file, because the spool file is deleted next.
 */
function noteTranscripts(paths, hook, payload, now = Date.now()) {
  const ending = transcriptsIn(payload, ENDINGS[hook] ?? []);
  const family = hook === "session_end" ? ending.flatMap(familyOf) : [];
  for (const file of new Set([...ending, ...family])) writeNote(paths, file, DUE);
  for (const file of transcriptsIn(payload, TRANSCRIPT_KEYS)) {
    if (ending.includes(file)) removeQuietNote(paths, file);
    else if (!(Math.abs(now - renewedAt.get(noteOf(paths, file, QUIET))) < RENEWAL_MS)) {
      writeNote(paths, file, QUIET);
      renewedAt.set(noteOf(paths, file, QUIET), now);
    }
  }
}

const transcriptsIn = (payload, keys) => [...new Set(keys.map((key) => payload?.[key]).filter(isTranscript))];

const isTranscript = (file) =>
  typeof file === "string" && path.isAbsolute(file) && file.endsWith(".jsonl") && !file.includes("\0");

function writeNote(paths, file, extension) {
  makePrivateFolder(paths.transcripts);
  fs.writeFileSync(noteOf(paths, file, extension), file, { mode: 0o600 });
}

function removeQuietNote(paths, file) {
  const note = noteOf(paths, file, QUIET);
  fs.rmSync(note, { force: true });
  renewedAt.delete(note);
}

/** Adds usage events of the noted transcripts to the spool and skips unreadable ones. Returns how many events. */
function spoolUsageEvents(paths, now = Date.now()) {
  const names = listNames(paths.transcripts);
  const read = (extension, readNote) =>
    names
      .filter((name) => name.endsWith(extension))
      .map((name) => path.join(paths.transcripts, name))
      .reduce((sum, note) => sum + dropOnError(note, () => readNote(paths, note, now)), 0);
  return read(DUE, readDue) + read(QUIET, readQuiet);
}

const noteOf = (paths, file, extension) => path.join(paths.transcripts, sha256(file).slice(0, 32) + extension);

function dropOnError(note, work) {
  try {
    return work();
  } catch (error) {
    if (["ENOSPC", "EDQUOT", "EROFS", "EIO", "EMFILE", "ENFILE"].includes(error.code)) throw error;
    fs.rmSync(note, { force: true });
    return 0;
  }
}

function readDue(paths, note, now) {
  const notedAt = fs.statSync(note).mtimeMs;
  const isLast = now - notedAt > TRANSCRIPT_READ_TIMEOUT_MS || now < notedAt - TRANSCRIPT_READ_TIMEOUT_MS;
  const { count, isAll } = readTranscript(paths, readIfExists(note), isLast);
  if (isLast && isAll) fs.rmSync(note, { force: true });
  return count;
}

/**
 * Reads the transcript of a session that has been quiet for a while, and those of its subagents: after a session was
 * killed no hook follows.
 */
function readQuiet(paths, note, now) {
  const isQuiet = (file) => Math.abs(now - fs.statSync(file).mtimeMs) > QUIET_MS;
  if (!isQuiet(note)) return 0;
  const family = familyOf(readIfExists(note));
  if (!family.every(isQuiet)) return 0;
  const results = family.map((file) => readTranscript(paths, file, true));
  if (results.every(({ isAll }) => isAll)) fs.rmSync(note, { force: true });
  return results.reduce((sum, { count }) => sum + count, 0);
}

/** Adds what is new in a transcript to the spool: {count, isAll}. An unfinished answer only if it `isComplete`. */
function readTranscript(paths, file, isComplete) {
  const positionFile = noteOf(paths, file, ".json");
  const position = loadPosition(file, readJson(positionFile));
  const usage = readUsage(file, { ...position, isComplete });
  const titles = readTitles(file, { offset: position.offset, to: usage.offset, state: position.titles });
  const events = addFolder(file, [...usage.events, ...titles.events]);
  for (const event of events) spoolEvent(paths, event);
  savePosition(positionFile, file, { ...usage, titles: titles.state });
  return { count: events.length, isAll: usage.isAll };
}

/** Events of lines without a folder have that of the transcript's first lines: without any, no exclusion would hold. */
function addFolder(file, events) {
  const hasFolder = ({ payload }) => Boolean(JSON.parse(payload).cwd);
  if (events.every(hasFolder)) return events;
  const root = readFolder(file);
  return events.map((event) => (hasFolder(event) ? event : { ...event, root }));
}

function readFolder(file) {
  const bytes = Buffer.alloc(HEAD_BYTES);
  const descriptor = fs.openSync(file);
  const length = fs.readSync(descriptor, bytes, 0, HEAD_BYTES, 0);
  fs.closeSync(descriptor);
  const lines = bytes.toString("utf8", 0, length).split("\n");
  return lines.map((line) => objectIn(line)?.cwd).find((cwd) => typeof cwd === "string" && cwd !== "") ?? "";
}

/** Where reading continues; at the start if the file was rewritten or truncated. */
function loadPosition(file, saved) {
  const isSame =
    saved &&
    saved.file === file &&
    fs.statSync(file).size >= saved.offset &&
    fingerprint(file, saved.offset) === saved.fingerprint;
  return isSame ? { offset: saved.offset, prompt: saved.prompt, titles: saved.titles } : {};
}

function savePosition(positionFile, file, { offset, prompt, titles }) {
  const text = JSON.stringify({ file, offset, prompt, titles, fingerprint: fingerprint(file, offset) });
  if (readIfExists(positionFile) !== text) writeAtomically(positionFile, text, { durable: false });
}

/** The hash of the bytes before an offset. */
function fingerprint(file, offset) {
  const bytes = Buffer.alloc(Math.min(offset, FINGERPRINT_BYTES));
  const descriptor = fs.openSync(file);
  fs.readSync(descriptor, bytes, 0, bytes.length, offset - bytes.length);
  fs.closeSync(descriptor);
  return sha256(bytes);
}

/**
 * Removes the positions of transcripts that were unused for long; Claude Code deletes transcripts after thirty days.
 */
function removeOldTranscripts(paths, now = Date.now()) {
  for (const name of listNames(paths.transcripts)) {
    const file = path.join(paths.transcripts, name);
    if (now - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now) > TRANSCRIPT_LIFETIME_MS)
      fs.rmSync(file, { force: true });
  }
}

module.exports = { noteTranscripts, spoolUsageEvents, removeOldTranscripts };
