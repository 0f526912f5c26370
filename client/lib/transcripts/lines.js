"use strict";
const fs = require("node:fs");

const CHUNK_BYTES = 1024 * 1024;
const MAX_LINE_BYTES = 32 * 1024 * 1024;

/**
 * The complete lines of a file between two bytes, as {text, start, end}; `text` is null if a line is longer than any
 * reader needs. A last line without a line end is still being written, and is left for the next time.
 */
function* linesOf(file, from = 0, to = Infinity) {
  const descriptor = fs.openSync(file);
  try {
    yield* linesIn(descriptor, from, to);
  } finally {
    fs.closeSync(descriptor);
  }
}

function* linesIn(descriptor, from, to) {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let start = from;
  let parts = [];
  let length = 0;
  for (
    let position = from, count;
    (count = fs.readSync(descriptor, chunk, 0, Math.min(CHUNK_BYTES, to - position), position)) > 0;
    position += count
  ) {
    let offset = 0;
    for (let end; (end = chunk.subarray(0, count).indexOf(10, offset)) >= 0; offset = end + 1) {
      length += end - offset;
      const text = length > MAX_LINE_BYTES ? null : Buffer.concat([...parts, chunk.subarray(offset, end)]).toString();
      yield { text, start, end: start + length + 1 };
      start += length + 1;
      parts = [];
      length = 0;
    }
    length += count - offset;
    if (length <= MAX_LINE_BYTES) parts.push(Buffer.from(chunk.subarray(offset, count)));
    else parts = [];
  }
}

/** The JSON object in a line, or null: a broken line affects no other. */
function objectIn(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

module.exports = { linesOf, objectIn };
