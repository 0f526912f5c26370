"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { listNames, readJson, writeAtomically, writeCreatingFolder } = require("../files.js");
const { readRedactedHead } = require("./redacted-head.js");

const NAME = /^\d{17}-\d\d-([0-9a-f-]{36})\.json$/;

/**
 * Keeps an event; the name sorts by time and then by hook, and ends with the id. The file's time is when the waiting
 * began.
 */
function addEvent(paths, { id, time, text, isDerived = false }, rank = 0) {
  const name = `${String(time / 1000n).padStart(17, "0")}-${String(rank).padStart(2, "0")}-${id}.json`;
  const file = path.join(paths.outbox, name);
  writeCreatingFolder(file, text, { durable: false });
  if (!isDerived) fs.utimesSync(file, Number(time / 1_000_000n) / 1000, Number(time / 1_000_000n) / 1000);
}

/** Names of what waits, oldest first. */
const listEvents = (paths) =>
  listNames(paths.outbox)
    .filter((name) => NAME.test(name))
    .sort();

/** When the event was, in milliseconds. */
const timeOf = (name) => Number(name.slice(0, 17)) / 1000;

const idOf = (name) => NAME.exec(name)[1];

/** Sets an event of the outbox aside that the server will never take, with the reason beside it. */
function quarantine(paths, file, reason) {
  const target = writeReason(paths, file, reason);
  fs.renameSync(file, target);
}

/** Sets a file aside that is no event and never will be: its head, without what may be secret. */
function quarantineRaw(paths, file, reason) {
  const text = readRedactedHead(file);
  writeCreatingFolder(writeReason(paths, file, reason), text);
  fs.rmSync(file, { force: true });
}

/** Takes what may be secret out of a file that was set aside as it was. */
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
