"use strict";
const { assignedAt, optionAt } = require("./assigned.js");
const { CLASS, has } = require("./classes.js");
const { encodedAt } = require("./encoded.js");
const { privateKeyAt } = require("./private-key.js");
const { Reader, WORD } = require("./reader.js");
const { tokenAt } = require("./tokens.js");
const { azureSecretAt, bearerAt, dsnAt, passwordFileAt, passwordInUrlAt } = require("./url-passwords.js");
const { wordAt, wordBeginnings } = require("./words.js");

const ALNUM = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
// What base64 of text begins with.
const ENCODED_TEXT = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";

// Who looks, at which letters; they give one find, a list, or null. The first to find something decides.
const LOOKS = [
  [privateKeyAt, "-P"],
  [optionAt, "-"],
  [passwordInUrlAt, ":"],
  [passwordFileAt, ":"],
  [assignedAt, ":=>,(|"],
  [dsnAt, "@"],
  [bearerAt, "bB"],
  [wordAt, wordBeginnings],
  [tokenAt, `${ALNUM}_`],
  [encodedAt, ENCODED_TEXT],
];
const lookers = Array.from({ length: 128 }, (_, code) =>
  LOOKS.filter(([, letters]) => letters.includes(String.fromCharCode(code))).map(([look]) => look),
);

/**
 * Secrets in a text as {found: [{kind, start, end}], steps}, in order, none within another. One pass, whatever the
 * text. `findInDecoded(text)`, where it is given, looks in what base64 stands for.
 */
function findIn(text, findInDecoded = null) {
  const reader = new Reader(text, findInDecoded);
  const found = [];
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    const isWord = has(CLASS.alnum, code);
    const some = code > 127 ? null : isWord ? lookInWord(reader, at) : lookAt(reader, at);
    if (some === null) at = isWord ? reader.runEnd(WORD, CLASS.alnum, at) : at + 1;
    else {
      const all = Array.isArray(some) ? some : [some];
      found.push(...all);
      at = Math.max(all.at(-1).end, at + 1);
    }
  }
  return { found, steps: reader.steps + text.length };
}

function lookAt(reader, at) {
  for (const look of lookers[reader.text.charCodeAt(at)]) {
    const one = look(reader, at);
    if (one) return one;
  }
  return null;
}

/**
 * Where a run of letters and digits begins, and within it only where an escape may have ended, or where Azure has its
 * mark.
 */
function lookInWord(reader, at) {
  const { text } = reader;
  const before = at === 0 ? 0 : text.charCodeAt(at - 1);
  if (has(CLASS.alnum, before)) return null;
  const one =
    lookAt(reader, at) ??
    (ENDS_OF_ESCAPES[before] === undefined ? null : lookBehindEscape(reader, at, ENDS_OF_ESCAPES[before]));
  if (one) return one;
  const end = reader.runEnd(WORD, CLASS.alnum, at);
  return text.charCodeAt(end) === TILDE && text.charCodeAt(end - 1) === CAPITAL_Q
    ? azureSecretAt(reader, end - 1)
    : null;
}

const TILDE = 126;
const CAPITAL_Q = 81;
// How long the rest of an escape can be behind its sign: \n, \x3d, \u003d; %3D; the end of a colour, 1m to 107m.
const ENDS_OF_ESCAPES = { 92: [1, 3, 5], 37: [2], 91: [1, 2, 3, 4], 59: [1, 2, 3, 4] };

function lookBehindEscape(reader, at, lengths) {
  const end = reader.runEnd(WORD, CLASS.alnum, at);
  for (const length of lengths) {
    const one =
      at + length < end && has(CLASS.alnum, reader.text.charCodeAt(at + length)) ? lookAt(reader, at + length) : null;
    if (one) return one;
  }
  return null;
}

module.exports = { findIn };
