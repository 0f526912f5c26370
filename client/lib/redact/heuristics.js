"use strict";
const { anyOf } = require("./any-of.js");

// Placeholders for secrets: references, templates, asterisks, and redacted text.
const PLACEHOLDER = anyOf(
  [
    /^(?:\*+|[xX]{3,}|[.…]{2,}|-+|#+|\?+|<[^>]*>?|\$.*|%\w*%?|%\(.*|@.*|\{.*|\[.*|#\{.*|!.*)$/,
    /\$\{|\{\{|\[redacted:/,
    /^(?:your|my|the|some|insert|enter|replace)[_-]|^(?:change|replace)[_-]?me$/,
    /[.…]{3}$|^<|>$/,
  ],
  "i",
);
const COMMON_WORDS = new Set(
  (
    "none null nil undefined true false string str text number int integer bool boolean bytes buffer object any " +
    "optional required hidden input password passwd passphrase pass pwd secret secrets token key keys value default " +
    "example placeholder redacted masked prompt env environment vault file stdin basic bearer digest jwt oauth " +
    "oauth2 apikey api_key type name user username email unknown empty invalid missing wrong new old current confirm " +
    "yes no on off auto never always sha256 sha512 md5 bcrypt argon2 plain plaintext"
  ).split(" "),
);

const isPlaceholder = (value) => PLACEHOLDER.test(value) || COMMON_WORDS.has(value.toLowerCase());

const countMatches = (text, pattern) => text.match(pattern)?.length ?? 0;

/** Whether letters and digits are mixed randomly, without words: a generated value. */
function looksRandom(value) {
  if (value.length < 16 || /\s/.test(value)) return false;
  const digits = countMatches(value, /\d/g);
  const letters = countMatches(value, /[a-z]/gi);
  if (isWordy(value)) return false;
  if (digits >= 3 && letters >= 2) return true;
  return (digits >= 1 && countChanges(value) >= 4) || countChanges(value) >= value.length / 4;
}

/**
 * Words joined by dashes, dots or slashes, as in class names, files, hosts and versions, with few digits and none in a
 * word.
 */
function isWordy(value) {
  const words = value.split(/[-_./:+=~%]+/).filter(Boolean);
  return (
    words.length > 1 &&
    words.every((word) => /^(?:[A-Z]?[a-z]{2,}|[A-Z]{2,}|\d{1,4}|[a-z]{1,3}\d{1,3}|[a-z]{3,}\d{1,2})$/.test(word))
  );
}

/** How often the case changes, or a letter is followed by a digit or a digit by a letter. */
const countChanges = (value) => countMatches(value, /[a-z](?=[A-Z0-9])|[A-Z](?=[0-9])|\d(?=[a-zA-Z])/g);

module.exports = { isPlaceholder, looksRandom, COMMON_WORDS };
