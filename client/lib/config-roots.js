"use strict";
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { listIfReadable, readJson } = require("./files.js");
const { inspectSettings } = require("./settings-file.js");

const BESIDE = /^\.claude(?:[-_.].+)?$/;
const IN_CONFIG = /^claude(?:[-_.].+)?$/;
const RECENT_MS = 30 * 86_400_000;

/**
 * The config roots that may hold sessions of ours: the one in use, those that Claude Code takes by itself, and each
 * that `connect` was run for. Whoever gave up CLAUDE_CONFIG_DIR, or has a second one, finds past sessions in all of
 * them.
 */
function findKnownRoots(paths, home = os.homedir()) {
  const defaults = path.isAbsolute(home) ? [path.join(home, ".claude"), path.join(home, ".config", "claude")] : [];
  const connected = Object.keys(readJson(paths.connections) ?? {})
    .filter((file) => path.isAbsolute(file) && path.basename(file) === "settings.json")
    .map((file) => path.dirname(file));
  return [...new Set([paths.claude, ...defaults, ...connected])];
}

/**
 * Other folders in which Claude Code keeps its settings and transcripts, as it does for each CLAUDE_CONFIG_DIR that it
 * was started with, and no hook of ours stands: [{folder, isInUse}]; in use is one in which a session was written
 * within a month.
 */
function findOtherRoots(paths, home = os.homedir()) {
  const candidates = [...listMatching(home, BESIDE), ...listMatching(path.join(home, ".config"), IN_CONFIG)];
  return candidates
    .filter((folder) => holdsSessions(folder) && !isSame(folder, paths.claude) && !isConnected(folder))
    .map((folder) => ({ folder, isInUse: lastModified(path.join(folder, "projects")) > Date.now() - RECENT_MS }));
}

const listMatching = (folder, names) =>
  listIfReadable(folder)
    .filter((name) => names.test(name))
    .map((name) => path.join(folder, name));

/** Beside the folders stands Claude Code's own file, ~/.claude.json. */
const holdsSessions = (folder) => isFolder(folder) && isFolder(path.join(folder, "projects"));

function isFolder(file) {
  try {
    return fs.statSync(file).isDirectory();
  } catch {
    // Not there, or not ours to look into.
    return false;
  }
}

const isSame = (a, b) => resolveLink(a) === resolveLink(b);

const resolveLink = (folder) => (fs.existsSync(folder) ? fs.realpathSync(folder) : folder);

const isConnected = (folder) => inspectSettings(path.join(folder, "settings.json")).entries.length > 0;

/** The folder of a project changes when a session of it begins. */
const lastModified = (projects) =>
  listIfReadable(projects).reduce(
    (last, name) => Math.max(last, fs.statSync(path.join(projects, name), { throwIfNoEntry: false })?.mtimeMs ?? 0),
    0,
  );

module.exports = { findKnownRoots, findOtherRoots };
