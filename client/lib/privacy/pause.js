"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { makePrivateFolder, readJson, writeAtomically } = require("../files.js");

// The end of a pause is stored as a file's time, which the hook compares without starting a process. Some file systems
// can not store times after 2038.
const NO_END = new Date("2037-12-31T00:00:00Z");

/** Pauses capture until `until` (null: until resumed), everywhere or for one project folder. Returns `until`. */
function pause(paths, { until = null, project = null } = {}) {
  const file = pauseFileOf(paths, project);
  const end = until ?? NO_END;
  makePrivateFolder(path.dirname(file));
  writeAtomically(file, JSON.stringify({ since: new Date().toISOString() }));
  fs.utimesSync(file, end, end);
  return until;
}

/** Ends a project's pause, or all pauses. Returns how many were active. */
function resume(paths, { project = null } = {}) {
  const active = pauses(paths).filter((one) => project === null || one.project === project);
  // So that `doctor` does not report the sessions of the pause as missing.
  if (active.length) fs.writeFileSync(paths.resumed, "", { mode: 0o600 });
  if (project === null) fs.rmSync(paths.paused, { recursive: true, force: true });
  else fs.rmSync(pauseFileOf(paths, project), { force: true });
  return active.length;
}

/** The active pauses, as [{project, until}]; no `project` means everywhere, no `until` means until resumed. */
function pauses(paths) {
  return listPauseFiles(paths.paused)
    .map((file) => ({ project: projectOf(paths, file), time: fs.statSync(file).mtime }))
    .filter(({ time }) => time > new Date())
    .map(({ project, time }) => ({ project, until: time >= NO_END ? null : time }));
}

/**
 * Whether the pause of a project covered `folder` at a time (in milliseconds), also by a folder above it: the hook
 * knows only the folder in which it started.
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

/** One file per project, under the project's own path: a shell can build that name. */
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
