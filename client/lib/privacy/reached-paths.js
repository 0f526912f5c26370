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
// The word after these is a folder, also without a slash.
const BEFORE_FOLDER = new Set(["cd", "pushd", "-C", "--directory", "Set-Location", "sl"]);
const HOME_VARIABLE = /^\$(?:HOME\b|\{HOME\}|env:USERPROFILE\b)/;

/**
 * What a tool's input names, as whole paths: a session may reach into an excluded folder from outside. `paths` are
 * members that name files or folders, and Glob's pattern; `words` are those of a command with a slash, from `~` or the
 * variable of the home, or after a word like `cd`, from the folder of the session and from those that `cd` names.
 */
function listReached({ tool_name: tool, tool_input: input }, cwd) {
  const found = { paths: new Set(), words: new Set(), folders: [] };
  collect(input, "", { found, tool, depth: 0 });
  const folders = [cwd];
  for (const folder of found.folders.slice(0, MAX_FOLDERS)) folders.push(toWholePath(folder, folders.at(-1)));
  const toWhole = (names, folder) =>
    [...names].filter((name) => !name.includes("\0")).map((name) => toWholePath(name, folder));
  return {
    paths: toWhole(found.paths, cwd),
    words: [...new Set(folders.flatMap((folder) => toWhole(found.words, folder)))].slice(0, MAX_WHOLE_WORDS),
  };
}

function collect(value, key, { found, tool, depth }) {
  if (typeof value === "string") {
    if (key === "command") addWords(found, value);
    else if (value !== "" && value.length <= MAX_PATH_CHARS && (NAMES_PATHS.test(key) || isGlob(tool, key)))
      found.paths.add(value);
  } else if (value !== null && typeof value === "object" && depth < MAX_DEPTH)
    // The members of a list have its name.
    for (const [name, one] of Object.entries(value)) {
      if (found.paths.size >= MAX_PATHS) return;
      collect(one, Array.isArray(value) ? key : name, { found, tool, depth: depth + 1 });
    }
}

/** Folders may stand between colons: those of a PATH, and those that a container mounts. */
function addWords({ words, folders }, command) {
  let isFolder = false;
  for (const written of command.slice(0, MAX_COMMAND_CHARS).split(BETWEEN_WORDS)) {
    const word = written.replace(HOME_VARIABLE, "~");
    for (const part of new Set([word, ...word.split(":")]))
      if (words.size < MAX_WORDS && part.length <= MAX_PATH_CHARS && (isFolder || /[/\\]|^(?:~|\.\.)$/.test(part)))
        words.add(part);
    if (isFolder && word.length <= MAX_PATH_CHARS) folders.push(word);
    isFolder = BEFORE_FOLDER.has(word);
  }
}

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
