"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { listNames, makePrivateFolder, readIfExists, readJson, sha256, writeAtomically } = require("../files.js");
const { readUsage } = require("../transcripts/usage-records.js");
const { spoolEvent } = require("./spool-event.js");

const TRANSCRIPT_KEYS = {
  stop: ["transcript_path"],
  subagent_stop: ["agent_transcript_path"],
  session_end: ["transcript_path"],
};
// Claude Code writes its transcript a moment after the hook ran.
const TRANSCRIPT_READ_TIMEOUT_MS = 15_000;
const TRANSCRIPT_LIFETIME_MS = 60 * 86_400_000;
const FINGERPRINT_BYTES = 256;

/**
 * Notes that the transcript named by a payload may have new lines. The note is a file, because the spool file is
 * deleted next.
 */
function noteTranscripts(paths, hook, payload) {
  const files = (TRANSCRIPT_KEYS[hook] ?? []).map((key) => payload?.[key]).filter(isTranscript);
  if (hook === "session_end") files.push(...files.flatMap(subagentsOf));
  if (files.length) makePrivateFolder(paths.transcripts);
  for (const file of files) fs.writeFileSync(dueFileOf(paths, file), file, { mode: 0o600 });
}

/** Adds usage events of the noted transcripts to the spool and skips unreadable ones. Returns how many events. */
function spoolUsageEvents(paths, now = Date.now()) {
  const due = listNames(paths.transcripts)
    .filter((name) => name.endsWith(".due"))
    .map((name) => path.join(paths.transcripts, name));
  return due.reduce((sum, file) => sum + dropOnError(file, () => readTranscript(paths, file, now)), 0);
}

const isTranscript = (file) =>
  typeof file === "string" && path.isAbsolute(file) && file.endsWith(".jsonl") && !file.includes("\0");

/** Claude Code's transcripts of a session's subagents: a killed subagent has no stop event of its own. */
function subagentsOf(file) {
  const folder = path.join(file.slice(0, -".jsonl".length), "subagents");
  return listNames(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => path.join(folder, name));
}

const dueFileOf = (paths, file) => path.join(paths.transcripts, `${sha256(file).slice(0, 32)}.due`);

function dropOnError(due, work) {
  try {
    return work();
  } catch (error) {
    if (["ENOSPC", "EDQUOT", "EROFS", "EIO", "EMFILE", "ENFILE"].includes(error.code)) throw error;
    fs.rmSync(due, { force: true });
    return 0;
  }
}

function readTranscript(paths, due, now) {
  const notedAt = fs.statSync(due).mtimeMs;
  const isLast = now - notedAt > TRANSCRIPT_READ_TIMEOUT_MS || now < notedAt - TRANSCRIPT_READ_TIMEOUT_MS;
  const file = readIfExists(due);
  const positionFile = due.replace(/\.due$/, ".json");
  const usage = readUsage(file, { ...loadPosition(file, readJson(positionFile)), isComplete: isLast });
  for (const event of usage.events) spoolEvent(paths, event);
  savePosition(positionFile, file, usage);
  if (isLast && usage.isAll) fs.rmSync(due, { force: true });
  return usage.events.length;
}

/** Where reading continues; at the start if the file was rewritten or truncated. */
function loadPosition(file, saved) {
  const isSame =
    saved &&
    saved.file === file &&
    fs.statSync(file).size >= saved.offset &&
    fingerprint(file, saved.offset) === saved.fingerprint;
  return isSame ? { offset: saved.offset, prompt: saved.prompt } : {};
}

function savePosition(positionFile, file, { offset, prompt }) {
  const text = JSON.stringify({ file, offset, prompt, fingerprint: fingerprint(file, offset) });
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
