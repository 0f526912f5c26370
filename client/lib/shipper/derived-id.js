"use strict";
const crypto = require("node:crypto");

/** An id that is derived from these words (UUID version 8, RFC 9562). */
function derivedId(...words) {
  const bytes = crypto.createHash("sha256").update(words.join("\n")).digest().subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x80;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

module.exports = { derivedId };
