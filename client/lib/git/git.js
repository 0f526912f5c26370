"use strict";
const { execFileSync } = require("node:child_process");
const { UserError } = require("../user-error.js");

const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;
const DIFF_FORM = [
  ...["--unified=0", "--inter-hunk-context=0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-prefix", "-M"],
  "--ignore-submodules",
];
const UNCOMMITTED = /^0+$/;

/** The output of git in a folder, or null if it fails. Settings of the user do not change its form. */
function git(folder, args, { input } = {}) {
  try {
    return execFileSync("git", ["-c", "core.quotePath=false", "-C", folder, ...args], {
      encoding: "utf8",
      maxBuffer: MAX_OUTPUT_BYTES,
      input,
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "ignore"],
      env: { ...process.env, GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" },
    });
  } catch (error) {
    if (error.code === "ENOENT") throw new UserError("git was not found; install it, or put it on the PATH");
    return null;
  }
}

/** The folder of the repository that contains a folder, or null. */
const topOf = (folder) => git(folder, ["rev-parse", "--show-toplevel"])?.replace(/\r?\n$/, "") || null;

/**
 * Who last changed each line of a file, from line 1 on: {commit, summary, path, time} with the path in that commit and
 * the time of the commit in microseconds; `commit` is null for a line that is not committed. Null for a file that git
 * does not know. `at` is the commit whose file it is, null for that in the folder.
 */
function blame(top, file, range = [], at = null) {
  const text = git(top, ["blame", "--porcelain", "-w", "-M", ...range, ...(at ? [at] : []), "--", file]);
  return text === null ? null : parseBlame(text);
}

function parseBlame(text) {
  const [lines, commits] = [new Map(), new Map()];
  let current;
  let line;
  for (const part of text.split("\n")) {
    const head = /^([0-9a-f]{40,64}) \d+ (\d+)/.exec(part);
    if (part.startsWith("\t")) lines.set(line, current);
    else if (head) {
      line = Number(head[2]);
      current = commits.get(head[1]) ?? { commit: UNCOMMITTED.test(head[1]) ? null : head[1] };
      commits.set(head[1], current);
    } else {
      const [name, ...rest] = part.split(" ");
      if (name === "committer-time") current.time = (Number(rest[0]) + 1) * 1e6;
      else if (name === "filename") current.path = unquotePath(rest.join(" "));
      else if (name === "summary") current.summary = rest.join(" ");
    }
  }
  return lines;
}

/** The lines that a diff against a commit added, by file: a map of paths to line numbers. */
function addedSince(top, commit) {
  // An option would let git write files: a model may name the commit.
  const text = commit.startsWith("-") ? null : git(top, ["diff", ...DIFF_FORM, commit, "--"]);
  if (text === null) throw new UserError(`git does not know the commit "${commit}"`);
  return parseAdded(text);
}

/** The whole hash of a commit, and the lines that it added to its first parent: {hash, files}. */
function addedBy(top, commit) {
  const name = commit.startsWith("-") ? null : git(top, ["rev-parse", "--verify", "--quiet", `${commit}^{commit}`]);
  const hash = name?.trim();
  const text = hash ? git(top, ["show", "--format=", "-m", "--first-parent", ...DIFF_FORM, hash, "--"]) : null;
  if (text === null) throw new UserError(`git does not know the commit "${commit}"`);
  return { hash, files: parseAdded(text) };
}

/** The text of a file in a commit, or null. */
const readAt = (top, commit, name) => git(top, ["show", `${commit}:${name}`]);

/** The added lines of a diff without context. A line of a hunk is no heading, whatever its text. */
function parseAdded(text) {
  const files = new Map();
  let numbers = [];
  let linesLeft = 0;
  for (const part of text.split("\n")) {
    if (linesLeft && /^[-+]/.test(part)) {
      linesLeft--;
      continue;
    }
    const file = /^\+\+\+ (.*?)\t?$/.exec(part);
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(part);
    if (file) files.set(unquotePath(file[1]), (numbers = []));
    else if (hunk) {
      const [removed, first, added] = [Number(hunk[1] ?? 1), Number(hunk[2]), Number(hunk[3] ?? 1)];
      linesLeft = removed + added;
      for (let at = 0; at < added; at++) numbers.push(first + at);
    }
  }
  files.delete("/dev/null");
  return files;
}

const ESCAPES = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

/** A path as it is: git quotes those with quotation marks, backslashes and control characters. */
function unquotePath(name) {
  if (!/^".*"$/s.test(name)) return name;
  const pieces = name.slice(1, -1).match(/\\[0-7]{3}|\\.|[^\\]+/gs) ?? [];
  return Buffer.concat(pieces.map(unescapePiece)).toString();
}

function unescapePiece(piece) {
  if (!piece.startsWith("\\")) return Buffer.from(piece);
  const rest = piece.slice(1);
  if (rest.length === 3) return Buffer.from([Number.parseInt(rest, 8)]);
  return rest in ESCAPES ? Buffer.from([ESCAPES[rest]]) : Buffer.from(rest);
}

module.exports = { git, topOf, blame, addedBy, addedSince, parseBlame, readAt };
