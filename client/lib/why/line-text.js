"use strict";
const crypto = require("node:crypto");

const HASH_CHARS = 10;
const MAX_LINE_CHARS = 2_000;

/** A line without what formatters change: white space, the kind of quotes, a comma or semicolon at its end. */
const normalizeLine = (line) =>
  line
    .slice(0, MAX_LINE_CHARS)
    .replace(/\s+/g, "")
    .replace(/['`]/g, '"')
    .replace(/[,;]+$/, "");

/** The hash by which the server finds the edits that added a line; empty for an empty line. */
function hashLine(line) {
  const words = normalizeLine(line);
  return words ? crypto.createHash("sha256").update(words).digest("hex").slice(0, HASH_CHARS) : "";
}

/** What is left of normalized text when lines are wrapped or joined otherwise. */
const toStream = (normalized) => normalized.replace(/[,;()]/g, "");

const REDACTED = /\[redacted:[\w-]{1,40}\]/;

/** Whether a normalized line is a captured one in which secrets were replaced. */
function matchesRedacted(line, captured) {
  const pieces = captured.split(REDACTED);
  if (pieces.length < 2 || pieces.join("").length < 4) return false;
  const [first, last] = [pieces[0], pieces.at(-1)];
  if (!line.startsWith(first) || !line.endsWith(last) || line.length < first.length + last.length) return false;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const at = line.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return from <= line.length - last.length;
}

module.exports = { hashLine, normalizeLine, toStream, matchesRedacted };
