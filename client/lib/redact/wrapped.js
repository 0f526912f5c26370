"use strict";
const { CLASS, has } = require("./classes.js");

const MIN_LINE_CHARS = 40;
const MAX_SECRET_CHARS = 16 * 1024;
const CONTEXT_CHARS = 120;
const MAX_RUN_CHARS = 48;
const MIN_HEAD_CHARS = 9;
const SPACE = 32;
// More changes of case than class names have.
const MANY_CASE_CHANGES = 5;
const CR = 13;
const BACKSLASH = 92;
const MIN_TAIL_CHARS = 4;
// The characters of secrets at the start of the next line.
const HEAD = /^(\r?\n(?:[ \t]{0,80}(?:[>│|] ?)?)?)([A-Za-z0-9_.+/=~$!:@-]{2,})/;

/**
 * Secrets that a line break splits in two, as {found: [{kind, start, end}], steps}, including the break: at the edge of
 * a terminal, in a mail, after a backslash. `find(text)` returns {found}. Only lines with digits at the broken end are
 * joined and searched; a secret that is complete without the next line (`known`) continues there only if that does not
 * look like a word.
 */
function findAcrossLines(text, find, known) {
  const result = { found: [], steps: 0 };
  const ends = new Set(known.map(({ end }) => end));
  for (let newline = text.indexOf("\n"), line = 0; newline >= 0; ) {
    let next = newline + 1;
    if (newline - line >= MIN_LINE_CHARS && isBroken(text, newline)) {
      const joined = joinLines(text, { line, newline });
      if (joined && !(ends.has(joined.breaksAt) && !looksGenerated(joined.nextPart))) {
        findAcross(joined, find, result);
        next = joined.end;
      }
    }
    line = next > newline + 1 ? text.lastIndexOf("\n", next - 1) + 1 : next;
    newline = text.indexOf("\n", next);
  }
  return result;
}

/** A word reaches the end of the line, and there or on the next line digits stand inside letters. */
function isBroken(text, newline) {
  let at = newline - 1;
  if (text.charCodeAt(at) === CR) at -= 1;
  if (text.charCodeAt(at) === BACKSLASH) at -= 1;
  const tail = measureRun(text, at, -1);
  if (tail.length < MIN_TAIL_CHARS) return false;
  return (
    tail.isMixed ||
    (text.charCodeAt(newline + 1) !== SPACE && isLong(measureRun(text, newline + 1, 1))) ||
    (text.charCodeAt(newline + 2) === SPACE && isLong(measureRun(text, newline + 3, 1)))
  );
}

const isLong = ({ length, isMixed }) => isMixed && length >= MIN_HEAD_CHARS;

/** The number of secret characters in one direction, and whether digits and letters, or cases, are mixed. */
function measureRun(text, from, step) {
  let kinds = 0;
  let caseChanges = 0;
  let at = from;
  for (let isUpper = false; Math.abs(at - from) < MAX_RUN_CHARS && has(CLASS.token, text.charCodeAt(at)); at += step) {
    kinds |= has(CLASS.digit, text.charCodeAt(at)) ? 1 : 2;
    if (isUpper !== (isUpper = has(CLASS.upper, text.charCodeAt(at)))) caseChanges += 1;
  }
  return { length: Math.abs(at - from), isMixed: kinds === 3 || caseChanges >= MANY_CASE_CHANGES };
}

/**
 * The end of a line and its continuation as {text, parts: [{at, from}], end}: `at` in the joined text is `from` in the
 * whole.
 */
function joinLines(text, { line, newline }) {
  const from = Math.max(line, newline - CONTEXT_CHARS);
  let end = newline - Number(text[newline - 1] === "\r");
  end -= Number(text[end - 1] === "\\");
  const breaksAt = end;
  const parts = [{ at: 0, from }];
  let joined = text.slice(from, end);
  for (let at = end, isComplete = true; isComplete && joined.length < MAX_SECRET_CHARS; ) {
    const match = HEAD.exec(text.slice(text[at] === "\\" ? at + 1 : at, at + 1024));
    if (!match) break;
    const start = at + Number(text[at] === "\\") + match[1].length;
    parts.push({ at: joined.length, from: start });
    joined += match[2];
    end = at = start + match[2].length;
    // A line that is shorter than the one before it was not broken by width.
    isComplete = match[2].length >= MIN_LINE_CHARS && match[0].length >= newline - line;
  }
  return parts.length > 1
    ? { text: joined, parts, end, breaksAt, nextPart: joined.slice(parts[1].at, parts[2]?.at) }
    : null;
}

/** Digits and letters, and nothing that ends a name. */
const looksGenerated = (word) => /\d/.test(word) && /[a-z]/i.test(word) && /^[\w+/.~$!-]+=*$/.test(word);

function findAcross({ text, parts }, find, result) {
  const breaks = parts.slice(1).map(({ at }) => at);
  const { found, steps } = find(text);
  const across = found.filter(({ start, end }) => breaks.some((at) => start < at && at < end));
  result.found.push(
    ...across.map((one) => ({ ...one, start: mapToText(parts, one.start), end: mapToText(parts, one.end - 1) + 1 })),
  );
  result.steps += steps;
}

const mapToText = (parts, offset) => {
  const { at, from } = parts.findLast((part) => part.at <= offset);
  return from + offset - at;
};

module.exports = { findAcrossLines };
