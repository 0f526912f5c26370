"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { readAuth } = require("../account/auth.js");
const { resolvePaths } = require("../paths.js");
const { makeFileGate } = require("../privacy/folder-gate.js");
const { describeReadError } = require("../transcripts/transcript-files.js");
const { UserError } = require("../user-error.js");
const { addedBy, addedSince, topOf } = require("../git/git.js");
const { describeLine, describePrompts, toJson, toMarkdown } = require("../why/report.js");
const { openFile, openFileAt, traceLines } = require("../why/trace.js");
const { UsageError } = require("./options.js");

const MAX_DIFF_FILES = 300;
const CONTROL = /[^\P{Cc}\n]|[\p{Bidi_Control}\u{e0000}-\u{e007f}]/gu;

const WHY_HELP = `memfog why PATH[:LINE] [--json]
memfog why --since COMMIT [--json], memfog why --commit COMMIT [--json]

Says which prompt a line of code comes from: the session, when, and what it cost. Without LINE, the prompts behind the
whole file. It compares the line with what Claude Code's edits added, also after it was reformatted, moved or rebased,
and when it is not committed. No line leaves this machine: your server is asked by path, repository and hashes.

  --since COMMIT   the prompts behind all lines that were added since a commit, as Markdown for a pull request
  --commit COMMIT  the same for the lines of one commit, also of one that you made yourself of a session's work
  --json           the same for programs

Exit codes: 0 told, 1 no prompt is known (or not connected), 2 wrong usage.`;

const whyCommand = {
  help: WHY_HELP,
  takesPath: true,
  options: { since: { type: "string" }, commit: { type: "string" }, json: { type: "boolean" } },
  run: runWhy,
};

async function runWhy({ target, since, commit, json = false }) {
  if ([target, since, commit].filter((one) => one !== undefined).length !== 1)
    throw new UsageError("give a path, --since COMMIT or --commit COMMIT");
  const paths = resolvePaths();
  const auth = readAuth(paths);
  if (!auth) throw new UserError("this machine is not connected; run memfog connect claude-code");
  const report = await (target === undefined
    ? explainDiff(auth, since === undefined ? openCommit(paths, commit) : openDiff(paths, since), json)
    : explainFile(paths, auth, target, json));
  // Prompts and messages of commits are quoted as they are, but they do not control a terminal.
  const lines = json ? report.lines : report.lines.map((line) => line.replace(CONTROL, ""));
  return { ...report, lines, isVerbatim: true };
}

async function explainFile(paths, auth, target, json) {
  const [name, line] = splitTarget(target);
  const isHeldBack = makeFileGate(paths);
  const file = open(name);
  if (!file) throw new UserError(`${name} can not be read (it is no text)`);
  if (line !== null && (line < 1 || line > file.lines.length)) throw new UserError(`${name} has no line ${line}`);
  if (isHeldBack(file.whole)) throw new UserError(`${name} is excluded or paused, so nothing is asked about it`);
  const wanted = line === null ? filledLines(file) : [line];
  const traced = await trace(auth, file, wanted);
  const ok = traced.some(({ result }) => result.change?.prompt);
  if (json) return { ok, lines: [JSON.stringify(toObjects(auth, traced, line !== null), null, 2)] };
  if (line !== null) return { ok, lines: describeLine(auth, file, line, traced[0].result) };
  return { ok, lines: ok ? describePrompts(auth, traced) : [`${name}: no prompt is known for any line.`] };
}

async function explainDiff(auth, { files, left }, json) {
  const traced = [];
  for (const [openFile, numbers] of files) {
    const file = openFile();
    const filled = numbers.filter((number) => file?.lines[number - 1]?.trim());
    if (filled.length) traced.push(...(await trace(auth, file, filled)));
  }
  const ok = traced.some(({ result }) => result.change?.prompt);
  const lines = json ? [JSON.stringify(toObjects(auth, traced, false), null, 2)] : toMarkdown(auth, traced, left);
  return { ok, lines };
}

/** The files that a diff against a commit changed. */
function openDiff(paths, since) {
  const top = findTop();
  const isFile = ([name]) => fs.lstatSync(path.join(top, name), { throwIfNoEntry: false })?.isFile();
  return openAll(paths, top, [...addedSince(top, since)].filter(isFile), (name) => open(path.join(top, name)));
}

/** The files of one commit, as they were in it. */
function openCommit(paths, commit) {
  const top = findTop();
  const { hash, files } = addedBy(top, commit);
  return openAll(paths, top, [...files], (name) => openFileAt(top, hash, name));
}

/**
 * The first files of a diff as [a function that opens it, numbers of added lines], and how many are left out. The
 * names of excluded ones are not sent to the server.
 */
function openAll(paths, top, changed, openOne) {
  const isHeldBack = makeFileGate(paths);
  const files = changed
    .filter(([name]) => !isHeldBack(path.join(top, name)))
    .slice(0, MAX_DIFF_FILES)
    .map(([name, numbers]) => [() => openOne(name), numbers]);
  return { files, left: changed.length - files.length };
}

function findTop() {
  const top = topOf(process.cwd());
  if (!top) throw new UserError("this folder is in no git repository");
  return top;
}

/** PATH:LINE, unless a file has this whole name. */
function splitTarget(target) {
  const found = /^(.+):(\d{1,9})$/s.exec(target);
  return found && !fs.existsSync(target) ? [found[1], Number(found[2])] : [target, null];
}

function open(name) {
  try {
    return openFile(name);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${name} ${describeReadError(error)}`);
  }
}

const filledLines = ({ lines }) => lines.flatMap((line, at) => (line.trim() ? [at + 1] : []));

async function trace(auth, file, wanted) {
  const found = await traceLines(auth, file, wanted);
  return wanted.map((line) => ({ file, line, result: found.get(line) }));
}

function toObjects(auth, traced, isOne) {
  const objects = traced.map(({ file, line, result }) => toJson(auth, file, line, result));
  return isOne ? objects[0] : objects;
}

module.exports = { whyCommand };
