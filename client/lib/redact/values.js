"use strict";
const { isPlaceholder, looksRandom, WORDS } = require("./looks.js");

const MEMBER = /^[A-Za-z_$][\w$]*(?:(?:\.|\?\.|->|::)[A-Za-z_$][\w$]*)+$/;
const FOLDER = /^(?:[a-z][a-z0-9+]*:\/\/|~?\.{0,2}\/|[A-Za-z]:[\\/])/;
const LETTERS = /^[A-Za-z_]+$/;

/**
 * Whether `value` is the secret that its name (a kind of names.js) promises. `style` says how it stands there:
 * "quoted", "env" (NAME=value without spaces), "line" (name: value, alone on its line), "option" (--name value), or "code".
 */
function isSecret(kind, value, style) {
  if (value.length < 3 || isPlaceholder(value)) return false;
  return TESTS[kind](value, style);
}

const TESTS = {
  password: (value, style) => (style === "quoted" ? isQuotedPassword(value) : isBarePassword(value, style)),
  secret: (value, style) => looksRandom(value) || (style === "env" && value.length >= 6 && isBarePassword(value, style)) || (TESTS.password(value, style) && value.length >= 6 && /[\d\W]/.test(value) && !isDashed(value)),
  api_key: (value) => looksRandom(value) || (value.length >= 12 && /\d/.test(value) && /[a-z]/i.test(value) && /^[\w+/=-]+$/.test(value) && !isDashed(value) && !isName(value)),
  token: (value) => looksRandom(value),
  credential: (value) => looksRandom(value),
  basic: (value) => /^[A-Za-z0-9+/]{8,}={0,2}$/.test(value) && /^[\x20-\x7e]+:[\x20-\x7e]+$/.test(Buffer.from(value, "base64").toString("latin1")),
  authorization: (value) => looksRandom(value) || (value.length >= 8 && /\d|=$/.test(value) && /^[\w.~+/=-]+$/.test(value)),
  cookie: (value) => looksRandom(value.replace(/^[^=]*=/, "").replace(/;.*$/s, "")),
  seed_phrase: (value) => /^(?:[a-z]{3,8}[ ,]+){11,23}[a-z]{3,8}$/.test(value),
};

function isQuotedPassword(value) {
  if (/^[\s),;:+]|%[sdr@]/.test(value) || FOLDER.test(value)) return false;
  if (/\s/.test(value)) return /\d/.test(value) && /[^\w\s.,'"()-]/.test(value);
  if (LETTERS.test(value)) return value.length >= 5 && !isAboutPasswords(value);
  return !MEMBER.test(value) && !isDashed(value) && !/^[\w.-]+\($/.test(value) && !/^[^\w]+$/.test(value);
}

function isBarePassword(value, style) {
  if (FOLDER.test(value) || MEMBER.test(value) || /^[\W_]+$/.test(value)) return false;
  if (/^\d+$/.test(value)) return value.length >= 4;
  // NAME=value gives a variable of the environment what it is to hold, be it a bad password.
  if (style === "env") return true;
  if (LETTERS.test(value)) return style === "line" && value.length >= 5 && /^[a-z]+$/.test(value) && !isAboutPasswords(value);
  if (isName(value)) return style !== "code" && !isAboutPasswords(value);
  return !/[=:](?:=|$)|=>|->|^\W+$/.test(value);
}

/** A name in a program, even with digits in it. */
const isName = (value) => /^[A-Za-z_$][a-zA-Z_$]*\d{0,2}$/.test(value);

/** A word that talks about passwords instead of being one: a label, a type, a variable. */
const isAboutPasswords = (value) => /pass(?:w|_|$|p)|secret|token|credential|pwd|prompt|hash/i.test(value) || WORDS.has(value.toLowerCase());

/** Plain words joined by dashes, dots or underscores: the name of a thing. */
const isDashed = (value) => /^[a-z]+(?:[-_.:][a-z]+)+$/i.test(value);

module.exports = { isSecret };
