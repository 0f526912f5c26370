"use strict";
const { CLASS, has } = require("../classes.js");
const { Reader } = require("../reader.js");
const { findAssignedAt, findOptionAt } = require("./assigned.js");
const { findEncodedAt } = require("./encoded.js");
const { findPrivateKeyAt } = require("./private-key.js");
const { findTokenAt } = require("./tokens.js");
const {
  findAzureSecretAt,
  findBearerAt,
  findDsnPasswordAt,
  findPgpassAt,
  findUrlPasswordAt,
} = require("./url-passwords.js");
const { findAtWord, wordInitials } = require("./word-detectors.js");

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

// Most spaces and signs; letters and digits have detectors.
const HAS_NO_DETECTOR = Uint8Array.from(detectorsByCode, (detectors) => Number(detectors.length === 0));

/**
 * Secrets in a text as {found: [{kind, start, end}], steps}, ordered and without overlap. It makes one pass over any
 * text. `findInDecoded(text)`, if given, searches decoded base64.
 */
function findSecrets(text, findInDecoded = null) {
  const reader = new Reader(text, findInDecoded);
  const found = [];
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (HAS_NO_DETECTOR[code] === 1) {
      at += 1;
      continue;
    }
    const isWord = has(CLASS.alnum, code);
    const result = code > 127 ? null : isWord ? detectInWord(reader, at) : detectAt(reader, at);
    if (result === null) at = isWord ? reader.wordEnd(at) : at + 1;
    else {
      const secrets = Array.isArray(result) ? result : [result];
      found.push(...secrets);
      at = Math.max(secrets.at(-1).end, at + 1);
    }
  }
  return { found, steps: reader.steps + text.length };
}

function detectAt(reader, at) {
  const detectors = detectorsByCode[reader.text.charCodeAt(at)];
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
function detectInWord(reader, at) {
  const { text } = reader;
  const before = at === 0 ? 0 : text.charCodeAt(at - 1);
  if (has(CLASS.alnum, before)) return null;
  const secret =
    detectAt(reader, at) ??
    (ENDS_OF_ESCAPES[before] === undefined ? null : detectAfterEscape(reader, at, ENDS_OF_ESCAPES[before]));
  if (secret) return secret;
  const end = reader.wordEnd(at);
  return text.charCodeAt(end) === TILDE && text.charCodeAt(end - 1) === CAPITAL_Q
    ? findAzureSecretAt(reader, end - 1)
    : null;
}

const TILDE = 126;
const CAPITAL_Q = 81;
// Possible lengths of the rest of an escape after its sign: \n, \x3d, \u003d; %3D; the end of a color, 1m to 107m.
const ENDS_OF_ESCAPES = { 92: [1, 3, 5], 37: [2], 91: [1, 2, 3, 4], 59: [1, 2, 3, 4] };

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
