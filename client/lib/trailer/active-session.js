"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { listNames, readJson } = require("../files.js");
const { isHeldBack } = require("../privacy/folder-gate.js");

const SESSION_ID = /^[\w.:-]{1,128}$/;
// A session that was killed leaves its note.
const MAX_SILENCE_MS = 30 * 60_000;

/**
 * The session that is at work in a repository, or null: the one that the host names to its commands, else the only one
 * whose hooks ran there lately. None for a folder that is excluded or paused.
 */
function findActiveSession(paths, top, environment = process.env) {
  if (isHeldBack(paths, top)) return null;
  const named = environment.CLAUDE_CODE_SESSION_ID ?? "";
  if (SESSION_ID.test(named)) return named;
  const sessions = new Set(
    readNotes(paths)
      .filter((note) => isAtWork(note, top))
      .map(({ session }) => session),
  );
  return sessions.size === 1 ? [...sessions][0] : null;
}

const readNotes = (paths) =>
  listNames(paths.transcripts)
    .filter((name) => name.endsWith(".open"))
    .map((name) => readJson(path.join(paths.transcripts, name)))
    .filter((note) => SESSION_ID.test(note?.session ?? ""));

const isAtWork = ({ lastMs, cwd, root }, top) =>
  Math.abs(Date.now() - lastMs) < MAX_SILENCE_MS && [cwd, root].some((folder) => isWithin(folder, top));

function isWithin(folder, top) {
  if (typeof folder !== "string" || !path.isAbsolute(folder)) return false;
  const relative = path.relative(realOf(top), realOf(folder));
  return relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

function realOf(folder) {
  try {
    return fs.realpathSync(folder);
  } catch {
    return folder;
  }
}

module.exports = { findActiveSession, SESSION_ID };
