"use strict";
const { findIn } = require("./find.js");

// The escapes of JSON, and beneath those of a valid string also what URLs make of letters.
const JSON_ESCAPE = /\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])/g;
const ANY_ESCAPE = /\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])|%[2-7][0-9a-fA-F]/g;
const LETTERS = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
// JSON in a string of JSON in a string: what tools print, and what a file of JSON that was written holds.
const DEEPEST = 3;

/**
 * Secrets in a text and in what it says when its escapes are read (\n, \/, \u0041, %2F), as {found, steps}, in places of the text itself.
 * `alsoFind(text)` adds what else is to go.
 */
function findInLayers(text, alsoFind = () => [], depth = 0) {
  const { found, steps } = findIn(text);
  const here = [...found, ...alsoFind(text)];
  if (depth === DEEPEST || !/[\\%]/.test(text)) return { found: merged(here), steps };
  const plain = unescaped(text, ANY_ESCAPE);
  if (plain.length === text.length) return { found: merged(here), steps: steps + text.length };
  const below = findInLayers(plain, alsoFind, depth + 1);
  return { found: merged([...here, ...placedIn(text, below.found, ANY_ESCAPE)]), steps: steps + 2 * text.length + below.steps };
}

const unescaped = (text, escapes = JSON_ESCAPE) => text.replace(escapes, letterOf);

function letterOf(escape) {
  if (escape[0] === "%") return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  if (escape[1] === "u") return String.fromCharCode(Number.parseInt(escape.slice(2), 16));
  return LETTERS[escape[1]] ?? escape[1];
}

/** Where the places of the unescaped text lie in the text itself. */
function placedIn(text, found, escapes = JSON_ESCAPE) {
  if (found.length === 0) return found;
  const places = found.flatMap(({ start, end }) => [start, end]).sort((a, b) => a - b);
  const known = new Map();
  let shrunk = 0;
  let next = 0;
  const settle = (upTo) => { for (; next < places.length && places[next] <= upTo - shrunk; next += 1) known.set(places[next], places[next] + shrunk); };
  for (const { 0: escape, index } of text.matchAll(escapes)) {
    settle(index);
    shrunk += escape.length - 1;
  }
  settle(Infinity);
  return found.map((one) => ({ ...one, start: known.get(one.start), end: known.get(one.end) }));
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
