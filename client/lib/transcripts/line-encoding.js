"use strict";

const LINE_END = 10;

// `unit` is the size of a line end in bytes. `findEnd(bytes, from)` finds the next one, or -1; `bytes` begin with a
// whole character.
const UTF_8 = {
  unit: 1,
  encode: (text) => Buffer.from(text),
  decode: (bytes) => bytes.toString(),
  findEnd: (bytes, from) => bytes.indexOf(LINE_END, from),
};

const UTF_16LE = {
  unit: 2,
  encode: (text) => Buffer.from(text, "utf16le"),
  decode: (bytes) => bytes.toString("utf16le"),
  findEnd: (bytes, from) => findPair(bytes, from, UTF_16LE.lineEnd),
  lineEnd: Buffer.from([LINE_END, 0]),
};

const UTF_16BE = {
  unit: 2,
  encode: (text) => Buffer.from(text, "utf16le").swap16(),
  decode: (bytes) => Buffer.from(bytes).swap16().toString("utf16le"),
  findEnd: (bytes, from) => findPair(bytes, from, UTF_16BE.lineEnd),
  lineEnd: Buffer.from([0, LINE_END]),
};

// A mark, or without one the first two characters of a record.
const HEAD_BYTES = 4;
const BEGINNINGS = [
  ["fffe", UTF_16LE],
  ["feff", UTF_16BE],
  ["7b002200", UTF_16LE],
  ["007b0022", UTF_16BE],
];

function findPair(bytes, from, pair) {
  let at = bytes.indexOf(pair, from);
  while (at % 2 === 1) at = bytes.indexOf(pair, at + 1);
  return at;
}

/**
 * The encoding of a transcript, by its first bytes. Hosts write UTF-8; a shell of Windows that copied it may have
 * written UTF-16.
 */
function encodingOf(head) {
  const digits = head.toString("hex", 0, HEAD_BYTES);
  return BEGINNINGS.find(([beginning]) => digits.startsWith(beginning))?.[1] ?? UTF_8;
}

module.exports = { encodingOf, HEAD_BYTES };
