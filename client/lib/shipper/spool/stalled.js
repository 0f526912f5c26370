"use strict";
const fs = require("node:fs");

const STALL_TIMEOUT_NS = 1_000_000_000n;
const MAX_STALLED_BYTES = 64 * 1024 * 1024;
const TAIL_BYTES = 64;

/**
 * Whether a spool file without its last line has its whole payload: nothing was written for a second, and it is one
 * complete JSON object. Its writer was killed, or waits for an end of stdin that does not come.
 */
function isStalled({ path: file, size, time }, now = BigInt(Date.now()) * 1_000_000n) {
  if (now - time < STALL_TIMEOUT_NS || size > MAX_STALLED_BYTES || !endsLikeJson(file, size)) return false;
  const bytes = fs.readFileSync(file);
  const nul = bytes.indexOf(0, bytes.indexOf(10) + 1);
  try {
    return nul >= 0 && typeof JSON.parse(bytes.toString("utf8", nul + 1).replace(/^\ufeff/, "")) === "object";
  } catch {
    return false;
  }
}

/** Reads only the last bytes, so that large unfinished files are not read repeatedly. */
function endsLikeJson(file, size) {
  const descriptor = fs.openSync(file);
  try {
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    fs.readSync(descriptor, tail, 0, tail.length, size - tail.length);
    return tail.toString("latin1").trimEnd().endsWith("}");
  } finally {
    fs.closeSync(descriptor);
  }
}

module.exports = { isStalled };
