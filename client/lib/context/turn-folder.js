"use strict";
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { makePrivateFolder, readJson } = require("../files.js");

/**
 * The folder in which the hooks of one start agree which of them speaks. All homes of an account share it, since the
 * hooks of two homes may fire for the same session. It is in the system's temporary folder, which they all see, and
 * holds names only; where other users can write into it, each home has its own.
 */
function openTurnFolder(paths, temporary = os.tmpdir()) {
  const key = readJson(paths.account)?.key;
  const shared = path.join(temporary, `memfog-${process.getuid?.() ?? ""}`);
  if (key && isOurs(shared) && isOurs(path.join(shared, key))) return path.join(shared, key);
  return openOwnFolder(paths);
}

/** The same for the hooks of one home. */
function openOwnFolder(paths) {
  makePrivateFolder(paths.startTurns);
  return paths.startTurns;
}

/** Removes what starts have left, when this home leaves. */
function dropTurnFolder(paths, temporary = os.tmpdir()) {
  try {
    const folder = openTurnFolder(paths, temporary);
    fs.rmSync(folder, { recursive: true, force: true });
    if (folder !== paths.startTurns) fs.rmdirSync(path.dirname(folder));
  } catch {
    // Another account uses it, or it may not be written.
  }
}

/** Creates the folder if it is missing; false if it belongs to another user, who could read or plant files in it. */
function isOurs(folder) {
  try {
    createFolder(folder);
    const state = fs.lstatSync(folder);
    if (!state.isDirectory()) return false;
    return process.platform === "win32" || (state.uid === process.getuid() && (state.mode & 0o077) === 0);
  } catch {
    return false;
  }
}

/** Not with the folders above: a folder for temporary files that is missing is not ours to create. */
function createFolder(folder) {
  try {
    fs.mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
}

module.exports = { openOwnFolder, openTurnFolder, dropTurnFolder };
