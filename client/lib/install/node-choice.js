"use strict";
const fs = require("node:fs");
const path = require("node:path");

// Where the hook looks for a Node if the one that ran `connect` is gone, for sh. A glob without a match names no
// program.
const FALLBACK_NODES = [
  "node",
  "/usr/local/bin/node",
  "/opt/homebrew/bin/node",
  "/usr/bin/node",
  '"$HOME"/.volta/bin/node',
  '"$HOME"/.nvm/versions/node/*/bin/node',
  '"$HOME"/.local/share/fnm/node-versions/*/installation/bin/node',
  '"$HOME"/.local/share/mise/installs/node/*/bin/node',
  '"$HOME"/.asdf/installs/nodejs/*/bin/node',
];
const VERSIONED = /(?:^|[\\/@v-])\d+\.\d+(?:\.\d+)?(?:[\\/_-]|$)|fnm_multishells|[\\/]_npx[\\/]/;

/**
 * A path to this process's Node that survives upgrades: a link on PATH without a version in its name, since an upgrade
 * removes versioned folders; else the program itself.
 */
function findStableNode(program = process.execPath, environment = process.env) {
  if (!VERSIONED.test(program)) return program;
  const names = (environment.PATH ?? "")
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, path.basename(program)));
  return names.find((name) => !VERSIONED.test(name) && isSame(name, program)) ?? program;
}

function isSame(name, program) {
  try {
    return fs.realpathSync(name) === fs.realpathSync(program);
  } catch {
    return false;
  }
}

module.exports = { FALLBACK_NODES, findStableNode };
