"use strict";
const crypto = require("node:crypto");

const VARIANTS = "89ab";

/** An id that is derived from these words (UUID version 8, RFC 9562). */
function derivedId(...words) {
  const hex = crypto.createHash("sha256").update(words.join("\n")).digest("hex");
  const variant = VARIANTS[Number.parseInt(hex[16], 16) & 3];
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20)];
  return `${parts.join("-")}-${hex.slice(20, 32)}`;
}

module.exports = { derivedId };
