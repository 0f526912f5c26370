"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { namesIn, privateFolder, readIfThere, readJson, sha256, writeAtomically } = require("../files.js");
const { readUsage } = require("../transcripts/usage-records.js");
const { spoolDerived } = require("./spool.js");

const ENDS_A_TURN = {
  stop: ["transcript_path"],
  subagent_stop: ["agent_transcript_path"],
  session_end: ["transcript_path"],
};
// The host writes its transcript a moment after the hook has run.
const LOOKS_FOR_MS = 15_000;
const FORGOTTEN_AFTER_MS = 60 * 86_400_000;
const FINGERPRINT = 256;

/**
 * Notes that the transcript a payload names may hold something new. Survives the shipper, since its spool file goes
 * next.
 */
function noteTurn(place, hook, payload) {
  const files = (ENDS_A_TURN[hook] ?? []).map((key) => payload?.[key]).filter(isTranscript);
  if (hook === "session_end") files.push(...files.flatMap(subagentsOf));
  if (files.length) privateFolder(place.transcripts);
  for (const file of files) fs.writeFileSync(dueFile(place, file), file, { mode: 0o600 });
}

/**
 * Puts what is new in the noted transcripts into the spool; what can not be read costs nothing. Returns how many
 * events.
 */
function spoolUsage(place, now = Date.now()) {
  const due = namesIn(place.transcripts)
    .filter((name) => name.endsWith(".due"))
    .map((name) => path.join(place.transcripts, name));
  return due.reduce((sum, file) => sum + orForgotten(file, () => readOne(place, file, now)), 0);
}

const isTranscript = (file) =>
  typeof file === "string" && path.isAbsolute(file) && file.endsWith(".jsonl") && !file.includes("\0");

/** Where Claude Code keeps the transcripts of a session's subagents: one that was killed had no stop of its own. */
function subagentsOf(file) {
  const folder = path.join(file.slice(0, -".jsonl".length), "subagents");
  return namesIn(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => path.join(folder, name));
}

const dueFile = (place, file) => path.join(place.transcripts, `${sha256(file).slice(0, 32)}.due`);

function orForgotten(due, work) {
  try {
    return work();
  } catch (error) {
    if (["ENOSPC", "EDQUOT", "EROFS", "EIO", "EMFILE", "ENFILE"].includes(error.code)) throw error;
    fs.rmSync(due, { force: true });
    return 0;
  }
}

function readOne(place, due, now) {
  const noted = fs.statSync(due).mtimeMs;
  const isLast = now - noted > LOOKS_FOR_MS || now < noted - LOOKS_FOR_MS;
  const file = readIfThere(due);
  const memory = due.replace(/\.due$/, ".json");
  const found = readUsage(file, { ...positionIn(file, readJson(memory)), isComplete: isLast });
  for (const event of found.events) spoolDerived(place, event);
  remember(memory, file, found);
  if (isLast && found.isAll) fs.rmSync(due, { force: true });
  return found.events.length;
}

/** Where to go on; at the start where the file is not the one that was read: it was rewritten, or cut. */
function positionIn(file, known) {
  const isSame =
    known &&
    known.file === file &&
    fs.statSync(file).size >= known.offset &&
    fingerprint(file, known.offset) === known.fingerprint;
  return isSame ? { offset: known.offset, prompt: known.prompt } : {};
}

function remember(memory, file, { offset, prompt }) {
  const text = JSON.stringify({ file, offset, prompt, fingerprint: fingerprint(file, offset) });
  if (readIfThere(memory) !== text) writeAtomically(memory, text, { durable: false });
}

/** The hash of what stands before a place. */
function fingerprint(file, offset) {
  const before = Buffer.alloc(Math.min(offset, FINGERPRINT));
  const descriptor = fs.openSync(file);
  fs.readSync(descriptor, before, 0, before.length, offset - before.length);
  fs.closeSync(descriptor);
  return sha256(before);
}

/** Drops the memory of transcripts that nobody has touched for long; the host deletes them after thirty days. */
function forgetOldTranscripts(place, now = Date.now()) {
  for (const name of namesIn(place.transcripts)) {
    const file = path.join(place.transcripts, name);
    if (now - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now) > FORGOTTEN_AFTER_MS)
      fs.rmSync(file, { force: true });
  }
}

module.exports = { noteTurn, spoolUsage, forgetOldTranscripts };
