"use strict";

// A byte order mark; Windows shells add them. UTF-8 needs none.
const MARKS = { fffe: "utf-16le", feff: "utf-16be" };
const BEGINS_AS_JSON = /^\s*[{[]/;
const SAMPLE_SIZE = 4_096;
const TAB = 9;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** The text of bytes without a byte order mark, or null if they are no text. */
function decodeText(bytes) {
  const utf16 = decodeUtf16(bytes);
  if (utf16 !== null) return utf16;
  try {
    return UTF8.decode(bytes);
  } catch {
    return null;
  }
}

/**
 * The text of UTF-16, or null. A mark alone is no proof, since any bytes may begin with it; incomplete characters do
 * not disprove it.
 */
function decodeUtf16(bytes) {
  const markedEncoding = MARKS[bytes.toString("hex", 0, 2)];
  for (const encoding of markedEncoding ? [markedEncoding] : Object.values(MARKS)) {
    const isLatin = hasLatin(markedEncoding ? bytes.subarray(2) : bytes, encoding);
    if (!isLatin && !markedEncoding) continue;
    const text = new TextDecoder(encoding).decode(bytes);
    if (isLatin || BEGINS_AS_JSON.test(text)) return text;
  }
  return null;
}

/** Whether most byte pairs have one NUL and one other byte, as Latin text in UTF-16 does. */
function hasLatin(bytes, encoding) {
  const high = encoding === "utf-16le" ? 1 : 0;
  const pairs = Math.floor(Math.min(bytes.length, SAMPLE_SIZE) / 2);
  let latin = 0;
  for (let at = 0; at < pairs * 2; at += 2) if (bytes[at + high] === 0 && bytes[at + 1 - high] >= TAB) latin += 1;
  return pairs > 1 && latin >= pairs * 0.75;
}

module.exports = { decodeText };
