"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { namesIn, readJson } = require("../files.js");
const outbox = require("./outbox.js");
const { isWhole } = require("./spool.js");

const EVENT_HEADER = /^memfog [12] [A-Za-z]/;

/**
 * Takes up again what went to quarantine for a reason that may be gone: files of the spool that an earlier version
 * could not read, and with `refused` the events that the server would not take. Returns how many.
 */
function takeUp(place, { refused = false } = {}) {
  const names = namesIn(place.quarantine)
    .filter((name) => name.endsWith(".why"))
    .map((name) => name.slice(0, -".why".length));
  return names.map((name) => takeUpOne(place, name, refused)).filter(Boolean).length;
}

function takeUpOne(place, name, refused) {
  const file = path.join(place.quarantine, name);
  const { code } = readJson(`${file}.why`) ?? {};
  if (outbox.NAME.test(name)) return refused && code !== "too_large" && moved(file, path.join(place.outbox, name));
  if (!fs.existsSync(file)) return false;
  if (isSpoolFile(place, name)) return moved(file, path.join(place.spool, name));
  // Earlier versions put such a file aside as it was.
  if (!readJson(`${file}.why`)?.by) outbox.cleanAside(file);
  return false;
}

function isSpoolFile(place, name) {
  const file = path.join(place.quarantine, name);
  const entry = { name, path: file, size: fs.statSync(file).size };
  if (!isWhole(entry)) return false;
  const head = Buffer.alloc(64);
  const descriptor = fs.openSync(file);
  fs.readSync(descriptor, head, 0, head.length, 0);
  fs.closeSync(descriptor);
  return EVENT_HEADER.test(head.toString("latin1"));
}

function moved(from, to) {
  if (!fs.existsSync(from) || fs.existsSync(to)) return false;
  fs.mkdirSync(path.dirname(to), { recursive: true, mode: 0o700 });
  fs.renameSync(from, to);
  fs.rmSync(`${from}.why`, { force: true });
  return true;
}

module.exports = { takeUp };
