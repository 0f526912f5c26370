"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { makePrivateFolder, readJson, writeAtomically } = require("../files.js");

// How long the lines of a folder may be used after they were fetched.
const LIFETIME_MS = 600_000;
const FILE = "lines.json";

/**
 * The file with the lines about a folder: {header, hints: [{id, session_id, line, keys, words, tokens}]}. Its time is
 * the end of its life, which the hook compares without starting a process; a shell can build its name.
 */
const cacheFileOf = (paths, root) => path.join(paths.hints, root.replace(/^([A-Za-z]):/, "$1"), FILE);

function writeCache(paths, root, lines) {
  const file = cacheFileOf(paths, root);
  makePrivateFolder(paths.hints);
  makePrivateFolder(path.dirname(file));
  writeAtomically(file, JSON.stringify(lines), { durable: false });
  const end = new Date(Date.now() + LIFETIME_MS);
  fs.utimesSync(file, end, end);
}

/** The lines about a folder, or null if there are none, or if they are too old. */
function readCache(paths, root) {
  const file = cacheFileOf(paths, root);
  const left = (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) - Date.now();
  const lines = left > 0 && left <= LIFETIME_MS ? readJson(file) : null;
  return Array.isArray(lines?.hints) && typeof lines.header === "string" ? lines : null;
}

const dropFolder = (paths, root) => fs.rmSync(cacheFileOf(paths, root), { force: true });

/** Removes the lines about all folders. */
const dropCache = (paths) => fs.rmSync(paths.hints, { recursive: true, force: true });

module.exports = { writeCache, readCache, dropFolder, dropCache, LIFETIME_MS };
