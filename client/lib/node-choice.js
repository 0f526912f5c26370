"use strict";
const fs = require("node:fs");
const path = require("node:path");

// Where a Node may be when the one that `connect` ran with is gone, for sh. A glob that matches nothing names no
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
 * The name under which the Node of this process is found in the time to come: a link to it on PATH that names no
 * version, since an upgrade takes versioned folders away; else the program itself.
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
