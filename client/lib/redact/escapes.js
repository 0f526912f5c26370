"use strict";
const { findSecrets } = require("./detectors/detectors.js");
const { listParts, readAsAscii } = require("./look-alikes.js");
const { findInTables } = require("./tables.js");
const { findAcrossLines } = require("./wrapped.js");

// The escapes of JSON, and inside a decoded string also those of URLs, HTML and terminals.
const JSON_ESCAPE = /\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])/g;
const ANY_ESCAPE = new RegExp(
  [
    JSON_ESCAPE.source,
    "%[2-7][0-9a-fA-F]",
    "&(?:quot|amp|lt|gt|apos|nbsp|#\\d{1,5}|#[xX][0-9a-fA-F]{1,4});",
    "\\x1b(?:\\[[0-9;:?]{0,32}[A-Za-z]|\\][^\\x07\\x1b]{0,2048}(?:\\x07|\\x1b\\\\))",
  ].join("|"),
  "g",
);
const ESCAPES = /[\\%\x1b]|&(?:\w{2,4}|#\w{1,5});/;
const LETTERS = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const ENTITIES = { quot: '"', amp: "&", lt: "<", gt: ">", apos: "'", nbsp: " " };
// JSON in a string of JSON in a string: output of tools, and written files of JSON.
const MAX_DEPTH = 3;

/**
 * Secrets in a text, in the text with its escapes decoded (\n, \/, \u0041, %2F, &quot;, colors), in its decoded base64,
 * and across its broken lines; as {found, steps}, with offsets in the original text. `alsoFind(text)` adds other parts
 * to redact.
 */
function findInAllEncodings(text, alsoFind = () => [], depth = 0) {
  const ascii = readAsAscii(text);
  const { found, steps } = findInBoth(
    [ascii, text],
    depth < MAX_DEPTH ? (plain) => findInAllEncodings(plain, undefined, depth + 1) : null,
  );
  const columns = findInTables(ascii);
  const wrapped = findAcrossLines(ascii, findSecrets, found);
  const direct = [...found, ...alsoFind(text), ...columns.found, ...wrapped.found];
  const cost = steps + columns.steps + wrapped.steps;
  if (depth === MAX_DEPTH || !ESCAPES.test(text)) return { found: mergeOverlaps(direct), steps: cost };
  const plain = unescapeText(text, ANY_ESCAPE);
  if (plain.length === text.length) return { found: mergeOverlaps(direct), steps: cost + text.length };
  const nested = findInAllEncodings(plain, alsoFind, depth + 1);
  return {
    found: mergeOverlaps([...direct, ...mapToEscaped(text, nested.found, ANY_ESCAPE)]),
    steps: cost + 2 * text.length + nested.steps,
  };
}

/**
 * In the text with signs as ASCII, and around these signs as it is: a typographic quote may be a part of a value
 * between ASCII quotes, and a line of a frame would be a part of the base64 before it.
 */
function findInBoth([ascii, text], findInDecoded) {
  const first = findSecrets(ascii, findInDecoded);
  if (ascii === text) return first;
  const second = findSecrets(text, findInDecoded, listParts(text));
  return {
    found: mergeOverlaps([...first.found, ...second.found]),
    steps: first.steps + second.steps + text.length,
  };
}

const unescapeText = (text, escapes = JSON_ESCAPE) => text.replace(escapes, decodeEscape);

/** The character of an escape; a color has none. */
function decodeEscape(sequence) {
  if (sequence[0] === "%") return String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
  if (sequence[0] === "&") return decodeEntity(sequence.slice(1, -1));
  if (sequence[0] === "\x1b") return "";
  if (sequence[1] === "u") return String.fromCharCode(Number.parseInt(sequence.slice(2), 16));
  return LETTERS[sequence[1]] ?? sequence[1];
}

function decodeEntity(name) {
  if (name[0] !== "#") return ENTITIES[name];
  return String.fromCharCode(/^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1)));
}

/** Maps offsets in the unescaped text to the original text. */
function mapToEscaped(text, found, escapes = JSON_ESCAPE) {
  if (found.length === 0) return found;
  const starts = mapOffsets(
    text,
    found.map(({ start }) => start),
    escapes,
    true,
  );
  const ends = mapOffsets(
    text,
    found.map(({ end }) => end),
    escapes,
    false,
  );
  return found.map((secret) => ({ ...secret, start: starts.get(secret.start), end: ends.get(secret.end) }));
}

/** An escape without a character (a color) stays outside: before a start and after an end. */
function mapOffsets(text, wanted, escapes, isStart) {
  const offsets = [...wanted].sort((a, b) => a - b);
  const mapped = new Map();
  let removedChars = 0;
  let next = 0;
  const mapUpTo = (upTo) => {
    for (; next < offsets.length && offsets[next] <= upTo - removedChars; next += 1)
      mapped.set(offsets[next], offsets[next] + removedChars);
  };
  for (const { 0: sequence, index } of text.matchAll(escapes)) {
    const length = decodeEscape(sequence).length;
    mapUpTo(isStart && length === 0 ? index - 1 : index);
    removedChars += sequence.length - length;
  }
  mapUpTo(Infinity);
  return mapped;
}

/** Sorted, with overlapping secrets merged under the kind of the first. */
function mergeOverlaps(found) {
  const result = [];
  for (const secret of [...found].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = result.at(-1);
    if (last && secret.start < last.end) last.end = Math.max(last.end, secret.end);
    else result.push({ ...secret });
  }
  return result;
}

module.exports = { findInAllEncodings, mapToEscaped, unescapeText, mergeOverlaps };
