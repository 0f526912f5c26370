"use strict";
const path = require("node:path");
const { fileURLToPath } = require("node:url");
const { expandHome } = require("./folder-names.js");

// Members of a tool's input that name files or folders, in the spellings of Claude Code's tools and of other servers.
const NAMES_PATHS = /(?:path|file|folder|dir|directory|directories|uri|root|cwd|source|destination|target)s?$/i;
const MAX_PATHS = 2_000;
const MAX_WORDS = 200;
const MAX_WHOLE_WORDS = 500;
const MAX_FOLDERS = 8;
const MAX_PATH_CHARS = 4_096;
const MAX_COMMAND_CHARS = 16_384;
const MAX_DEPTH = 8;
const BETWEEN_WORDS = /[\s"'`;&|<>()=,]+/;
// A word as a shell reads it, from its quotes and signs; and each of these.
const SHELL_WORD = /(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'`;&|<>()=,\\])+/gs;
const QUOTED = /"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/gs;
// The word after these is a folder, also without a slash.
const BEFORE_FOLDER = new Set(
  "cd chdir pushd -C --directory --chdir --cwd --dir --prefix --work-tree Set-Location sl".split(" "),
);
const HOME_VARIABLE = /^\$(?:HOME\b|\{HOME\}|env:USERPROFILE\b)/;
const CURRENT_FOLDER = /^\$(?:PWD\b|\{PWD\})/;
const GOES_HOME = /(?:^|[\s;&|(])cd[ \t]*(?:$|[;&|)\n])/;
// What may stand before a path in one word: an option of one letter, and the sign of a file with the data.
const BEFORE_PATH = /^(?:-[A-Za-z]|@)/;

/**
 * What a tool's input names, as whole paths: a session may reach into an excluded folder from outside. `paths` are
 * members that name files or folders, and Glob's pattern; `words` are those of a command with a slash, from `~` or the
 * variable of a folder, or after a word like `cd`, from the folder of the session and from those that `cd` names.
 */
function listReached({ tool_name: tool, tool_input: input }, cwd) {
  const found = { paths: new Set(), words: new Set(), chains: [] };
  collect(input, "", { found, tool, depth: 0 });
  const folders = [...new Set([cwd, ...found.chains.flatMap((chain) => walk(chain, cwd))])];
  const toWhole = (names, folder) =>
    [...names].filter((name) => !name.includes("\0")).map((name) => toWholePath(name, folder));
  return {
    paths: toWhole(found.paths, cwd),
    words: [...new Set(folders.flatMap((folder) => toWhole(found.words, folder)))].slice(0, MAX_WHOLE_WORDS),
  };
}

function collect(value, key, { found, tool, depth }) {
  if (typeof value === "string") {
    if (key === "command") addCommand(found, value);
    else if (value !== "" && value.length <= MAX_PATH_CHARS && (NAMES_PATHS.test(key) || isGlob(tool, key)))
      found.paths.add(value);
  } else if (value !== null && typeof value === "object" && depth < MAX_DEPTH)
    // The members of a list have its name.
    for (const [name, one] of Object.entries(value)) {
      if (found.paths.size >= MAX_PATHS) return;
      collect(one, Array.isArray(value) ? key : name, { found, tool, depth: depth + 1 });
    }
}

/** The folders where steps lead, one after the other. */
function walk(steps, cwd) {
  const folders = [cwd];
  for (const step of steps.slice(0, MAX_FOLDERS)) folders.push(toWholePath(step, folders.at(-1)));
  return folders;
}

/** A command may be one of a shell within quotes, so that each of them ends a word, or has quotes in its paths. */
function addCommand({ words, chains }, command) {
  const text = command.slice(0, MAX_COMMAND_CHARS);
  chains.push(addWords(words, text.split(BETWEEN_WORDS)));
  if (/["'\\]/.test(text)) chains.push(addWords(words, (text.match(SHELL_WORD) ?? []).map(unquote)));
  if (GOES_HOME.test(text)) chains.push(["~"]);
}

const unquote = (word) =>
  word.replace(QUOTED, (_, double, single, sign) => double?.replace(/\\(["\\$`])/g, "$1") ?? single ?? sign);

/** Adds words that may be paths. Returns those that are folders, as steps. */
function addWords(words, all) {
  const steps = [];
  let isFolder = false;
  for (const word of all) {
    // An option, as in `cd -- folder`.
    if (isFolder && /^-./.test(word)) continue;
    const [whole, ...others] = partsOf(word);
    for (const part of [whole, ...others])
      if (words.size < MAX_WORDS && part.length <= MAX_PATH_CHARS && (isFolder || /[/\\]|^(?:~|\.\.)$/.test(part)))
        words.add(part);
    if (isFolder && whole.length <= MAX_PATH_CHARS) steps.push(whole);
    isFolder = BEFORE_FOLDER.has(word);
  }
  return steps;
}

/** A word, and its parts: folders may stand between colons, those of a PATH, and those that a container mounts. */
const partsOf = (word) =>
  [...new Set([word, ...word.split(":"), word.replace(BEFORE_PATH, "")])].map((part) =>
    part.replace(HOME_VARIABLE, "~").replace(CURRENT_FOLDER, "."),
  );

const isGlob = (tool, key) => tool === "Glob" && key === "pattern";

/** Not through `path.join`, which would lose what `..` after a link means. */
function toWholePath(name, cwd) {
  const file = expandHome(/^file:\/\//i.test(name) ? fileOf(name) : name);
  return path.isAbsolute(file) || !path.isAbsolute(cwd) ? file : `${cwd}${path.sep}${file}`;
}

function fileOf(url) {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}

module.exports = { listReached };
