"use strict";
const { CLASS } = require("../classes.js");
const { newRunId } = require("../reader.js");

// The length of a short name with its value, and of its first letters without a sign; continued lines have one of the
// usual widths.
const MIN_ENCODED_CHARS = 24;
const MIN_WORD_CHARS = 4;
const NEXT_LINE = /\r?\n[ \t]{0,40}([A-Za-z0-9+/]{2,}={0,2})/y;
const WIDTHS = new Set([60, 64, 72, 76]);
// Enough to distinguish text from other bytes: one in four thousand random runs passes.
const SAMPLE_CHARS = 48;
const NOT_TEXT = /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]/;
const ENCODED = newRunId();

/**
 * Base64 that starts at `at` and decodes to text with secrets, as {kind, start, end}: all of it is redacted, under the
 * kind of its first secret. The reader's `find(text)` searches it. Hashes and images do not decode to text and cost one
 * short check.
 */
function findEncodedAt(reader, at) {
  const { text } = reader;
  if (!reader.find || at < reader.decodedUpTo || !startsEncoded(reader, at)) return null;
  const run = reader.runEnd(ENCODED, CLASS.encoded, at);
  if (run - at < MIN_ENCODED_CHARS || !mayBeText(reader, at, run)) return null;
  const end = endOfLines(text, at, run);
  reader.decodedUpTo = end;
  const plain = decodeBase64(reader.slice(at, end));
  if (plain === null) return null;
  const { found, steps } = reader.find(plain);
  reader.steps += steps;
  return found.length ? { kind: found[0].kind, start: at, end } : null;
}

/** Letters without a sign, or a few before a sign of base64: a shorter word is a name before its value. */
function startsEncoded(reader, at) {
  const end = reader.wordEnd(at);
  return end - at >= MIN_WORD_CHARS || (end - at > 1 && /[+/]/.test(reader.text[end] ?? ""));
}

/** Whether the first bytes are ASCII or, in other languages, UTF-8. */
function mayBeText(reader, start, end) {
  const last = Math.min(end, start + SAMPLE_CHARS);
  return isAsciiText(reader.text, start, last) || isUtf8Text(reader.slice(start, last));
}

/** The first of every four characters holds the top bit of a byte, which is 0 in ASCII: it is A to Z or a to f. */
function isAsciiText(text, start, end) {
  for (let at = start; at < end - 3; at += 4) {
    const code = text.charCodeAt(at);
    if (code < 65 || code > 102 || (code > 90 && code < 97)) return false;
  }
  return true;
}

/** The last character of a sample may be cut short. */
const isUtf8Text = (sample) =>
  !NOT_TEXT.test(
    Buffer.from(sample, "base64")
      .toString("utf8")
      .replace(/\ufffd{1,3}$/, ""),
  );

/** The end including continued lines, if base64 was broken into lines. */
function endOfLines(text, start, end) {
  let from = start;
  for (let last = end; WIDTHS.has(last - from); ) {
    NEXT_LINE.lastIndex = last;
    const match = NEXT_LINE.exec(text);
    if (!match) break;
    from = NEXT_LINE.lastIndex - match[1].length;
    end = last = NEXT_LINE.lastIndex;
  }
  return end;
}

/** Text in UTF-8, or in UTF-16 as PowerShell uses it; null for other bytes. */
function decodeBase64(encodedText) {
  const bytes = Buffer.from(encodedText, "base64");
  const plain =
    bytes.length > 3 && bytes[1] === 0 && bytes[3] === 0 ? bytes.toString("utf16le") : bytes.toString("utf8");
  return NOT_TEXT.test(plain.length > 8 ? plain.slice(0, -2) : plain) ? null : plain;
}

module.exports = { findEncodedAt, MIN_ENCODED_CHARS };
