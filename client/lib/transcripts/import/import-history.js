"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { readIfExists, sha256, writeAtomically } = require("../../files.js");

const FINGERPRINT_BYTES = 256;

/**
 * Which transcripts this machine imported for one account (`owner`: a server and its user): how far each was read (with
 * `rest`, up to a last line without a line end), the fingerprint of its end, how many events it gave, and from which
 * time on events were wanted. The file has one line per
 * transcript, appended once the server has accepted its events; a lost line costs a second reading. Sizes in bytes,
 * times in milliseconds.
 */
class ImportHistory {
  #file;
  #ownerKey;
  #records = new Map();
  #otherLines = [];
  #lineCount;
  #sessions;

  constructor(paths, owner) {
    this.#file = paths.imported;
    this.#ownerKey = sha256(owner).slice(0, 16);
    for (const line of (readIfExists(this.#file) ?? "").split("\n")) {
      const record = parseRecord(line);
      if (record?.for === this.#ownerKey) this.#records.set(record.file, record);
      else if (record) this.#otherLines.push(line);
    }
    this.#lineCount = this.#otherLines.length + this.#records.size;
  }

  /** What is new in a transcript with this `stat`: "nothing", "its end" (from `size` on), or "all" of it. */
  compare(file, stat, since) {
    const record = this.#records.get(file);
    const isKnown = record && since >= record.since && stat.size >= record.size;
    if (!isKnown || fingerprint(file, record.size) !== record.print) return { is: "all" };
    if (stat.size > record.size) return { is: "its end", size: record.size, rest: record.rest };
    return { is: stat.mtimeMs === record.time ? "nothing" : "all" };
  }

  add(file, { size, rest = false, mtimeMs: time }, { since, events }) {
    const record = { for: this.#ownerKey, file, size, rest, time, since, events, print: fingerprint(file, size) };
    this.#records.delete(file);
    this.#records.set(file, record);
    fs.appendFileSync(this.#file, `${JSON.stringify(record)}\n`, { mode: 0o600 });
    this.#lineCount += 1;
    if (this.#lineCount > 2 * (this.#records.size + this.#otherLines.length) + 100) this.#compact();
  }

  /** The newest record of a transcript that gave events and is unchanged up to its size, as {file, size, since}. */
  findLast(transcripts) {
    const stats = new Map(transcripts.map((stat) => [stat.file, stat]));
    const isUnchanged = ({ file, since }) => stats.has(file) && this.compare(file, stats.get(file), since).is !== "all";
    return [...this.#records.values()].reverse().find((record) => record.events > 0 && isUnchanged(record)) ?? null;
  }

  /** Whether the transcript of a session was imported, even if it is gone by now. */
  hasSession(session) {
    this.#sessions ??= new Set([...this.#records.keys()].map((file) => path.basename(file, ".jsonl")));
    return this.#sessions.has(session);
  }

  clear() {
    this.#records.clear();
    this.#compact();
  }

  #compact() {
    const ownLines = [...this.#records.values()].map((record) => JSON.stringify(record));
    const text = [...this.#otherLines, ...ownLines].map((line) => `${line}\n`).join("");
    writeAtomically(this.#file, text, { durable: false });
    this.#lineCount = this.#otherLines.length + this.#records.size;
  }
}

function parseRecord(line) {
  try {
    const record = JSON.parse(line);
    const isValid = typeof record?.file === "string" && typeof record.for === "string";
    return isValid && Number.isSafeInteger(record.size) ? record : null;
  } catch {
    return null;
  }
}

/** The hash of the bytes before an offset. */
const fingerprint = (file, offset) =>
  sha256(readBytes(file, Math.max(offset - FINGERPRINT_BYTES, 0), Math.min(offset, FINGERPRINT_BYTES)));

function readBytes(file, from, length) {
  const bytes = Buffer.alloc(length);
  const descriptor = fs.openSync(file);
  try {
    return bytes.subarray(0, fs.readSync(descriptor, bytes, 0, length, from));
  } finally {
    fs.closeSync(descriptor);
  }
}

module.exports = { ImportHistory };
