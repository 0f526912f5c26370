"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { repoOf } = require("../git/repo.js");
const { redactText } = require("../redact/redact.js");
const { addCommitEvidence } = require("./commit-evidence.js");
const { fetchByHash, fetchLatest } = require("./edit-history.js");
const { UserError } = require("../user-error.js");
const { blame, readAt, topOf } = require("../git/git.js");
const { hashLine } = require("./line-text.js");
const { findEdit, findSameLine, prepareEdits, prepareLines } = require("./match.js");

const LATER = Number.MAX_SAFE_INTEGER; // later than any edit, in microseconds
const MAX_LINES = 20_000;

/** {top, whole, name, project, lines} of a path; `top` is null outside of a repository. Null if it is no text. */
function openFile(file) {
  const whole = fs.realpathSync(path.resolve(file));
  // A pipe would never end.
  if (!fs.statSync(whole).isFile()) throw new UserError(`${file} can not be read (it is no file)`);
  const text = fs.readFileSync(whole, "utf8");
  if (isBinary(text)) return null;
  const folder = path.dirname(whole);
  const top = topOf(folder);
  const lines = text.split("\n").slice(0, MAX_LINES);
  const name = path
    .relative(top ?? folder, whole)
    .split(path.sep)
    .join("/");
  return { top, whole, name, project: repoOf(folder) ?? folder, lines };
}

/** The same of a file as it was in a commit; null if it is no text there. */
function openFileAt(top, commit, name) {
  const text = readAt(top, commit, name);
  if (text === null || isBinary(text)) return null;
  const lines = text.split("\n").slice(0, MAX_LINES);
  return { top, name, project: repoOf(top) ?? top, lines, at: commit };
}

/** As git judges it. */
const isBinary = (text) => text.includes("\0");

/**
 * The edit behind each wanted line (numbers from 1): a map of line numbers to {commit, summary, change, sureness,
 * commitSessions}; `change` is null where no edit is known.
 */
async function traceLines(auth, file, wanted) {
  const origins = findOrigins(file, wanted);
  const prepared = prepareLines(file.lines, (line) => redactText(line).text);
  const found = new Map();
  for (const [name, numbers] of groupByName(file, origins)) {
    const until = Math.max(...numbers.map((number) => origins.get(number).time));
    const query = { path: name, project: file.project, until: until === LATER ? "" : String(until) };
    const hashes = [...new Set(numbers.flatMap((number) => hashesAround(file, number)))];
    const byHash = await fetchByHash(auth, query, hashes);
    match(found, { prepared, origins, numbers }, byHash, findSameLine);
    const open = numbers.filter((number) => !found.has(number) && prepared.texts[number - 1]);
    // Of an edit whose lines were all wrapped no hash is known: a part of a text is looked for among all edits at once.
    if (open.length)
      match(found, { prepared, origins, numbers: open }, merge(byHash, await fetchLatest(auth, query)), findEdit);
  }
  const traced = new Map(wanted.map((number) => [number, { ...describe(origins.get(number)), ...found.get(number) }]));
  if (file.top) await addCommitEvidence(auth, file.top, traced);
  return traced;
}

const describe = ({ commit, summary }) => ({ commit, summary, change: null, sureness: null, commitSessions: [] });

/** Who last changed the wanted lines; a file that git does not know is all new. */
function findOrigins(file, wanted) {
  const fresh = { commit: null, path: file.name, time: LATER };
  const range = wanted.length === 1 ? ["-L", `${wanted[0]},${wanted[0]}`] : [];
  const lines = (file.top && blame(file.top, file.name, range, file.at)) ?? new Map();
  return new Map(
    wanted.map((number) => {
      const origin = lines.get(number);
      return [number, origin?.commit ? origin : fresh];
    }),
  );
}

/** The wanted lines by the names under which edits of them may be known: in their commit, and now. */
function groupByName(file, origins) {
  const groups = new Map();
  for (const [number, origin] of origins)
    for (const name of new Set([file.name, origin.path])) groups.set(name, [...(groups.get(name) ?? []), number]);
  return groups;
}

/** The hashes of a line and of its neighbors, as they are and without secrets. */
function hashesAround({ lines }, number) {
  const around = lines.slice(Math.max(0, number - 2), number + 1);
  return around.flatMap((line) => [hashLine(line), hashLine(redactText(line).text)]).filter(Boolean);
}

const merge = (...lists) => [...new Map(lists.flat().map((change) => [change.id, change])).values()];

function match(found, { prepared, origins, numbers }, changes, find) {
  const edits = prepareEdits(changes);
  for (const number of numbers) {
    const edit = found.has(number) ? null : find(prepared, number - 1, edits, origins.get(number).time);
    if (edit) found.set(number, edit);
  }
}

module.exports = { openFile, openFileAt, traceLines };
