"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { listNames } = require("../../files.js");
const { InvalidEventError } = require("./invalid-event.js");
const { readLarge } = require("./large-payload.js");
const { endingOf, readOrigin } = require("./spool-event.js");
const { isStalled } = require("./stalled.js");

// The hook, the registration that fired it (user, project, plugin), and the origin: the entry point of the host and its
// process id. Entries of earlier versions name none of them.
const HEADER = /^memfog 1 ([a-z][a-z0-9_]{0,63})(?: ([a-z]{1,16}))?(?: @(\S+))?$/;
// An event that Memfog derived also has a time and an id; a capital means one of our own kinds, not a hook.
const DERIVED =
  /^memfog 2 ([A-Za-z][A-Za-z0-9_]{0,63}) (\d{1,19}) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?: @(\S+))?$/;
// Larger files are cut, and are not read whole.
const MIN_LARGE_BYTES = 2 * 1024 * 1024;
// Enough for the header line and a folder.
const MAX_HEADER_BYTES = 64 * 1024;
const CHUNK_BYTES = 1024 * 1024;

/** The spool files as [{name, path, size, time}], oldest first; `time` is the last write in nanoseconds. */
function listSpool(folder) {
  return listNames(folder)
    .map((name) => statOf(folder, name))
    .filter(Boolean)
    .sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
}

function statOf(folder, name) {
  const file = path.join(folder, name);
  // Links are ignored: hooks create none.
  const stat = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return stat?.isFile() ? { name, path: file, size: Number(stat.size), time: stat.mtimeNs, node: stat.ino } : null;
}

/** A spool file ends with its own name; otherwise it is still being written, or its writer died or hangs. */
const isComplete = (entry) => fileStateOf(entry) === "whole";

/** "whole", "half", "gone", or "closed": unreadable, as files of another user's hooks are. */
function fileStateOf({ name, path: file, size, time }) {
  const ending = endingOf(name);
  if (size < ending.length) return "half";
  try {
    return endsComplete(file, size, ending) || isStalled({ path: file, size, time }) ? "whole" : "half";
  } catch (error) {
    return error.code === "ENOENT" ? "gone" : "closed";
  }
}

const endsComplete = (file, size, ending) =>
  size >= ending.length && readTail(file, size - ending.length, ending.length).equals(ending);

function readTail(file, from, length) {
  const tail = Buffer.alloc(length);
  const descriptor = fs.openSync(file);
  try {
    fs.readSync(descriptor, tail, 0, length, from);
  } finally {
    fs.closeSync(descriptor);
  }
  return tail;
}

/**
 * {hook, registration, entrypoint, hostPid, root, payload, digest}, and for a derived event {id, time}; for a
 * large payload the result of `readLarge`. Throws InvalidEventError if it is no spool file. It calls `renew` again and
 * again while it reads.
 */
function readSpoolFile(entry, renew = () => {}) {
  const isLarge = entry.size > MIN_LARGE_BYTES;
  const bytes = isLarge ? readHead(entry.path, MAX_HEADER_BYTES) : fs.readFileSync(entry.path);
  const line = bytes.indexOf(10);
  const { hook, ...derived } = parseHeader(bytes.toString("latin1", 0, Math.max(line, 0)));
  const nul = bytes.indexOf(0, line + 1);
  if (!hook || nul < 0) throw new InvalidEventError("this is no spool file");
  const ending = endingOf(entry.name);
  const range = { from: nul + 1, to: entry.size - (endsComplete(entry.path, entry.size, ending) ? ending.length : 0) };
  const content = isLarge ? readLarge(entry.path, range, renew) : { payload: bytes.subarray(range.from, range.to) };
  const digest = isLarge ? hashFile(entry.path, renew) : crypto.createHash("sha256").update(bytes).digest("hex");
  return { ...derived, hook, digest, root: bytes.toString("utf8", line + 1, nul), ...content };
}

function parseHeader(text) {
  const [, name, time, id, derivedFrom] = DERIVED.exec(text) ?? [];
  if (name) return { hook: name, time: BigInt(time), id, entrypoint: readOrigin(derivedFrom).entrypoint };
  const [, hook, registration = "", origin] = HEADER.exec(text) ?? [];
  return { hook, registration, ...readOrigin(origin) };
}

function readHead(file, length) {
  const descriptor = fs.openSync(file);
  try {
    const head = Buffer.alloc(length);
    return head.subarray(0, fs.readSync(descriptor, head, 0, length, 0));
  } finally {
    fs.closeSync(descriptor);
  }
}

function hashFile(file, renew) {
  const hash = crypto.createHash("sha256");
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const descriptor = fs.openSync(file);
  try {
    for (let length; (length = fs.readSync(descriptor, chunk)) > 0; renew()) hash.update(chunk.subarray(0, length));
  } finally {
    fs.closeSync(descriptor);
  }
  return hash.digest("hex");
}

module.exports = { listSpool, isComplete, fileStateOf, readSpoolFile };
