"use strict";
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { listIfReadable, readJson } = require("../files.js");
const { inspectSettings } = require("./settings-file.js");

const BESIDE = /^\.claude(?:[-_.].+)?$/;
const IN_CONFIG = /^claude(?:[-_.].+)?$/;
const RECENT_MS = 30 * 86_400_000;

/**
 * The config roots that may hold past sessions: the one in use, Claude Code's defaults, and each that `connect` was run
 * for. They cover users who stopped setting CLAUDE_CONFIG_DIR, or have several.
 */
function findKnownRoots(paths, home = os.homedir()) {
  const defaults = path.isAbsolute(home) ? [path.join(home, ".claude"), path.join(home, ".config", "claude")] : [];
  const connected = Object.keys(readJson(paths.connections) ?? {})
    .filter((file) => path.isAbsolute(file) && path.basename(file) === "settings.json")
    .map((file) => path.dirname(file));
  return [...new Set([paths.claude, ...defaults, ...connected])];
}

/**
 * Other folders with Claude Code's settings and transcripts, one for each CLAUDE_CONFIG_DIR, that have no hooks of
 * ours: [{folder, isInUse}]; in use means that a session was written within a month.
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

/** Claude Code's file ~/.claude.json lies beside these folders. */
const holdsSessions = (folder) => isFolder(folder) && isFolder(path.join(folder, "projects"));

function isFolder(file) {
  try {
    return fs.statSync(file).isDirectory();
  } catch {
    // It does not exist, or may not be read.
    return false;
  }
}

const isSame = (a, b) => resolveLink(a) === resolveLink(b);

const resolveLink = (folder) => (fs.existsSync(folder) ? fs.realpathSync(folder) : folder);

const isConnected = (folder) => inspectSettings(path.join(folder, "settings.json")).entries.length > 0;

/** The folder of a project is modified when a session starts in it. */
const lastModified = (projects) =>
  listIfReadable(projects).reduce(
    (last, name) => Math.max(last, fs.statSync(path.join(projects, name), { throwIfNoEntry: false })?.mtimeMs ?? 0),
    0,
  );

module.exports = { findKnownRoots, findOtherRoots };
