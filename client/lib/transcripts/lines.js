"use strict";
const fs = require("node:fs");
const { encodingOf, HEAD_BYTES } = require("./line-encoding.js");

// Many readers need only the beginning.
const FIRST_CHUNK_BYTES = 64 * 1024;
const CHUNK_BYTES = 1024 * 1024;
const MAX_LINE_BYTES = 32 * 1024 * 1024;
// The writer of a last line without a line end is gone if the file was not written for this long.
const QUIET_MS = 60_000;
// A crash, or two programs that write at once, leave these around a record; some editors put a mark at the start.
const BEFORE_A_RECORD = /^[\0\ufeff\s]+/;
const BLANK = new Set(["\0", " ", "\t", "\r", "\n"]);
const BETWEEN_RECORDS = /\0+|(?<=\})\s*(?=\{")/;
const RECORD_START = /\{"(?:type|parentUuid|logicalParentUuid|uuid|sessionId|timestamp|isSidechain|leafUuid)":/g;
const MAX_RECORD_STARTS = 50;

/**
 * The lines of a file between two bytes, as {text, start, end, isRest}; `text` is null if a line is longer than any
 * reader needs. Records that share a line come one by one. A last line without a line end (`isRest`) is left for the
 * next time, unless `takesRest`: by default if the file was not written for a minute. Calls `onBytes(bytes, isOpen)`
 * with what it reads, in order: the bytes behind the last line end of what it has read so far are open.
 */
function* linesOf(file, from = 0, to = Infinity, takesRest = null, onBytes = () => {}) {
  const descriptor = fs.openSync(file);
  try {
    const { size, mtimeMs } = fs.fstatSync(descriptor);
    const isQuiet = to === Infinity && Math.abs(Date.now() - mtimeMs) > QUIET_MS;
    for (const line of linesIn(descriptor, { from, to, size, takesRest: takesRest ?? isQuiet, onBytes }))
      if (mayBeShared(line)) yield* recordsIn(line);
      else yield line;
  } finally {
    fs.closeSync(descriptor);
  }
}

function* linesIn(descriptor, { from, to, size, takesRest, onBytes }) {
  let chunk = makeChunk(FIRST_CHUNK_BYTES, { from, to, size });
  let count = fs.readSync(descriptor, chunk, 0, Math.min(chunk.length, to - from), from);
  const { unit, findEnd, decode } = encodingOf(from === 0 ? chunk.subarray(0, count) : readHead(descriptor));
  let start = from;
  let parts = [];
  let length = 0;
  for (let position = from; count >= unit; ) {
    const filled = chunk.subarray(0, count - (count % unit));
    let offset = 0;
    for (let end; (end = findEnd(filled, offset)) >= 0; offset = end + unit) {
      length += end - offset;
      const text = textOf(parts, filled.subarray(offset, end), length, decode);
      yield { text, start, end: start + length + unit, isRest: false };
      start += length + unit;
      parts = [];
      length = 0;
    }
    if (offset > 0) onBytes(filled.subarray(0, offset), false);
    if (offset < filled.length) onBytes(filled.subarray(offset), true);
    length += filled.length - offset;
    if (length <= MAX_LINE_BYTES) parts.push(Buffer.from(filled.subarray(offset)));
    else parts = [];
    if (position === from) chunk = makeChunk(CHUNK_BYTES, { from: position + filled.length, to, size });
    position += filled.length;
    count = fs.readSync(descriptor, chunk, 0, Math.min(chunk.length, to - position), position);
  }
  if (takesRest && length > 0)
    yield { text: textOf(parts, Buffer.alloc(0), length, decode), start, end: start + length, isRest: true };
}

/** A buffer for what is left to read, as far as the size is known, and a unit at least. */
const makeChunk = (bytes, { from, to, size }) =>
  Buffer.allocUnsafe(Math.max(HEAD_BYTES, Math.min(bytes, size - from, to - from)));

function readHead(descriptor) {
  const head = Buffer.alloc(HEAD_BYTES);
  return head.subarray(0, fs.readSync(descriptor, head, 0, HEAD_BYTES, 0));
}

function textOf(parts, last, length, decode) {
  if (length > MAX_LINE_BYTES) return null;
  return strip(decode(parts.length ? Buffer.concat([...parts, last]) : last));
}

/** Removes the characters around a record, one after the other from the end: a pattern would search further. */
function strip(text) {
  let end = text.length;
  while (end > 0 && BLANK.has(text[end - 1])) end -= 1;
  const head = text[0] === "{" ? text : text.slice(0, end).replace(BEFORE_A_RECORD, "");
  return head === text ? text.slice(0, end) : head;
}

const mayBeShared = ({ text }) => text !== null && (text.includes('}{"') || text.includes("\0"));

/** The records of a line; a reader that stops between them begins with the first again. */
function* recordsIn({ text, start, end, isRest }) {
  const texts = objectOf(text) ? [text] : text.split(BETWEEN_RECORDS).filter((part) => part !== "");
  for (const [index, part] of texts.entries())
    yield { text: part, start, end: index < texts.length - 1 ? start : end, isRest };
}

/** The JSON object in a line, or null: a broken line affects no other. */
const objectIn = (text) => readRecord(text).record;

/**
 * {record, problem}: the object in a line, and why there is none. If only the beginning of a
 * record was written, the next one stands behind it on the same line: that one is taken.
 */
function readRecord(text) {
  const value = parse(text);
  if (isObject(value)) return { record: value, problem: null };
  if (value !== undefined) return { record: null, problem: "no record" };
  const record = findLastRecord(text);
  return { record, problem: record ? "incomplete" : "no JSON" };
}

function findLastRecord(text) {
  for (const { index } of [...text.matchAll(RECORD_START)].slice(0, MAX_RECORD_STARTS)) {
    const value = objectOf(text.slice(index));
    const isRecord = value && typeof value.type === "string";
    if (isRecord && [value.uuid, value.sessionId, value.leafUuid].some((id) => typeof id === "string")) return value;
  }
  return null;
}

function objectOf(text) {
  const value = parse(text);
  return isObject(value) ? value : null;
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a file contains this text; much faster than a look at each line. */
function contains(file, text) {
  const descriptor = fs.openSync(file);
  try {
    const chunk = Buffer.allocUnsafe(
      Math.max(text.length * 4, Math.min(CHUNK_BYTES, fs.fstatSync(descriptor).size + 1)),
    );
    let bytes = null;
    let position = 0;
    for (let count; (count = fs.readSync(descriptor, chunk, 0, chunk.length, position)) > 0; ) {
      bytes ??= encodingOf(chunk).encode(text);
      if (chunk.subarray(0, count).includes(bytes)) return true;
      position += Math.max(count - bytes.length, 1);
      if (count < chunk.length) break;
    }
    return false;
  } finally {
    fs.closeSync(descriptor);
  }
}

module.exports = { contains, linesOf, objectIn, readRecord };
