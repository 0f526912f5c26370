"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { listNames, readJson, writeAtomically, writeCreatingFolder } = require("../../files.js");
const { readRedactedHead } = require("./redacted-head.js");

const NAME = /^\d{17}-\d\d-([0-9a-f-]{36})\.json$/;

/**
 * Stores an event, and returns its file; its name sorts by time and then by hook, and ends with the id. The file's time
 * is when it began to wait.
 */
function addEvent(paths, { id, time, text, isDerived = false }, rank = 0) {
  const name = `${String(time / 1000n).padStart(17, "0")}-${String(rank).padStart(2, "0")}-${id}.json`;
  const file = path.join(paths.outbox, name);
  writeCreatingFolder(file, text, { durable: false });
  if (!isDerived) fs.utimesSync(file, Number(time / 1_000_000n) / 1000, Number(time / 1_000_000n) / 1000);
  return file;
}

/** The names of waiting events, oldest first. */
const listEvents = (paths) =>
  listNames(paths.outbox)
    .filter((name) => NAME.test(name))
    .sort();

/** The time of an event, in milliseconds. */
const timeOf = (name) => Number(name.slice(0, 17)) / 1000;

const idOf = (name) => NAME.exec(name)[1];

/** Quarantines an event that the server will never accept, with the reason beside it. */
function quarantine(paths, file, reason) {
  const target = writeReason(paths, file, reason);
  fs.renameSync(file, target);
}

/** Quarantines a file that is no event: its head, redacted. */
function quarantineRaw(paths, file, reason) {
  const text = readRedactedHead(file);
  writeCreatingFolder(writeReason(paths, file, reason), text);
  fs.rmSync(file, { force: true });
}

/** Redacts a file that was quarantined without redaction. */
function redactQuarantined(file) {
  writeAtomically(file, readRedactedHead(file));
  writeAtomically(`${file}.why`, `${JSON.stringify({ ...readJson(`${file}.why`), by: "memfog" })}\n`);
}

function writeReason(paths, file, reason) {
  const target = path.join(paths.quarantine, path.basename(file));
  writeCreatingFolder(`${target}.why`, `${JSON.stringify({ at: new Date().toISOString(), ...reason })}\n`);
  return target;
}

module.exports = { addEvent, listEvents, idOf, timeOf, quarantine, quarantineRaw, redactQuarantined, NAME };
