"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const { MAX_PAYLOAD_BYTES } = require("../../limits.js");
const { Cutter, MARGIN } = require("../events/cut.js");
const { decodeText } = require("./decode.js");
const { scan } = require("./json-scan.js");

const MIN_CUT_BYTES = 4_500;
const MARK_BYTES = 130;
const CUT_TEXT_CHARS = 16_384;
const MAX_FACT_BYTES = 4_096;
const OPEN_BRACE = 123;

/**
 * A payload that is too large to be read whole, at `range` ({from, to}) of its file, as {payload, cuts, facts} or
 * {payload, cut, facts}: JSON whose longest strings are cut, each with a margin for `cutText`; where that is not
 * enough, its large members as text; at last the head of the text. `facts` are the short texts of the first level and
 * of `tool_input`, empty if it is no JSON object. The file is read in chunks; `renew` is called at each.
 */
function readLarge(file, range, renew) {
  const measured = measure(file, range, renew);
  try {
    for (let maxBytes = MAX_PAYLOAD_BYTES / 2; maxBytes >= MIN_CUT_BYTES; maxBytes /= 2) {
      const options = { maxBytes: Math.floor(maxBytes), ...measured };
      const cut = couldFit(measured, maxBytes) && shorten(file, range, options, renew);
      if (cut) return cut;
    }
    const options = { maxBytes: MIN_CUT_BYTES, ...measured, cutsMembers: true };
    const cut = measured.isObject && shorten(file, range, options, renew);
    if (cut) return cut;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // It is no JSON: its head is kept as text.
  }
  return readHead(file, range, measured);
}

function measure(file, range, renew) {
  const measurer = new Measurer(range);
  scan(file, range, measurer, renew);
  return measurer.result();
}

/** Measures the strings and members of a JSON text while `scan` walks it, and collects its facts. */
class Measurer {
  #longStrings = new Map();
  #members = new Map();
  #otherBytes;
  #facts = {};
  #inputFacts = {};
  #isObject = false;
  #offset = 0;
  #chunkBytes = 0;
  #stringCount = 0;
  #memberCount = 0;
  #string = null;
  #carried = null;
  #memberStart = 0;
  #key = null;
  #inputKey = null;

  constructor({ from, to }) {
    this.#otherBytes = to - from;
  }

  /** `longStrings` and `members` (containers of the first level) map an index among their kind to a length in bytes. */
  result() {
    const hasInput = Object.keys(this.#inputFacts).length > 0;
    return {
      longStrings: this.#longStrings,
      members: this.#members,
      otherBytes: this.#otherBytes,
      facts: hasInput ? { ...this.#facts, tool_input: this.#inputFacts } : this.#facts,
      isObject: this.#isObject,
    };
  }

  startChunk(bytes) {
    this.#chunkBytes = bytes.length;
  }

  startString(_bytes, at, about) {
    this.#string = { ...about, start: this.#offset + at };
    this.#carried = null;
  }

  endString(bytes, end) {
    const { isKey, depth, start } = this.#string;
    const length = this.#offset + end - start;
    if (length > MIN_CUT_BYTES && !isKey) {
      this.#longStrings.set(this.#stringCount, length);
      this.#otherBytes -= length;
    }
    this.#stringCount += 1;
    const isInInput = depth === 2 && this.#key === "tool_input";
    if ((depth === 1 || isInInput) && length <= MAX_FACT_BYTES)
      this.#noteFact(isInInput, isKey, this.#fact(bytes, end));
  }

  openContainer(bytes, at, depth) {
    if (depth === 0) this.#isObject = bytes[at] === OPEN_BRACE && this.#offset + at < MAX_FACT_BYTES;
    if (depth === 1) this.#memberStart = this.#offset + at;
  }

  closeContainer(_bytes, end, depth) {
    if (depth !== 1) return;
    const length = this.#offset + end - this.#memberStart;
    if (length > MIN_CUT_BYTES) this.#members.set(this.#memberCount, length);
    this.#memberCount += 1;
  }

  endChunk(bytes) {
    this.#carried = this.#isCarried(bytes) ? Buffer.from(bytes.subarray(this.#string.start - this.#offset)) : null;
    this.#offset += this.#chunkBytes;
  }

  /** A string that continues in the next chunk is a fact only if few of its bytes are in this one. */
  #isCarried(bytes) {
    const start = this.#string ? this.#string.start - this.#offset : -1;
    return start >= 0 && bytes.length - start <= MAX_FACT_BYTES;
  }

  #fact(bytes, end) {
    if (this.#carried) return parseFact(Buffer.concat([this.#carried, bytes.subarray(0, end)]));
    return parseFact(bytes.subarray(this.#string.start - this.#offset, end));
  }

  #noteFact(isInInput, isKey, text) {
    if (isKey && isInInput) this.#inputKey = text;
    else if (isKey) this.#key = text;
    else if (isInInput) setFact(this.#inputFacts, this.#inputKey, text);
    else setFact(this.#facts, this.#key, text);
  }
}

function setFact(facts, key, text) {
  if (key !== null && text !== null) facts[key] = text;
}

function parseFact(bytes) {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return null;
  }
}

/** Whether strings of at most half of `maxBytes` could make it small enough; their length as JSON is known later. */
function couldFit({ longStrings, otherBytes }, maxBytes) {
  let size = otherBytes;
  for (const length of longStrings.values()) size += length > maxBytes ? Math.floor(maxBytes / 2) : length;
  return size <= MAX_PAYLOAD_BYTES;
}

/** The payload with strings over `maxBytes` cut, and with large members as text if `cutsMembers`; null if too large. */
function shorten(file, range, options, renew) {
  const shortener = new Shortener(options);
  scan(file, range, shortener, renew);
  return shortener.result();
}

/** Copies a JSON text while `scan` walks it, and cuts its long parts. */
class Shortener {
  #output = new Output();
  #stringCount = 0;
  #memberCount = 0;
  // The part that is being cut, and the start of the bytes that are copied or cut next.
  #cutter = null;
  #runStart = 0;
  #isInMember = false;

  constructor({ maxBytes, longStrings, members, facts, cutsMembers = false }) {
    Object.assign(this, { maxBytes, longStrings, members, facts, cutsMembers });
  }

  result() {
    if (this.#cutter) throw new SyntaxError("a string without its end");
    const { size, parts, cuts } = this.#output;
    return size > MAX_PAYLOAD_BYTES ? null : { payload: Buffer.concat(parts), cuts, facts: this.facts };
  }

  startChunk() {
    this.#runStart = 0;
  }

  startString(bytes, at) {
    const length = this.longStrings.get(this.#stringCount);
    if (!this.#cutter && length > this.maxBytes) this.#startCut(bytes, at, true);
  }

  endString(bytes, end) {
    this.#stringCount += 1;
    if (this.#cutter?.isString) this.#endCut(bytes, end);
    else if (!this.#cutter) this.#output.stringCount += 1;
  }

  openContainer(bytes, at, depth) {
    if (!this.cutsMembers || depth !== 1 || !this.members.has(this.#memberCount)) return;
    this.#isInMember = true;
    this.#startCut(bytes, at, false);
  }

  closeContainer(bytes, end, depth) {
    if (depth !== 1) return;
    this.#memberCount += 1;
    if (this.#isInMember) this.#endCut(bytes, end);
    this.#isInMember = false;
  }

  endChunk(bytes) {
    (this.#cutter ?? this.#output).add(bytes.subarray(this.#runStart));
  }

  #startCut(bytes, at, isString) {
    this.#output.add(bytes.subarray(this.#runStart, at));
    this.#cutter = new Cutter({ head: Math.floor(this.maxBytes / 2), isString });
    this.#runStart = isString ? at + 1 : at;
  }

  #endCut(bytes, end) {
    this.#cutter.add(bytes.subarray(this.#runStart, this.#cutter.isString ? end - 1 : end));
    this.#output.addCut(this.#cutter.end());
    [this.#cutter, this.#runStart] = [null, end];
  }
}

/** The shortened text: its bytes, the indexes of strings that are cut, and its size without the margins. */
class Output {
  parts = [];
  cuts = new Map();
  stringCount = 0;
  size = 0;

  add(bytes) {
    this.size += bytes.length;
    if (this.size <= MAX_PAYLOAD_BYTES) this.parts.push(Buffer.from(bytes));
  }

  addCut({ text, cut }) {
    this.size += Buffer.byteLength(JSON.stringify(text.slice(0, cut.head))) + MARK_BYTES;
    if (this.size <= MAX_PAYLOAD_BYTES) this.parts.push(Buffer.from(JSON.stringify(text)));
    this.cuts.set(this.stringCount, cut);
    this.stringCount += 1;
  }
}

function readHead(file, { from, to }, { facts, isObject }) {
  const head = Buffer.alloc(Math.min(4 * (CUT_TEXT_CHARS + MARGIN), to - from));
  const hash = crypto.createHash("sha256");
  const descriptor = fs.openSync(file);
  try {
    fs.readSync(descriptor, head, 0, head.length, from);
    const chunk = Buffer.allocUnsafe(1024 * 1024);
    for (
      let at = from, got;
      at < to && (got = fs.readSync(descriptor, chunk, 0, Math.min(chunk.length, to - at), at)) > 0;
      at += got
    )
      hash.update(chunk.subarray(0, got));
  } finally {
    fs.closeSync(descriptor);
  }
  const text = decodeText(head) ?? head.toString();
  const cut = { head: CUT_TEXT_CHARS, bytes: to - from, sha256: hash.digest("hex"), isAll: false };
  return {
    payload: Buffer.from(text.slice(0, CUT_TEXT_CHARS + MARGIN)),
    cut,
    facts: isObject && /^\s*\{/.test(text) ? facts : {},
  };
}

module.exports = { readLarge };
