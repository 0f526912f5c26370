"use strict";
const path = require("node:path");
const { fileURLToPath } = require("node:url");
const { expandHome } = require("./folder-names.js");

// Members of a tool's input that name files or folders, in the spellings of Claude Code's tools and of other servers.
const NAMES_PATHS = /(?:path|file|folder|dir|directory|directories|uri|root|cwd|source|destination|target)s?$/i;
const MAX_PATHS = 200;
const MAX_PATH_CHARS = 4_096;
const MAX_COMMAND_CHARS = 16_384;
const MAX_DEPTH = 4;
const BETWEEN_WORDS = /[\s"'`;&|<>()=,]+/;

/**
 * The paths that a tool's input names, as whole paths: a session may reach into an excluded folder from outside. Of a
 * command these are the words with a slash or from `~`, of Glob its pattern.
 */
function listReachedPaths({ tool_name: tool, tool_input: input }, cwd) {
  const found = [];
  collect(input, "", { found, tool, depth: 0 });
  return [...new Set(found)].slice(0, MAX_PATHS).map((name) => toWholePath(name, cwd));
}

function collect(value, key, { found, tool, depth }) {
  if (typeof value === "string") {
    if (key === "command") found.push(...pathsInCommand(value));
    else if (value.length <= MAX_PATH_CHARS && value !== "" && (NAMES_PATHS.test(key) || isGlob(tool, key)))
      found.push(value);
  } else if (value !== null && typeof value === "object" && depth < MAX_DEPTH && found.length < MAX_PATHS)
    // The members of a list have its name.
    for (const [name, one] of Object.entries(value))
      collect(one, Array.isArray(value) ? key : name, { found, tool, depth: depth + 1 });
}

const isGlob = (tool, key) => tool === "Glob" && key === "pattern";

const pathsInCommand = (command) =>
  command
    .slice(0, MAX_COMMAND_CHARS)
    .split(BETWEEN_WORDS)
    .filter((word) => /[/\\]|^(?:~|\.\.)$/.test(word) && word.length <= MAX_PATH_CHARS);

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

module.exports = { listReachedPaths };
