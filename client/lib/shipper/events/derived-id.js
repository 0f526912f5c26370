"use strict";
const crypto = require("node:crypto");

const VARIANTS = "89ab";

// Node 20.12 and later hash a text in one step, which takes half the time.
const sha256 = crypto.hash
  ? (text) => crypto.hash("sha256", text)
  : (text) => crypto.createHash("sha256").update(text).digest("hex");

/** An id that is derived from these words (UUID version 8, RFC 9562). */
function derivedId(...words) {
  const hex = sha256(words.join("\n"));
  const variant = VARIANTS[Number.parseInt(hex[16], 16) & 3];
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20)];
  return `${parts.join("-")}-${hex.slice(20, 32)}`;
}

module.exports = { derivedId };
