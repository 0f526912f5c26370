"use strict";
const fs = require("node:fs");
const { readIfThere, sha256, writeAtomically } = require("../files.js");

const FINGERPRINT = 256;

/**
 * What this machine knows of transcripts that were imported for one account (`owner`, a server and who is known there):
 * how far each was read, what stood there, how many events it gave, and from when on they were wanted. One line for
 * each, appended once the server has taken its events; a lost line costs a second reading. Sizes in bytes, times in
 * milliseconds.
 */
function importedTranscripts(place, owner) {
  const key = sha256(owner).slice(0, 16);
  const known = new Map();
  const others = [];
  for (const line of (readIfThere(place.imported) ?? "").split("\n")) {
    const one = parsed(line);
    if (one?.for === key) known.set(one.file, one);
    else if (one) others.push(line);
  }
  let lines = others.length + known.size;

  /** What is new in a transcript of which `stat` tells: "nothing", "its end" (from `size` on), or "all" of it. */
  function news(file, stat, since) {
    const one = known.get(file);
    if (!one || since < one.since || stat.size < one.size || fingerprint(file, one.size) !== one.print)
      return { is: "all" };
    if (stat.size > one.size) return { is: "its end", size: one.size };
    return { is: stat.mtimeMs === one.time ? "nothing" : "all" };
  }

  function note(file, { size, mtimeMs: time }, { since, events }) {
    const one = { for: key, file, size, time, since, events, print: fingerprint(file, size) };
    known.delete(file);
    known.set(file, one);
    fs.appendFileSync(place.imported, `${JSON.stringify(one)}\n`, { mode: 0o600 });
    lines += 1;
    if (lines > 2 * (known.size + others.length) + 100) compact();
  }

  function compact() {
    writeAtomically(
      place.imported,
      [...others, ...[...known.values()].map((one) => JSON.stringify(one))].map((line) => `${line}\n`).join(""),
      { durable: false },
    );
    lines = others.length + known.size;
  }

  return {
    news,
    note,
    /**
     * The transcript that was noted last of those that gave events and still stand as they were, as {file, size,
     * since}, or null.
     */
    last: (found) =>
      [...known.values()]
        .reverse()
        .find(
          (one) =>
            one.events > 0 &&
            found.some((other) => other.file === one.file && news(one.file, other, one.since).is !== "all"),
        ) ?? null,
    forget() {
      known.clear();
      compact();
    },
  };
}

function parsed(line) {
  try {
    const one = JSON.parse(line);
    return typeof one?.file === "string" && typeof one.for === "string" && Number.isSafeInteger(one.size) ? one : null;
  } catch {
    return null;
  }
}

/** The hash of what stands before a place. */
const fingerprint = (file, offset) =>
  sha256(bytesOf(file, Math.max(offset - FINGERPRINT, 0), Math.min(offset, FINGERPRINT)));

function bytesOf(file, from, length) {
  const bytes = Buffer.alloc(length);
  const descriptor = fs.openSync(file);
  try {
    return bytes.subarray(0, fs.readSync(descriptor, bytes, 0, length, from));
  } finally {
    fs.closeSync(descriptor);
  }
}

module.exports = { importedTranscripts };
