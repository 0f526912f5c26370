"use strict";
const { anyOf } = require("./any-of.js");
const { isPlaceholder, looksRandom, COMMON_WORDS } = require("./heuristics.js");

const MEMBER = /^[A-Za-z_$][\w$]*(?:(?:\.|\?\.|->|::)[A-Za-z_$][\w$]*)+$/;
const FOLDER = /^(?:[a-z][a-z0-9+]*:\/\/|~?\.{0,2}\/|[A-Za-z]:[\\/])/;
const LETTERS = /^[A-Za-z_]+$/;
// The credential of a signed request: AKIA…/20260101/eu-west-1/s3/aws4_request.
const REQUEST_CREDENTIAL = /^\w{16,128}(?:\/|%2F)\d{8}(?:\/|%2F)/i;
const WITH_DIGITS =
  "base|sha|md|utf|u?int|float|win|x|ipv?|oauth|http|python|node|es|argon|bcrypt|pkcs|rc|rsa|ed|aes|rfc|ntlmv?|krb|v|" +
  "p|id|step|line|test|user|page|part|phase|level|type|version|option|field|column|row|arg|param|var|" +
  "key|slot|index|group|crypt|tls|ssl|port";
const NOT_A_SPOKEN_SECRET = anyOf(
  [
    new RegExp(`^[a-z]?(?:${WITH_DIGITS})[-_]?\\d+\\w{0,3}$`),
    /^\d+(?:st|nd|rd|th|x|bits?|bytes?|chars?|days?|hours?|minutes?|h|d)$/,
    /^(?:v?\d+(?:\.\w+)+|0x[\da-f]+|\d+[-/]\w+|[\d.,:]+)$/,
  ],
  "i",
);

/**
 * Whether `value` is the secret that its name (a kind of names.js) promises. `style` is its context: "quoted", "shell"
 * (NAME='value'), "env" (NAME=value without spaces), "line" (name: value, alone on its line), "option" (--name value),
 * "comma" ("name", "value"), "spoken" (in a sentence or a table), or "code".
 */
function isSecret(kind, value, style) {
  if (value.length < 3 || isPlaceholder(value)) return false;
  return TESTS[kind](value, style);
}

const TESTS = {
  password: (value, style) => !isMeasure(value) && (PASSWORDS[style] ?? isBarePassword)(value, style),
  secret: (value, style) =>
    looksRandom(value) ||
    (style === "env" && value.length >= 6 && isBarePassword(value, style)) ||
    (TESTS.password(value, style) && value.length >= 6 && /[\d\W]/.test(value) && !isDashed(value)),
  api_key: (value) =>
    looksRandom(value) ||
    (value.length >= 12 &&
      /\d/.test(value) &&
      /[a-z]/i.test(value) &&
      /^[\w+/=-]+$/.test(value) &&
      !isDashed(value) &&
      !isName(value)),
  token: (value) => looksRandom(value),
  credential: (value) => looksRandom(value) && !REQUEST_CREDENTIAL.test(value),
  basic: (value) =>
    /^[A-Za-z0-9+/]{8,}={0,2}$/.test(value) &&
    /^[\x20-\x7e]+:[\x20-\x7e]+$/.test(Buffer.from(value, "base64").toString("latin1")),
  authorization: (value) =>
    looksRandom(value) || (value.length >= 8 && /\d|=$/.test(value) && /^[\w.~+/=-]+$/.test(value)),
  cookie: (value) => looksRandom(value.replace(/^[^=]*=/, "").replace(/;.*$/s, "")),
  named: (value) =>
    looksRandom(value) ||
    (value.length >= 10 &&
      /^[\w!@#$%^&*+~-]+$/.test(value) &&
      /\d/.test(value) &&
      /[a-z]/.test(value) &&
      /[A-Z]/.test(value) &&
      !isName(value) &&
      !isDashed(value)),
  key_part: (value) => /^[\w-]{20,}={0,2}$/.test(value) && looksRandom(value),
  seed_phrase: (value) => /^(?:[a-z]{3,8}[ ,]+){11,23}[a-z]{3,8}$/.test(value),
};

const PASSWORDS = {
  quoted: (value) => isQuotedPassword(value),
  shell: (value) => isQuotedPassword(value) || isPassphrase(value),
  comma: (value) => value.length >= 6 && /\d/.test(value) && !/\s/.test(value) && isBarePassword(value, "code"),
  spoken: (value) => isSpoken(value),
};

/** A measure such as 1200px or 10ms. */
const isMeasure = (value) => /^\d+(?:\.\d+)?(?:px|r?em|%|v[hw]|pt|ms|s|[kmg]i?b?)$/i.test(value);

/** Several words that were assigned to a variable, and that are no sentence about passwords. */
const isPassphrase = (value) =>
  /\s/.test(value) &&
  !/^[\s),;:+]|[.:?!%$]$|\$\{?\w|%[sdr@]/.test(value) &&
  !isAboutPasswords(value) &&
  !/^[A-Z][a-z]+ [a-z]+ (?:[a-z]+ ?)*$/.test(value);

function isQuotedPassword(value) {
  if (/^[\s),;:+]|%[sdr@]/.test(value) || FOLDER.test(value)) return false;
  if (/\s/.test(value)) return /\d/.test(value) && /[^\w\s.,'"()-]/.test(value);
  if (LETTERS.test(value)) return value.length >= 5 && !isAboutPasswords(value);
  return !MEMBER.test(value) && !isDashed(value) && !/^[\w.-]+\($/.test(value) && !/^[^\w]+$/.test(value);
}

function isBarePassword(value, style) {
  if (FOLDER.test(value) || MEMBER.test(value) || /^[\W_]+$/.test(value)) return false;
  if (/^\d+$/.test(value)) return value.length >= 4;
  // NAME=value sets a variable to its secret, even if it is a weak password.
  if (style === "env") return true;
  if (/^[\p{L}_]+$/u.test(value))
    return style === "line" && value.length >= 5 && /^[a-z]+$/.test(value) && !isAboutPasswords(value);
  if (isName(value)) return style !== "code" && !isAboutPasswords(value);
  return !/[=:](?:=|$)|=>|->|^\W+$/.test(value);
}

/** In a sentence or a table: digits and letters, and no term that is used beside passwords. */
function isSpoken(value) {
  if (value.length < 5 || NOT_A_SPOKEN_SECRET.test(value) || isAboutPasswords(value)) return false;
  return (
    /\d/.test(value) &&
    /[a-z]/i.test(value) &&
    !/[(){}<>=\\]|:\/\/|^[~./]|\.[a-z]{1,4}$/i.test(value) &&
    !isDashed(value)
  );
}

/** An identifier of a program, even with digits in it. */
const isName = (value) => /^[A-Za-z_$][a-zA-Z_$]*\d{0,2}$/.test(value);

/** A word about passwords that is none: a label, a type, a variable. */
const isAboutPasswords = (value) =>
  /pass(?:w|_|$|p)|secret|token|credential|pwd|prompt|hash/i.test(value) || COMMON_WORDS.has(value.toLowerCase());

/** Plain words joined by dashes, dots or underscores: a name. */
const isDashed = (value) => /^[a-z]+(?:[-_.:][a-z]+)+$/i.test(value);

module.exports = { isSecret };
