"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { listNames, readJson } = require("../../files.js");
const { isComplete } = require("../spool/spool.js");
const outbox = require("./outbox.js");

const EVENT_HEADER = /^memfog [12] [A-Za-z]/;

/**
 * Retries quarantined files whose reason may be gone: spool files that an earlier version could not read, and with
 * `refused` the events that the server rejected. Returns how many.
 */
function retryQuarantined(paths, { refused = false } = {}) {
  const names = listNames(paths.quarantine)
    .filter((name) => name.endsWith(".why"))
    .map((name) => name.slice(0, -".why".length));
  return names.map((name) => retryOne(paths, name, refused)).filter(Boolean).length;
}

function retryOne(paths, name, refused) {
  const file = path.join(paths.quarantine, name);
  const { code } = readJson(`${file}.why`) ?? {};
  if (outbox.NAME.test(name)) return refused && code !== "too_large" && moveBack(file, path.join(paths.outbox, name));
  if (!fs.existsSync(file)) return false;
  if (isSpoolFile(paths, name)) return moveBack(file, path.join(paths.spool, name));
  // Earlier versions quarantined such a file without redaction.
  if (!readJson(`${file}.why`)?.by) outbox.redactQuarantined(file);
  return false;
}

function isSpoolFile(paths, name) {
  const file = path.join(paths.quarantine, name);
  const entry = { name, path: file, size: fs.statSync(file).size };
  if (!isComplete(entry)) return false;
  const head = Buffer.alloc(64);
  const descriptor = fs.openSync(file);
  fs.readSync(descriptor, head, 0, head.length, 0);
  fs.closeSync(descriptor);
  return EVENT_HEADER.test(head.toString("latin1"));
}

function moveBack(from, to) {
  if (!fs.existsSync(from) || fs.existsSync(to)) return false;
  fs.mkdirSync(path.dirname(to), { recursive: true, mode: 0o700 });
  fs.renameSync(from, to);
  fs.rmSync(`${from}.why`, { force: true });
  return true;
}

module.exports = { retryQuarantined };
