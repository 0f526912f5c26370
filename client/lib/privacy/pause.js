"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { makePrivateFolder, readJson, writeAtomically } = require("../files.js");

// The end of a pause is the time of a file, which the hook compares without starting a process. Some file systems end
// in 2038.
const NO_END = new Date("2037-12-31T00:00:00Z");

/**
 * Pauses capture until `until` (null: until resumed), everywhere or for one project folder. Returns when it ends, or
 * null.
 */
function pause(paths, { until = null, project = null } = {}) {
  const file = pauseFileOf(paths, project);
  const end = until ?? NO_END;
  makePrivateFolder(path.dirname(file));
  writeAtomically(file, JSON.stringify({ since: new Date().toISOString() }));
  fs.utimesSync(file, end, end);
  return until;
}

/** Ends a project's pause, or all there are. Returns how many were going on. */
function resume(paths, { project = null } = {}) {
  const active = pauses(paths).filter((one) => project === null || one.project === project);
  // So that `doctor` does not miss what was not captured.
  if (active.length) fs.writeFileSync(paths.resumed, "", { mode: 0o600 });
  if (project === null) fs.rmSync(paths.paused, { recursive: true, force: true });
  else fs.rmSync(pauseFileOf(paths, project), { force: true });
  return active.length;
}

/** The pauses that go on, as [{project, until}]; no `project` means everywhere, no `until` until resumed. */
function pauses(paths) {
  return listPauseFiles(paths.paused)
    .map((file) => ({ project: projectOf(paths, file), time: fs.statSync(file).mtime }))
    .filter(({ time }) => time > new Date())
    .map(({ project, time }) => ({ project, until: time >= NO_END ? null : time }));
}

/**
 * Whether a project's pause covered `folder` at a time (in milliseconds), be it by a folder above: the hook knows only
 * the one it was started in.
 */
function wasPaused(paths, folder, time) {
  if (!path.isAbsolute(folder) || !fs.existsSync(paths.paused)) return false;
  for (let current = path.resolve(folder); current !== path.dirname(current); current = path.dirname(current)) {
    const stat = fs.statSync(pauseFileOf(paths, current), { throwIfNoEntry: false });
    if (stat && time <= stat.mtimeMs && time >= Date.parse(readJson(pauseFileOf(paths, current))?.since ?? 0))
      return true;
  }
  return false;
}

/** One file for each project, under its own path: that is a name which a shell can make. */
const pauseFileOf = (paths, project) => path.join(paths.paused, (project ?? "").replace(/^([A-Za-z]):/, "$1"), "until");

function projectOf(paths, file) {
  const relative = path.relative(paths.paused, path.dirname(file));
  if (relative === "") return null;
  return process.platform === "win32" ? relative.replace(/^[A-Za-z]/, "$&:") : `/${relative}`;
}

function listPauseFiles(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === "until")
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

module.exports = { pause, resume, pauses, wasPaused };
