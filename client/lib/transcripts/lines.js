"use strict";
const fs = require("node:fs");

const CHUNK = 1024 * 1024;
const LONGEST_LINE = 32 * 1024 * 1024;

/**
 * The whole lines of a file from a byte on, up to another where one is given, as {text, start, end}; `text` is null
 * where a line is longer than any reader needs. A last line without its end is being written still, and left for the
 * next time.
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
  const chunk = Buffer.alloc(CHUNK);
  let start = from;
  let parts = [];
  let length = 0;
  for (
    let position = from, got;
    (got = fs.readSync(descriptor, chunk, 0, Math.min(CHUNK, to - position), position)) > 0;
    position += got
  ) {
    let done = 0;
    for (let end; (end = chunk.subarray(0, got).indexOf(10, done)) >= 0; done = end + 1) {
      length += end - done;
      const text = length > LONGEST_LINE ? null : Buffer.concat([...parts, chunk.subarray(done, end)]).toString();
      yield { text, start, end: start + length + 1 };
      start += length + 1;
      parts = [];
      length = 0;
    }
    length += got - done;
    if (length <= LONGEST_LINE) parts.push(Buffer.from(chunk.subarray(done, got)));
    else parts = [];
  }
}

/** The object a line holds, or null: a torn line costs itself and nothing more. */
function objectIn(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

module.exports = { linesOf, objectIn };
