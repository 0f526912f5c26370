"use strict";
const fs = require("node:fs");

const CHUNK_BYTES = 1024 * 1024;
const [QUOTE, BACKSLASH, COMMA, COLON, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\,:[]{}');

/**
 * Walks the bytes of a JSON text in a file, from `from` to `to`, chunk by chunk, and calls the methods of `handler`:
 * startChunk(bytes), startString(bytes, index, {isKey, depth}), endString(bytes, end), openContainer(bytes, index,
 * depth), closeContainer(bytes, end, depth), endChunk(bytes). The depth is the number of open containers around it.
 * Nothing is validated: bytes that are no JSON cause calls, too. `renew` is called after each chunk.
 */
function scan(file, { from, to }, handler, renew = () => {}) {
  const walk = { depth: 0, isObject: [], isKeyNext: false, isInString: false, isEscaped: false };
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const descriptor = fs.openSync(file);
  try {
    for (
      let at = from, got;
      at < to && (got = fs.readSync(descriptor, chunk, 0, Math.min(CHUNK_BYTES, to - at), at)) > 0;
      at += got
    ) {
      walkChunk(walk, chunk.subarray(0, got), handler);
      renew();
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

function walkChunk(walk, bytes, handler) {
  handler.startChunk(bytes);
  for (let at = 0; at < bytes.length; at += 1) {
    if (walk.isInString) at = skipString(walk, bytes, at, handler);
    else if (bytes[at] === QUOTE) {
      walk.isInString = true;
      handler.startString(bytes, at, { isKey: walk.isKeyNext, depth: walk.depth });
    } else step(walk, bytes, at, handler);
  }
  handler.endChunk(bytes);
}

/** The index of the quote that ends the string, or the last of the chunk. */
function skipString(walk, bytes, begin, handler) {
  for (let at = begin; at < bytes.length; at += 1) {
    if (walk.isEscaped) walk.isEscaped = false;
    else if (bytes[at] === BACKSLASH) walk.isEscaped = true;
    else if (bytes[at] === QUOTE) {
      walk.isInString = false;
      handler.endString(bytes, at + 1);
      return at;
    }
  }
  return bytes.length;
}

function step(walk, bytes, at, handler) {
  const byte = bytes[at];
  if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
    handler.openContainer(bytes, at, walk.depth);
    walk.isObject[walk.depth] = walk.isKeyNext = byte === OPEN_OBJECT;
    walk.depth += 1;
  } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
    walk.depth = Math.max(walk.depth - 1, 0);
    walk.isKeyNext = false;
    handler.closeContainer(bytes, at + 1, walk.depth);
  } else if (byte === COMMA) walk.isKeyNext = walk.depth > 0 && walk.isObject[walk.depth - 1];
  else if (byte === COLON) walk.isKeyNext = false;
}

module.exports = { scan };
