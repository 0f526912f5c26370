"use strict";
const { matchesRedacted, normalizeLine, toStream } = require("./line-text.js");

const MAX_CONTEXT = 3; // lines on each side that are compared
const DISTINCT_CHARS = 20; // normalized text of this length is not met by chance
const DISTINCT_CHARS_OF_BRACKETS = 40; // and with so much text before or after it, neither are brackets
const MIN_CHARS = 6;
const MAX_WINDOW = 5; // lines that are read together
const HAS_WORD = /[\p{L}\p{N}_]/u; // of any script

/**
 * Edits as the matcher reads them, the latest first: {change, at, rows, stream}. A row is {text, isAdded}, or null
 * between two hunks; `at` is in microseconds.
 */
function prepareEdits(changes) {
  const edits = changes.map((change) => {
    const rows = change.hunks.flatMap((hunk) => [
      ...hunk
        .map((line) => ({ text: normalizeLine(line.slice(1)), isAdded: line.startsWith("+") }))
        .filter(({ text }) => text),
      null,
    ]);
    const stream = toStream(rows.map((row) => (row?.isAdded ? row.text : "")).join(""));
    return { change, at: Date.parse(change.ts) * 1_000, rows, stream };
  });
  return edits.sort((one, other) => other.at - one.at || other.change.id - one.change.id);
}

/** The lines of a file, normalized and without secrets, as the matcher reads them. */
function prepareLines(lines, redact) {
  const texts = lines.map((line) => normalizeLine(redact(line)));
  return {
    texts,
    plain: lines.map(normalizeLine),
    filled: texts.map((text, at) => (text ? at : -1)).filter((at) => at >= 0),
  };
}

/**
 * The edit that added a line, as {change, sureness: "certain" | "likely"}, or null. `until` is the time of the line's
 * commit in microseconds: later edits are not its origin.
 */
const findEdit = (file, index, edits, until) =>
  findSameLine(file, index, edits, until) ?? findReformatted(file, index, edits, until);

/** The same for a line that is as the edit wrote it. */
function findSameLine(file, index, allEdits, until) {
  if (!file.texts[index]) return null;
  const edits = listUntil(allEdits, until);
  let best = null;
  for (const edit of edits)
    for (const [at, row] of edit.rows.entries()) {
      if (!row?.isAdded || !isSame(file, index, row)) continue;
      const found = { change: edit.change, ...compareContext(file, index, edit.rows, at) };
      if (!best || found.misses < best.misses) best = found;
    }
  const sureness = best && judge(file, index, best);
  return sureness ? { change: best.change, sureness } : null;
}

const listUntil = (edits, until) => edits.filter((edit) => edit.at <= until);

const isSame = (file, index, row) => row.text === file.texts[index] || matchesRedacted(file.plain[index], row.text);

/** How many lines around agree, and on how many sides the next line differs. Nothing is known beyond a hunk. */
function compareContext(file, index, rows, at) {
  const position = file.filled.indexOf(index);
  let [agreed, misses] = [0, 0];
  for (const step of [-1, 1])
    for (let distance = 1; distance <= MAX_CONTEXT; distance++) {
      const [row, line] = [rows[at + step * distance], file.filled[position + step * distance]];
      if (!row || line === undefined) break;
      if (!isSame(file, line, row)) {
        misses += distance === 1;
        break;
      }
      agreed++;
    }
  return { agreed, misses };
}

/** A line that anyone may have written needs its neighbors. */
function judge(file, index, { agreed, misses }) {
  const text = file.texts[index];
  if (agreed >= 2 || (agreed === 1 && misses === 0)) return "certain";
  if (text.length >= DISTINCT_CHARS && HAS_WORD.test(text)) return misses < 2 ? "certain" : "likely";
  if (agreed === 1) return "likely";
  const isUnique =
    text.length >= MIN_CHARS && HAS_WORD.test(text) && file.texts.indexOf(text) === file.texts.lastIndexOf(text);
  return isUnique && misses === 0 ? "likely" : null;
}

/**
 * Finds a line that a formatter wrapped or joined: as a part of the text that an edit added. The text before a line
 * counts more than the text after it: a closing bracket belongs to its beginning.
 */
function findReformatted(file, index, allEdits, until) {
  if (!file.texts[index]) return null;
  const edits = listUntil(allEdits, until);
  // A string of its own line may stand in many edits: first with two neighbors.
  const windows = [2, 1, 0].map((neighbors) => () => findWindow(file, index, edits, neighbors));
  const edit = windows.reduce((found, find) => found ?? find(), undefined);
  return edit ? { change: edit.change, sureness: "likely" } : null;
}

function findWindow(file, index, edits, neighbors) {
  const [before, after] = [-1, 1].map((step) => growWindow(file, index, step, neighbors));
  const holds = (text) => (edit) => text !== null && edit.stream.includes(text);
  return (
    edits.find((one) => holds(before)(one) && holds(after)(one)) ??
    edits.find(holds(before)) ??
    edits.find(holds(after))
  );
}

/** The text of a line with as many lines before or after it as make it distinct; null if there are too few. */
function growWindow(file, index, step, neighbors) {
  const position = file.filled.indexOf(index);
  const distinct = HAS_WORD.test(file.texts[index]) ? DISTINCT_CHARS : DISTINCT_CHARS_OF_BRACKETS;
  let text = "";
  for (let distance = 0; distance <= MAX_WINDOW; distance++) {
    const part = toStream(file.texts[file.filled[position + step * distance]] ?? "");
    text = step < 0 ? part + text : text + part;
    if (distance >= neighbors && text.length >= distinct) return text;
  }
  return null;
}

module.exports = { prepareEdits, prepareLines, findEdit, findSameLine };
