"use strict";
const { findIn } = require("./find.js");
const { columnsIn } = require("./tables.js");
const { wrappedIn } = require("./wrapped.js");

// The escapes of JSON, and beneath those of a valid string also what URLs, pages and terminals make of letters.
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
// JSON in a string of JSON in a string: what tools print, and what a file of JSON that was written holds.
const DEEPEST = 3;

/**
 * Secrets in a text and in what it says when its escapes are read (\n, \/, \u0041, %2F, &quot;, colours), when its
 * base64 is decoded and its broken lines are joined; as {found, steps}, in places of the text itself. `alsoFind(text)`
 * adds what else is to go.
 */
function findInLayers(text, alsoFind = () => [], depth = 0) {
  const { found, steps } = findIn(text, depth < DEEPEST ? (plain) => findInLayers(plain, undefined, depth + 1) : null);
  const columns = columnsIn(text);
  const wrapped = wrappedIn(text, findIn, found);
  const here = [...found, ...alsoFind(text), ...columns.found, ...wrapped.found];
  const cost = steps + columns.steps + wrapped.steps;
  if (depth === DEEPEST || !ESCAPES.test(text)) return { found: merged(here), steps: cost };
  const plain = unescaped(text, ANY_ESCAPE);
  if (plain.length === text.length) return { found: merged(here), steps: cost + text.length };
  const below = findInLayers(plain, alsoFind, depth + 1);
  return {
    found: merged([...here, ...placedIn(text, below.found, ANY_ESCAPE)]),
    steps: cost + 2 * text.length + below.steps,
  };
}

const unescaped = (text, escapes = JSON_ESCAPE) => text.replace(escapes, letterOf);

/** What an escape stands for; a colour stands for nothing. */
function letterOf(sequence) {
  if (sequence[0] === "%") return String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
  if (sequence[0] === "&") return entityOf(sequence.slice(1, -1));
  if (sequence[0] === "\x1b") return "";
  if (sequence[1] === "u") return String.fromCharCode(Number.parseInt(sequence.slice(2), 16));
  return LETTERS[sequence[1]] ?? sequence[1];
}

function entityOf(name) {
  if (name[0] !== "#") return ENTITIES[name];
  return String.fromCharCode(/^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1)));
}

/** Where the places of the unescaped text lie in the text itself. */
function placedIn(text, found, escapes = JSON_ESCAPE) {
  if (found.length === 0) return found;
  const starts = placesIn(
    text,
    found.map(({ start }) => start),
    escapes,
    true,
  );
  const ends = placesIn(
    text,
    found.map(({ end }) => end),
    escapes,
    false,
  );
  return found.map((one) => ({ ...one, start: starts.get(one.start), end: ends.get(one.end) }));
}

/** What stands for nothing (a colour) stays outside: before a start and behind an end. */
function placesIn(text, wanted, escapes, isStart) {
  const places = [...wanted].sort((a, b) => a - b);
  const known = new Map();
  let shrunk = 0;
  let next = 0;
  const settle = (upTo) => {
    for (; next < places.length && places[next] <= upTo - shrunk; next += 1)
      known.set(places[next], places[next] + shrunk);
  };
  for (const { 0: sequence, index } of text.matchAll(escapes)) {
    const length = letterOf(sequence).length;
    settle(isStart && length === 0 ? index - 1 : index);
    shrunk += sequence.length - length;
  }
  settle(Infinity);
  return known;
}

/** In order, and where two overlap one, of the kind that began first. */
function merged(found) {
  const result = [];
  for (const one of [...found].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = result.at(-1);
    if (last && one.start < last.end) last.end = Math.max(last.end, one.end);
    else result.push({ ...one });
  }
  return result;
}

module.exports = { findInLayers, placedIn, unescaped, merged };
