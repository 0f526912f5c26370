"use strict";
const { CLASS, has } = require("../classes.js");
const { Reader } = require("../reader.js");
const { findAssignedAt, findOptionAt } = require("./assigned.js");
const { findEncodedAt, MIN_ENCODED_CHARS } = require("./encoded.js");
const { findPrivateKeyAt } = require("./private-key.js");
const { beginsToken, findTokenAt, hasTokenOfLength } = require("./tokens.js");
const {
  findAzureSecretAt,
  findBearerAt,
  findDsnPasswordAt,
  findPgpassAt,
  findUrlPasswordAt,
} = require("./url-passwords.js");
const { beginsWord, findAtWord, wordInitials } = require("./word-detectors.js");

const ALNUM = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
// The first characters of base64 of text: of ASCII, and of the first byte of another letter in UTF-8.
const ENCODED_TEXT = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefwxyz0123456789";

// Each detector with the characters at which it runs; it returns a secret, a list, or null. The first with a result
// wins.
const DETECTORS = [
  [findPrivateKeyAt, "-P"],
  [findOptionAt, "-"],
  [findUrlPasswordAt, ":"],
  [findPgpassAt, ":"],
  [findAssignedAt, ":=>,(|"],
  [findDsnPasswordAt, "@"],
  [findBearerAt, "bB"],
  [findAtWord, wordInitials],
  [findTokenAt, `${ALNUM}_`],
  [findEncodedAt, ENCODED_TEXT],
];
const detectorsByCode = Array.from({ length: 128 }, (_, code) =>
  DETECTORS.filter(([, letters]) => letters.includes(String.fromCharCode(code))).map(([detect]) => detect),
);

// What a character is to the search: most spaces and signs have no detector, and letters and digits form words.
const [NOTHING, SIGN, WORD] = [0, 1, 2];
const roles = Uint8Array.from(detectorsByCode, (detectors, code) =>
  has(CLASS.alnum, code) ? WORD : detectors.length ? SIGN : NOTHING,
);

// The beginnings of words at which a detector may find something, by their first two characters; and lengths of words.
const beginnings = new Uint8Array(128 * 128).map((_, pair) => {
  const [first, second] = [pair >> 7, pair & 127];
  const isScheme = /^(?:be|ba)$/i.test(String.fromCharCode(first, second));
  return Number(isScheme || beginsToken(first, second) || beginsWord(first, second));
});
const wordLengths = Uint8Array.from({ length: MIN_ENCODED_CHARS }, (_, length) => Number(hasTokenOfLength(length)));

/**
 * Secrets in a text as {found: [{kind, start, end}], steps}, ordered and without overlap: those that are announced in
 * these parts of it, [{start, end}], by default anywhere. It makes one pass over any text. `findInDecoded(text)`, if
 * given, searches decoded base64.
 */
function findSecrets(text, findInDecoded = null, parts = [{ start: 0, end: text.length }]) {
  const reader = new Reader(text, findInDecoded);
  const found = [];
  let length = 0;
  for (const part of parts) {
    findInPart(reader, part, found);
    length += part.end - part.start;
  }
  return { found, steps: reader.steps + length };
}

/** Adds the secrets that begin in a part, and behind those found before it. */
function findInPart(reader, { start, end: partEnd }, found) {
  const { codes } = reader;
  for (let at = Math.max(start, found.at(-1)?.end ?? 0); at < partEnd; ) {
    const role = roles[codes[at]];
    if (role !== WORD) {
      const secret = role === SIGN ? detectAt(reader, at) : null;
      at = secret === null ? at + 1 : add(found, secret, at);
      continue;
    }
    const end = reader.wordEnd(at);
    const secret = mayBegin(codes, at, end) ? detectInWord(reader, at, end) : null;
    at = secret === null ? end : add(found, secret, at);
  }
}

/** Returns where the search goes on. */
function add(found, secret, at) {
  const secrets = Array.isArray(secret) ? secret : [secret];
  found.push(...secrets);
  return Math.max(secrets.at(-1).end, at + 1);
}

/**
 * Whether a secret may begin with the word from `at` to `end`: for most words of a text a few lookups tell that none
 * does.
 */
function mayBegin(codes, at, end) {
  const length = end - at;
  if (length >= MIN_ENCODED_CHARS || wordLengths[length] === 1) return true;
  if (beginnings[codes[at] * 128 + codes[at + 1]] === 1) return true;
  return (length > 1 && mayFollow[codes[end]] === 1) || (at > 0 && isEscapeEnd[codes[at - 1]] === 1);
}

function detectAt(reader, at) {
  const detectors = detectorsByCode[reader.codes[at]];
  // By index: this is the innermost loop.
  for (let index = 0; index < detectors.length; index += 1) {
    const secret = detectors[index](reader, at);
    if (secret) return secret;
  }
  return null;
}

/**
 * Detects at the start of a run of letters and digits, and inside it only after a possible escape, or at Azure's mark.
 */
function detectInWord(reader, at, end) {
  const { text } = reader;
  const before = text.charCodeAt(at - 1);
  if (has(CLASS.alnum, before)) return null;
  const secret =
    detectAt(reader, at) ?? (isEscapeEnd[before] === 1 ? detectAfterEscape(reader, at, ENDS_OF_ESCAPES[before]) : null);
  if (secret) return secret;
  return text.charCodeAt(end) === TILDE && text.charCodeAt(end - 1) === CAPITAL_Q
    ? findAzureSecretAt(reader, end - 1)
    : null;
}

const TILDE = 126;
const CAPITAL_Q = 81;
// After a word: the signs of base64, and Azure's mark.
const mayFollow = Uint8Array.from({ length: 128 }, (_, code) => Number("+/=_-~".includes(String.fromCharCode(code))));
// Possible lengths of the rest of an escape after its sign: \n, \x3d, \u003d; %3D; the end of a color, 1m to 107m.
const ENDS_OF_ESCAPES = { 92: [1, 3, 5], 37: [2], 91: [1, 2, 3, 4], 59: [1, 2, 3, 4] };
const isEscapeEnd = Uint8Array.from({ length: 128 }, (_, code) => Number(code in ENDS_OF_ESCAPES));

function detectAfterEscape(reader, at, lengths) {
  const end = reader.wordEnd(at);
  for (const length of lengths) {
    const secret =
      at + length < end && has(CLASS.alnum, reader.text.charCodeAt(at + length)) ? detectAt(reader, at + length) : null;
    if (secret) return secret;
  }
  return null;
}

module.exports = { findSecrets };
