"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { listNames, makePrivateFolder, readJson, sha256, statOf } = require("../../files.js");
const { readTurnEnd } = require("../../transcripts/turn-end.js");
const { derivedId } = require("../events/derived-id.js");
const { spoolEvent } = require("../spool/spool-event.js");

// After these hooks a turn has ended: the session is not at work.
const TURN_ENDS = new Set(["stop", "stop_failure", "session_end"]);
// A transcript that was quiet for longer shows nothing new.
const WATCH_LIFETIME_MS = 30 * 60_000;
// A hook may start before the line about an interrupt is written, and end after it.
const MAX_HOOK_DELAY_MS = 2_000;
const SUFFIX = ".open";

/**
 * Notes that a session is at work, and when its last hook ran: one file for each session. No hook runs for an
 * interrupt, so the transcript of a session that is quiet is looked at.
 */
function noteSession(paths, { hook, time, root, entrypoint, payload: { value } }) {
  const { session_id: session, transcript_path: transcript, cwd } = value ?? {};
  if (typeof session !== "string" || !isTranscript(transcript)) return;
  const file = noteOf(paths, session);
  if (TURN_ENDS.has(hook)) return fs.rmSync(file, { force: true });
  // A session that only began is not at work.
  if (hook === "session_start") return;
  makePrivateFolder(paths.transcripts);
  const note = { session, transcript, cwd, root, entrypoint, lastMs: Number(time / 1_000_000n) };
  fs.writeFileSync(file, JSON.stringify(note), { mode: 0o600 });
}

const isTranscript = (file) =>
  typeof file === "string" && path.isAbsolute(file) && file.endsWith(".jsonl") && !file.includes("\0");

const noteOf = (paths, session) => path.join(paths.transcripts, `${sha256(session).slice(0, 32)}${SUFFIX}`);

/**
 * Adds the ends of turns to the spool, for sessions that have been quiet for `quietMs`. Returns how many sessions may
 * still have such an end.
 */
function checkQuietSessions(paths, quietMs, now = Date.now()) {
  const notes = listNames(paths.transcripts).filter((name) => name.endsWith(SUFFIX));
  return notes.filter((name) => isStillOpen(paths, path.join(paths.transcripts, name), quietMs, now)).length;
}

// What was read of each transcript: it is read again only when it has changed.
const sizesRead = new Map();

function isStillOpen(paths, note, quietMs, now) {
  const session = readJson(note);
  const stat = session ? statOf(session.transcript) : null;
  if (!stat || !(now - session.lastMs < WATCH_LIFETIME_MS)) return removeNote(note);
  if (now - Math.max(session.lastMs, stat.mtimeMs) < quietMs || sizesRead.get(note) === stat.size) return true;
  sizesRead.set(note, stat.size);
  const end = readTurnEnd(session.transcript);
  if (!end || Date.parse(end.line.timestamp) < session.lastMs - MAX_HOOK_DELAY_MS) return true;
  spoolEvent(paths, eventOf(end, session));
  return removeNote(note);
}

function removeNote(note) {
  fs.rmSync(note, { force: true });
  sizesRead.delete(note);
  return false;
}

/** The id is that of the same line's event from an import. */
function eventOf({ name, line, data }, { session, transcript, cwd, root, entrypoint }) {
  const payload = { session_id: session, transcript_path: transcript, cwd: line.cwd ?? cwd, ...data };
  return {
    name,
    id: derivedId("import", name, line.uuid),
    time: BigInt(Date.parse(line.timestamp)) * 1_000_000n,
    root: root ?? "",
    entrypoint: entrypoint ?? undefined,
    payload: JSON.stringify(payload),
  };
}

module.exports = { noteSession, checkQuietSessions };
