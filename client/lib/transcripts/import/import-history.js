"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { sha256 } = require("../../files.js");
const { linesOf } = require("../lines.js");
const { isTranscriptIn } = require("../transcript-files.js");
const { UuidSet } = require("./uuid-set.js");

const FINGERPRINT_BYTES = 256;
const RECORD_BYTES = 2_048;

/**
 * Which transcripts this machine imported for one account (`owner`: a server and its user): how far each was read
 * (with `rest`, up to a last line without a line end), the digest of all that was read and the fingerprint of its end,
 * how many events it gave, and from which time on events were wanted. The file has one line per transcript, appended
 * once the server has accepted its events; a lost line costs a second reading. In memory is only where the newest line
 * of each transcript begins, since there may be hundreds of thousands. Sizes in bytes, times in milliseconds.
 */
class ImportHistory {
  #file;
  #ownerKey;
  // By the key of a transcript; the newest line is the last.
  #starts = new Map();
  #lineCount = 0;
  #otherCount = 0;
  #sessions;

  constructor(paths, owner) {
    this.#file = paths.imported;
    this.#ownerKey = sha256(owner).slice(0, 16);
    this.#readStarts();
  }

  /**
   * What is new in a transcript with this `stat`: "nothing", "its end" (from `size` on, if what stands before has this
   * `digest`), or "all" of it.
   */
  compare(file, stat, since) {
    const record = this.#find(file);
    const isKnown = record && since >= record.since && stat.size >= record.size;
    if (!isKnown || fingerprint(file, record.size) !== record.print) return { is: "all" };
    const { size, rest, digest } = record;
    if (stat.size > size) return { is: "its end", size, rest, digest };
    return { is: stat.mtimeMs === record.time ? "nothing" : "all" };
  }

  add(file, { size, rest = false, mtimeMs: time, digest }, { since, events }) {
    const print = fingerprintIfReadable(file, size);
    const record = { for: this.#ownerKey, file, size, rest, time, since, events, print, digest };
    const start = fs.statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    fs.appendFileSync(this.#file, `${JSON.stringify(record)}\n`, { mode: 0o600 });
    this.#noteStart(file, start);
    this.#lineCount += 1;
    if (this.#lineCount > 2 * (this.#starts.size + this.#otherCount) + 100) this.#rewrite();
  }

  /** The records of transcripts in these roots that gave events and end as before at their size, the newest first. */
  *newest(roots) {
    for (const start of [...this.#starts.values()].reverse()) {
      const record = this.#readRecord(start);
      if (record?.events > 0 && isTranscriptIn(roots, record.file) && this.#isUnchanged(record)) yield record;
    }
  }

  /** Whether the transcript of a session was imported, even if it is gone by now. */
  hasSession(session) {
    this.#sessions ??= this.#readSessions();
    return this.#sessions.has(session);
  }

  clear() {
    this.#starts.clear();
    this.#rewrite();
  }

  #find(file) {
    const start = this.#starts.get(keyOf(file));
    const record = start === undefined ? null : this.#readRecord(start);
    return record?.file === file ? record : null;
  }

  #isUnchanged({ file, since }) {
    try {
      const stat = fs.statSync(file);
      return stat.isFile() && this.compare(file, stat, since).is !== "all";
    } catch {
      // It is gone, or can not be read now: the import reports it.
      return false;
    }
  }

  #noteStart(file, start) {
    const key = keyOf(file);
    this.#starts.delete(key);
    this.#starts.set(key, start);
  }

  #readStarts() {
    this.#starts.clear();
    [this.#lineCount, this.#otherCount] = [0, 0];
    for (const { record, start } of this.#records()) {
      this.#lineCount += 1;
      if (record.for === this.#ownerKey) this.#noteStart(record.file, start);
      else this.#otherCount += 1;
    }
  }

  #readSessions() {
    const sessions = new UuidSet();
    for (const { record } of this.#records())
      if (record.for === this.#ownerKey) sessions.add(path.basename(record.file, ".jsonl"));
    return sessions;
  }

  *#records() {
    if (!fs.existsSync(this.#file)) return;
    for (const { text, start } of linesOf(this.#file, 0, Infinity, true)) {
      const record = parseRecord(text);
      if (record) yield { record, start, text };
    }
  }

  #readRecord(start) {
    const bytes = readBytes(this.#file, start, RECORD_BYTES);
    const end = bytes.indexOf(10);
    const line = end >= 0 ? bytes.subarray(0, end).toString() : firstLineFrom(this.#file, start);
    return parseRecord(line);
  }

  /** Keeps the newest line of each transcript, and those for other accounts. */
  #rewrite() {
    const temporary = `${this.#file}.tmp`;
    const descriptor = fs.openSync(temporary, "w", 0o600);
    try {
      for (const { record, start, text } of this.#records())
        if (record.for !== this.#ownerKey || this.#starts.get(keyOf(record.file)) === start)
          fs.writeSync(descriptor, `${text}\n`);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, this.#file);
    this.#readStarts();
  }
}

const keyOf = (file) => Number.parseInt(sha256(file).slice(0, 13), 16);

function firstLineFrom(file, start) {
  for (const { text } of linesOf(file, start, Infinity, true)) return text;
  return null;
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

/** Null for a file that is gone by now: its session was imported all the same. */
function fingerprintIfReadable(file, offset) {
  try {
    return fingerprint(file, offset);
  } catch {
    return null;
  }
}

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
