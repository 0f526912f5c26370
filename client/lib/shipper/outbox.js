"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { namesIn, readJson, writeAtomically, writeInFolder } = require("../files.js");
const { headWithoutSecrets } = require("./raw.js");

const NAME = /^\d{17}-\d\d-([0-9a-f-]{36})\.json$/;

/**
 * Keeps an event; the name sorts by time and then by hook, and ends with the id. The file's time is when the waiting
 * began.
 */
function put(place, { id, time, text, isDerived = false }, rank = 0) {
  const name = `${String(time / 1000n).padStart(17, "0")}-${String(rank).padStart(2, "0")}-${id}.json`;
  const file = path.join(place.outbox, name);
  writeInFolder(file, text, { durable: false });
  if (!isDerived) fs.utimesSync(file, Number(time / 1_000_000n) / 1000, Number(time / 1_000_000n) / 1000);
}

/** Names of what waits, oldest first. */
const waiting = (place) =>
  namesIn(place.outbox)
    .filter((name) => NAME.test(name))
    .sort();

/** When the event was, in milliseconds. */
const timeOf = (name) => Number(name.slice(0, 17)) / 1000;

const idOf = (name) => NAME.exec(name)[1];

/** Sets an event of the outbox aside that the server will never take, with the reason beside it. */
function setAside(place, file, reason) {
  const aside = explained(place, file, reason);
  fs.renameSync(file, aside);
}

/** Sets a file aside that is no event and never will be: its head, without what may be secret. */
function setRawAside(place, file, reason) {
  const text = headWithoutSecrets(file);
  writeInFolder(explained(place, file, reason), text);
  fs.rmSync(file, { force: true });
}

/** Takes what may be secret out of a file that was set aside as it was. */
function cleanAside(file) {
  writeAtomically(file, headWithoutSecrets(file));
  writeAtomically(`${file}.why`, `${JSON.stringify({ ...readJson(`${file}.why`), by: "memfog" })}\n`);
}

function explained(place, file, reason) {
  const aside = path.join(place.quarantine, path.basename(file));
  writeInFolder(`${aside}.why`, `${JSON.stringify({ at: new Date().toISOString(), ...reason })}\n`);
  return aside;
}

module.exports = { put, waiting, idOf, timeOf, setAside, setRawAside, cleanAside, NAME };
