"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { makePrivateFolder, readIfExists, readJson, writeAtomically } = require("../files.js");
const { readConfig } = require("../privacy/config.js");
const { makeExclusions } = require("../privacy/exclude.js");
const { fetchEditedFolders } = require("./edited-folders.js");
const { formatLines, insertBlock, removeBlock } = require("./marked-section.js");

const FILE = "CLAUDE.md";
const MAX_FOLDERS = 40;
const PUBLIC_MODE = 0o644;

/** The nearest folder above this one that has `.git`, else the folder itself. */
function findRoot(folder) {
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    if (fs.existsSync(path.join(current, ".git"))) return current;
    if (current === path.dirname(current)) return path.resolve(folder);
  }
}

/**
 * Updates a block in the CLAUDE.md of each folder below the root in which files were edited: {written, removed,
 * skipped}, lists of files.
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

/** Removes every block that `updateBlocks` wrote below the root. */
function removeBlocks(paths, root) {
  const result = { written: [], removed: [], skipped: [] };
  for (const file of readRecorded(paths)[root] ?? []) editFile(file, removeBlock, result, "removed");
  recordFiles(paths, root, []);
  return result;
}

/**
 * Whether a folder gets a block: not the root, nothing hidden or installed, no other repository, and no link to
 * elsewhere.
 */
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

/** Edits a file with `change`. A file that is not plain text, is a link, or has broken marks is skipped. */
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

/** Records which files have a block, by root. */
function recordFiles(paths, root, files) {
  const all = { ...readRecorded(paths), [root]: files };
  if (files.length === 0) delete all[root];
  makePrivateFolder(paths.home);
  writeAtomically(paths.folders, JSON.stringify(all));
}

module.exports = { removeBlocks, updateBlocks, findRoot };
