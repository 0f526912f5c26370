"use strict";
const { CLASS, has } = require("../classes.js");
const { looksRandom } = require("../heuristics.js");
const { newRunId } = require("../reader.js");
const { MUST_LOOK_RANDOM, SHAPES } = require("./token-patterns.js");

const PART = /<(\w+) (\d+)(?: (\d+|\*))?>|\^|[^<^]+/g;

const compiled = SHAPES.map(([kind, shape]) => ({ kind, parts: [...shape.matchAll(PART)].map(parsePart) }));
const byFirstLetters = groupBy(
  compiled.filter(({ parts }) => parts[0].literal),
  ({ parts: [{ literal }] }) =>
    literal.length > 1
      ? [codePairAt(literal, 0)]
      : Array.from({ length: 128 }, (_, second) => codePairAt(literal + String.fromCharCode(second), 0)),
);
const byFirstLength = groupBy(
  compiled.filter(({ parts }) => !parts[0].literal),
  ({ parts: [{ min, max }] }) => Array.from({ length: max - min + 1 }, (_, index) => min + index),
);

// For a first look: most words begin no token.
const startsToken = Uint8Array.from(byFirstLetters, (rules) => Number(rules !== null));

/** Whether a token begins with these two characters. */
const beginsToken = (first, second) => startsToken[first * 128 + second] === 1;

/** Whether a token without a literal prefix begins with a word of this length. */
const hasTokenOfLength = (length) => byFirstLength[length] !== null;

/** The two characters at a position as one number; -1 beyond ASCII, where no token starts. */
function codePairAt(text, at) {
  const second = text.charCodeAt(at + 1);
  return second < 128 ? text.charCodeAt(at) * 128 + second : -1;
}

function parsePart([text, name, min, max = min]) {
  if (text === "^") return { isStart: true };
  if (!name) return { literal: text };
  return { id: newRunId(), charClass: CLASS[name], min: Number(min), max: max === "*" ? Infinity : Number(max) };
}

function groupBy(rules, keysOf) {
  // Preallocated, so that a lookup takes one step.
  const groups = new Array(128 * 128).fill(null);
  for (const rule of rules) for (const key of keysOf(rule)) (groups[key] ??= []).push(rule);
  return groups;
}

/** The token of a known format that starts at `at`, as {kind, start, end}, or null. */
function findTokenAt(reader, at) {
  const pair = codePairAt(reader.text, at);
  if (startsToken[pair] === 1)
    for (const rule of byFirstLetters[pair])
      if (reader.isAt(at, rule.parts[0].literal)) {
        const found = matchRule(reader, rule, at);
        if (found) return found;
      }
  return findByLengthAt(reader, at);
}

/** Tokens without a literal prefix are found by the length of their first word. */
function findByLengthAt(reader, at) {
  const { text } = reader;
  if (!has(CLASS.alnum, text.charCodeAt(at))) return null;
  const end = reader.wordEnd(at);
  const rules = byFirstLength[end - at];
  if (!rules) return null;
  for (const rule of rules) {
    const found = text[end] === rule.parts[1].literal[0] ? matchRule(reader, rule, at) : null;
    if (found) return found;
  }
  return null;
}

function matchRule(reader, { kind, parts }, start) {
  if (!mayBegin(reader.text, start)) return null;
  let from = start;
  let end = start;
  for (const part of parts) {
    if (part.isStart) from = end;
    else end = part.literal ? skipLiteral(reader, part, end) : skipRun(reader, part, end);
    if (end < 0) return null;
  }
  if (MUST_LOOK_RANDOM.has(kind) && !looksRandom(reader.slice(from, Math.min(end, from + 256)))) return null;
  return isRequestKeyId(reader.text, kind, end) ? null : { kind, start: from, end };
}

/** The key id in a signed request (AKIA…/20260101/eu-west-1/s3) is not a secret. */
const isRequestKeyId = (text, kind, end) =>
  kind === "aws_key" && /^(?:\/|%2F)\d{8}(?:\/|%2F)/i.test(text.slice(end, end + 14));

const skipLiteral = (reader, { literal }, at) => (reader.isAt(at, literal) ? at + literal.length : -1);

function skipRun(reader, { id, charClass, min, max }, at) {
  const length = reader.runEnd(id, charClass, at) - at;
  return length >= min && length <= max ? at + length : -1;
}

/**
 * Whether a word may start here: not after a letter or digit, unless that ends an escape (\n, \u003d, %3D, a color).
 */
function mayBegin(text, at) {
  if (at === 0 || !has(CLASS.alnum, text.charCodeAt(at - 1))) return true;
  return /(?:\\[nrtbf]|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|%[0-9a-fA-F]{2}|\x1b\[[0-9;]{0,6}m)$/.test(
    text.slice(Math.max(at - 10, 0), at),
  );
}

module.exports = { beginsToken, findTokenAt, hasTokenOfLength };
