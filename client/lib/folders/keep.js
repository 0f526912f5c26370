"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { privateFolder, readIfThere, readJson, writeAtomically } = require("../files.js");
const { readConfig } = require("../privacy/config.js");
const { exclusions } = require("../privacy/exclude.js");
const { linesOf, withBlock, withoutBlock } = require("./marked.js");
const { recall } = require("./recall.js");

const FILE = "CLAUDE.md";
const MOST = 40;
const PUBLIC = 0o644;

/** The folder with `.git` that this one lies in, else itself. */
function rootOf(folder) {
  for (let here = path.resolve(folder); ; here = path.dirname(here)) {
    if (fs.existsSync(path.join(here, ".git"))) return here;
    if (here === path.dirname(here)) return path.resolve(folder);
  }
}

/**
 * Keeps a block in the CLAUDE.md of each folder below the root that was worked in: {written, removed, left}, lists of
 * files.
 */
async function keep(place, root) {
  const excluded = exclusions(readConfig(place).exclude);
  const known = [...(await recall(place, root))]
    .filter(([folder]) => isMeant(root, folder) && !excluded.hasFolder(folder))
    .slice(0, MOST);
  const done = { written: [], removed: [], left: [] };
  for (const [folder, files] of known)
    put(path.join(folder, FILE), (text) => withBlock(text, linesOf(files)), done, "written");
  const before = kept(place)[root] ?? [];
  for (const file of before.filter((one) => !done.written.includes(one))) put(file, withoutBlock, done, "removed");
  remember(place, root, done.written);
  return done;
}

/** Takes every block away again that `keep` wrote below the root. */
function drop(place, root) {
  const done = { written: [], removed: [], left: [] };
  for (const file of kept(place)[root] ?? []) put(file, withoutBlock, done, "removed");
  remember(place, root, []);
  return done;
}

/** Not the root, nothing hidden or installed, no repository of its own, and truly there: no link leads out. */
function isMeant(root, folder) {
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
function put(file, change, done, name) {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  const before = stat?.isFile() ? read(file) : stat ? null : "";
  const after = before === null ? null : change(before);
  if (after === null) done.left.push(file);
  else {
    if (after === "" && stat) fs.rmSync(file);
    else if (after !== before) writeAtomically(file, after, { mode: stat ? stat.mode & 0o777 : PUBLIC, owner: stat });
    done[name].push(file);
  }
}

function read(file) {
  const bytes = readIfThere(file, null);
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : null;
}

const kept = (place) => readJson(place.folders) ?? {};

/** Which files hold a block, by root. */
function remember(place, root, files) {
  const all = { ...kept(place), [root]: files };
  if (files.length === 0) delete all[root];
  privateFolder(place.home);
  writeAtomically(place.folders, JSON.stringify(all));
}

module.exports = { drop, keep, rootOf };
