"use strict";
const os = require("node:os");

const IS_BIG_ENDIAN = os.endianness() === "BE";

/** The UTF-16 codes of a text, and a 0 behind it. */
function codesOf(text) {
  const bytes = Buffer.allocUnsafe(2 * text.length + 2);
  bytes.write(text, "utf16le");
  bytes[2 * text.length] = 0;
  bytes[2 * text.length + 1] = 0;
  if (IS_BIG_ENDIAN) bytes.swap16();
  return new Uint16Array(bytes.buffer, bytes.byteOffset, text.length + 1);
}

/** The text of codes, without the 0 behind it. */
function textOf(codes) {
  const bytes = Buffer.from(codes.buffer, codes.byteOffset, 2 * (codes.length - 1));
  if (IS_BIG_ENDIAN) bytes.swap16();
  return bytes.toString("utf16le");
}

module.exports = { codesOf, textOf };
