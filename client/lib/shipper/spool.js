"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { namesIn } = require("../files.js");

const HEADER = /^memfog 1 ([a-z][a-z0-9_]{0,63})$/;
// What Memfog itself derived says also when it was and which id it has; a capital means a kind of its own, not a hook.
const DERIVED = /^memfog 2 ([A-Za-z][A-Za-z0-9_]{0,63}) (\d{1,19}) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const HUGE = 64 * 1024 * 1024;
const HEAD_OF_HUGE = 512 * 1024;
const CHUNK = 1024 * 1024;

/** The files of the spool as [{name, path, size, time}], oldest first; `time` is their last write in nanoseconds. */
function listSpool(folder) {
  return namesIn(folder).map((name) => statOf(folder, name)).filter(Boolean).sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
}

function statOf(folder, name) {
  const file = path.join(folder, name);
  const stat = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat?.isFile() ? { name, path: file, size: Number(stat.size), time: stat.mtimeNs } : null;
}

/** A spool file ends with its own name; one that does not is still being written, or its writer died. */
function isWhole({ name, path: file, size }) {
  const ending = endingOf(name);
  const tail = Buffer.alloc(ending.length);
  if (size < tail.length) return false;
  const descriptor = fs.openSync(file);
  fs.readSync(descriptor, tail, 0, tail.length, size - tail.length);
  fs.closeSync(descriptor);
  return tail.equals(ending);
}

const endingOf = (name) => Buffer.from(`\0memfog ${name}\n`);

/** Puts a derived event into the spool, so that it goes the way of every other; `name` is a hook or a kind, `time` in nanoseconds. */
function spoolDerived(place, { name, id, time, root = "", payload }) {
  const head = `memfog 2 ${name} ${time} ${id}\n${root.replaceAll("\0", "")}\0`;
  const content = Buffer.concat([Buffer.from(head), Buffer.from(payload), endingOf(id)]);
  fs.writeFileSync(path.join(place.spool, id), content, { mode: 0o600 });
}

/**
 * {hook, root, payload, digest, cut}, and of a derived event {id, time};
 * `cut` tells the size and hash of a payload of which only the head was read.
 */
function readSpooled(entry) {
  const isHuge = entry.size > HUGE;
  const bytes = isHuge ? headOf(entry.path, HEAD_OF_HUGE) : fs.readFileSync(entry.path);
  const line = bytes.indexOf(10);
  const { hook, ...derived } = headerIn(bytes.toString("latin1", 0, Math.max(line, 0)));
  const nul = bytes.indexOf(0, line + 1);
  if (!hook || nul < 0) throw new Error("this is no spool file");
  const digest = isHuge ? digestOf(entry.path) : crypto.createHash("sha256").update(bytes).digest("hex");
  const end = isHuge ? bytes.length : entry.size - endingOf(entry.name).length;
  return {
    ...derived, hook, digest, root: bytes.toString("utf8", line + 1, nul), payload: bytes.subarray(nul + 1, end),
    cut: isHuge ? { bytes: entry.size - nul - 1 - endingOf(entry.name).length, sha256: digest } : null,
  };
}

function headerIn(text) {
  const [, name, time, id] = DERIVED.exec(text) ?? [];
  return name ? { hook: name, time: BigInt(time), id } : { hook: HEADER.exec(text)?.[1] };
}

function headOf(file, length) {
  const descriptor = fs.openSync(file);
  const head = Buffer.alloc(length);
  fs.readSync(descriptor, head, 0, length, 0);
  fs.closeSync(descriptor);
  return head;
}

function digestOf(file) {
  const hash = crypto.createHash("sha256");
  const chunk = Buffer.alloc(CHUNK);
  const descriptor = fs.openSync(file);
  for (let length; (length = fs.readSync(descriptor, chunk)) > 0; ) hash.update(chunk.subarray(0, length));
  fs.closeSync(descriptor);
  return hash.digest("hex");
}

module.exports = { listSpool, isWhole, readSpooled, spoolDerived };
