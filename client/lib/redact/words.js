"use strict";
const { CLASS } = require("./classes.js");
const { commandAt, commandWords } = require("./commands.js");
const { isPlaceholder, looksRandom } = require("./heuristics.js");
const { nounAt, nouns } = require("./prose.js");
const { newPiece, WORD } = require("./reader.js");

const LONGEST_WORD = 16;
const LONGEST_COOKIES = 4096;
const COOKIES_READ = newPiece();
const COOKIES = /^(?:set-)?cookies?["'`]?\]?[ \t]{0,4}[:=]{1,3}[ \t]{0,4}[{(]?["'`]?/i;
const PAIR = /([\w.%-]{1,64})["']?[ \t]?[=:][ \t]?["']?([^;,"'\s}\\]{16,})/g;

// Sayings of other languages that have a password behind them.
const SAYINGS = new Map([
  ...cased("identified", /^identified (?:with \S{1,40} )?(?:by|as) (?:password )?["']/i),
  ...cased("login", /^login[ \t]+\S{1,100}[ \t\n]+password[ \t]+["']?/i),
  ...cased("password", /^password (?=['"])/i),
]);
const COOKIE = new Set(["cookie", "Cookie", "cookies", "Cookies", "COOKIE"]);

function cased(word, pattern) {
  return [word, word.toUpperCase(), word[0].toUpperCase() + word.slice(1)].map((one) => [one, pattern]);
}

// What to do at a word; one look for all others.
const known = new Map();
for (const [word, names] of commandWords) teach(word, (reader, at) => commandAt(reader, at, names));
for (const [word, pattern] of SAYINGS) teach(word, (reader, at) => sayingAt(reader, at, pattern));
for (const word of COOKIE) teach(word, cookiesAt);
for (const word of nouns) teach(word, nounAt);

function teach(word, look) {
  known.set(word, [...(known.get(word) ?? []), look]);
}

// The lengths of the words that begin with two letters, as bits: most words of a text are known to be none by this.
const lengths = new Uint32Array(128 * 128);
for (const word of known.keys()) lengths[word.charCodeAt(0) * 128 + word.charCodeAt(1)] |= 1 << word.length;

/**
 * Secrets that a word announces which begins at `at`: a command, a phrase, or the noun for a secret. As one, a list, or
 * null.
 */
function wordAt(reader, at) {
  const { text } = reader;
  const some = lengths[text.charCodeAt(at) * 128 + text.charCodeAt(at + 1)];
  if (!some) return null;
  const end = reader.runEnd(WORD, CLASS.alnum, at);
  if (end - at > LONGEST_WORD || !(some & (1 << (end - at)))) return null;
  for (const look of known.get(text.slice(at, end)) ?? []) {
    const found = look(reader, at, end);
    if (found) return found;
  }
  return null;
}

const wordBeginnings = [...new Set([...known.keys()].map((word) => word[0]))].join("");

function sayingAt(reader, at, pattern) {
  const head = pattern.exec(reader.slice(at, at + 240))?.[0];
  if (head === undefined) return null;
  const start = at + head.length;
  const value = /^['"]?([^\s"'`\\]{3,200})/.exec(reader.slice(start, start + 201));
  if (!value || isPlaceholder(value[1])) return null;
  return { kind: "password", start: start + value[0].length - value[1].length, end: start + value[0].length };
}

/** The values of cookies in a header or a list, each for itself. */
function cookiesAt(reader, at) {
  if (reader.isRead(COOKIES_READ, at)) return null;
  const ahead = reader.slice(at, at + 24);
  const head = COOKIES.exec(ahead)?.[0];
  if (head === undefined) return null;
  const start = at + head.length;
  const line = reader.slice(start, start + LONGEST_COOKIES).split(/[\r\n]/, 1)[0];
  reader.setRead(COOKIES_READ, start + line.length);
  const found = [...line.matchAll(PAIR)]
    .filter(([, , value]) => looksRandom(value) && !isPlaceholder(value))
    .map(({ 0: pair, 2: value, index }) => ({
      kind: "cookie",
      start: start + index + pair.length - value.length,
      end: start + index + pair.length,
    }));
  return found.length ? found : null;
}

module.exports = { wordAt, wordBeginnings };
