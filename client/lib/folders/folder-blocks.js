"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { makePrivateFolder, readIfExists, readJson, writeAtomically } = require("../files.js");
const { readConfig } = require("../privacy/config.js");
const { makeExclusions } = require("../privacy/exclude.js");
const { fetchEditedFolders } = require("./edited-folders.js");
const { formatLines, insertBlock, removeBlock } = require("./marked-block.js");

const FILE = "CLAUDE.md";
const MAX_FOLDERS = 40;
const PUBLIC_MODE = 0o644;

/** The folder with `.git` that this one lies in, else itself. */
function findRoot(folder) {
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    if (fs.existsSync(path.join(current, ".git"))) return current;
    if (current === path.dirname(current)) return path.resolve(folder);
  }
}

/**
 * Keeps a block in the CLAUDE.md of each folder below the root that was worked in: {written, removed, left}, lists of
 * files.
 */
async function updateBlocks(paths, root) {
  const excluded = makeExclusions(readConfig(paths).exclude);
  const folders = [...(await fetchEditedFolders(paths, root))]
    .filter(([folder]) => isEligible(root, folder) && !excluded.hasFolder(folder))
    .slice(0, MAX_FOLDERS);
  const result = { written: [], removed: [], skipped: [] };
  for (const [folder, files] of folders)
    editFile(path.join(folder, FILE), (text) => insertBlock(text, formatLines(files)), result, "written");
  const before = readRecorded(paths)[root] ?? [];
  for (const file of before.filter((one) => !result.written.includes(one)))
    editFile(file, removeBlock, result, "removed");
  recordFiles(paths, root, result.written);
  return result;
}

/** Takes every block away again that `keep` wrote below the root. */
function removeBlocks(paths, root) {
  const result = { written: [], removed: [], skipped: [] };
  for (const file of readRecorded(paths)[root] ?? []) editFile(file, removeBlock, result, "removed");
  recordFiles(paths, root, []);
  return result;
}

/** Not the root, nothing hidden or installed, no repository of its own, and truly there: no link leads out. */
function isEligible(root, folder) {
  const parts = path.relative(root, folder).split(path.sep);
  if (folder === root || parts.some((part) => part.startsWith(".") || part === "node_modules")) return false;
  try {
    return (
      fs.realpathSync(folder) === path.join(fs.realpathSync(root), ...parts) &&
      fs.statSync(folder).isDirectory() &&
      !fs.existsSync(path.join(folder, ".git"))
    );
  } catch {
    return false;
  }
}

/** Changes a file by `change`. One that is no plain text file of its own, or whose marks are broken, is left alone. */
function editFile(file, change, result, name) {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  const before = stat?.isFile() ? readText(file) : stat ? null : "";
  const after = before === null ? null : change(before);
  if (after === null) result.skipped.push(file);
  else {
    if (after === "" && stat) fs.rmSync(file);
    else if (after !== before)
      writeAtomically(file, after, { mode: stat ? stat.mode & 0o777 : PUBLIC_MODE, owner: stat });
    result[name].push(file);
  }
}

function readText(file) {
  const bytes = readIfExists(file, null);
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : null;
}

const readRecorded = (paths) => readJson(paths.folders) ?? {};

/** Which files hold a block, by root. */
function recordFiles(paths, root, files) {
  const all = { ...readRecorded(paths), [root]: files };
  if (files.length === 0) delete all[root];
  makePrivateFolder(paths.home);
  writeAtomically(paths.folders, JSON.stringify(all));
}

module.exports = { removeBlocks, updateBlocks, findRoot };
