"use strict";

const DIGIT = "0123456789";
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const ALNUM = DIGIT + LOWER + UPPER;

const LETTERS = {
  digit: DIGIT,
  upper: UPPER + DIGIT,
  low: LOWER + DIGIT,
  alnum: ALNUM,
  word: `${ALNUM}_`,
  url: `${ALNUM}_-`,
  dotted: `${ALNUM}_-.`,
  hex: `${DIGIT}abcdefABCDEF`,
  uuid: `${DIGIT}abcdefABCDEF-`,
  base32: `${UPPER}234567`,
  base64: `${ALNUM}+/=`,
  encoded: `${ALNUM}+/=_-`,
  token: `${ALNUM}_-.~+/=%`,
  name: `${ALNUM}_-.`,
};

/** Character classes as tables: `has(CLASS.hex, code)` is one lookup. */
const CLASS = Object.fromEntries(Object.entries(LETTERS).map(([name, letters]) => [name, table(letters)]));

function table(letters) {
  const members = new Uint8Array(128);
  for (const letter of letters) members[letter.charCodeAt(0)] = 1;
  return members;
}

/** Beyond the end of a table nothing is a member. */
const has = (members, code) => members[code] === 1;

module.exports = { CLASS, has };
