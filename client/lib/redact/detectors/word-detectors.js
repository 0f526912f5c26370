"use strict";
const { isPlaceholder, looksRandom } = require("../heuristics.js");
const { newRunId } = require("../reader.js");
const { findInCommandAt, commandWords } = require("./command-secrets.js");
const { findNamedAt, nouns } = require("./prose.js");

const MAX_WORD_CHARS = 16;
const MAX_COOKIES_CHARS = 4096;
const COOKIES_READ = newRunId();
const COOKIES = /^(?:set-)?cookies?["'`]?\]?[ \t]{0,4}[:=]{1,3}[ \t]{0,4}[{(]?["'`]?/i;
const PAIR = /([\w.%-]{1,64})["']?[ \t]?[=:][ \t]?["']?([^;,"'\s}\\]{16,})/g;

// Phrases of other languages before a password.
const PHRASES = new Map([
  ...cased("identified", /^identified (?:with \S{1,40} )?(?:by|as) (?:password )?["']/i),
  ...cased("login", /^login[ \t]+\S{1,100}[ \t\n]+password[ \t]+["']?/i),
  ...cased("password", /^password (?=['"])/i),
]);
const COOKIE = new Set(["cookie", "Cookie", "cookies", "Cookies", "COOKIE"]);

function cased(word, pattern) {
  return [word, word.toUpperCase(), word[0].toUpperCase() + word.slice(1)].map((form) => [form, pattern]);
}

// Detectors by word; all other words cost one lookup.
const detectorsByWord = new Map();
for (const [word, names] of commandWords) addDetector(word, (reader, at) => findInCommandAt(reader, at, names));
for (const [word, pattern] of PHRASES) addDetector(word, (reader, at) => findInPhraseAt(reader, at, pattern));
for (const word of COOKIE) addDetector(word, findCookiesAt);
for (const word of nouns) addDetector(word, findNamedAt);

function addDetector(word, detect) {
  detectorsByWord.set(word, [...(detectorsByWord.get(word) ?? []), detect]);
}

// The lengths of words by their first two letters, as bits: this excludes most words of a text.
const lengths = new Uint32Array(128 * 128);
for (const word of detectorsByWord.keys()) lengths[word.charCodeAt(0) * 128 + word.charCodeAt(1)] |= 1 << word.length;

/**
 * Secrets announced by the word that starts at `at`: a command, a phrase, or a noun for a secret. A secret, a list, or
 * null.
 */
function findAtWord(reader, at) {
  const { text } = reader;
  const lengthBits = lengths[text.charCodeAt(at) * 128 + text.charCodeAt(at + 1)];
  if (!lengthBits) return null;
  const end = reader.wordEnd(at);
  if (end - at > MAX_WORD_CHARS || !(lengthBits & (1 << (end - at)))) return null;
  for (const detect of detectorsByWord.get(text.slice(at, end)) ?? []) {
    const found = detect(reader, at, end);
    if (found) return found;
  }
  return null;
}

/** Whether words with these first two characters have a detector. */
const beginsWord = (first, second) => lengths[first * 128 + second] !== 0;

const wordInitials = [...new Set([...detectorsByWord.keys()].map((word) => word[0]))].join("");

function findInPhraseAt(reader, at, pattern) {
  const head = pattern.exec(reader.slice(at, at + 240))?.[0];
  if (head === undefined) return null;
  const start = at + head.length;
  const value = /^['"]?([^\s"'`\\]{3,200})/.exec(reader.slice(start, start + 201));
  if (!value || isPlaceholder(value[1])) return null;
  return { kind: "password", start: start + value[0].length - value[1].length, end: start + value[0].length };
}

/** The values of cookies in a header or a list, each as one secret. */
function findCookiesAt(reader, at) {
  if (reader.isRead(COOKIES_READ, at)) return null;
  const ahead = reader.slice(at, at + 24);
  const head = COOKIES.exec(ahead)?.[0];
  if (head === undefined) return null;
  const start = at + head.length;
  const line = reader.slice(start, start + MAX_COOKIES_CHARS).split(/[\r\n]/, 1)[0];
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

module.exports = { beginsWord, findAtWord, wordInitials };
