"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { makePrivateFolder, readJson, statOf, writeAtomically } = require("../files.js");
const { dropCache } = require("../hints/hint-cache.js");
const { folderKey, isWithin } = require("./folder-key.js");

// The end of a pause is stored as a file's time, which the hook compares without starting a process. Some file systems
// can not store times after 2038.
const NO_END = new Date("2037-12-31T00:00:00Z");

/** Pauses capture until `until` (null: until resumed), everywhere or for one project folder. Returns `until`. */
function pause(paths, { until = null, project = null } = {}) {
  const file = pauseFileOf(paths, project);
  const end = until ?? NO_END;
  makePrivateFolder(path.dirname(file));
  writeAtomically(file, JSON.stringify({ since: new Date().toISOString(), project }));
  fs.utimesSync(file, end, end);
  dropCache(paths);
  return until;
}

/** Ends a project's pause, or all pauses. Returns how many were active. */
function resume(paths, { project = null } = {}) {
  const isMeant = (one) => one.project !== null && folderKey(one.project) === folderKey(project);
  const active = pauses(paths).filter((one) => project === null || isMeant(one));
  // So that `doctor` does not report the sessions of the pause as missing.
  if (active.length) fs.writeFileSync(paths.resumed, "", { mode: 0o600 });
  if (project === null) fs.rmSync(paths.paused, { recursive: true, force: true });
  else for (const one of [{ project }, ...active]) fs.rmSync(pauseFileOf(paths, one.project), { force: true });
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
 * Whether the pause of a project covered `folder` at a time (in milliseconds), also by a folder above it and by another
 * spelling: the hook knows only the folder in which it started.
 */
function wasPaused(paths, folder, time) {
  if (!folder || !fs.existsSync(paths.paused)) return false;
  return listPauseFiles(paths.paused).some((file) => {
    const project = projectOf(paths, file);
    return project !== null && isWithin(folder, project) && covers(file, time);
  });
}

/** Whether capture was paused anywhere at some moment after a time (in milliseconds). */
function hasPausedSince(paths, time) {
  return [paths.resumed, ...listPauseFiles(paths.paused)].some((file) => statOf(file)?.mtimeMs > time);
}

function covers(file, time) {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat !== undefined && time <= stat.mtimeMs && time >= Date.parse(readJson(file)?.since ?? 0);
}

/** One file per project, under the project's own path: a shell can build that name. */
const pauseFileOf = (paths, project) => path.join(paths.paused, (project ?? "").replace(/^([A-Za-z]):/, "$1"), "until");

function projectOf(paths, file) {
  const relative = path.relative(paths.paused, path.dirname(file));
  if (relative === "") return null;
  // Earlier versions did not note the name of the folder.
  const { project } = readJson(file) ?? {};
  if (typeof project === "string") return project;
  return process.platform === "win32" ? relative.replace(/^[A-Za-z]/, "$&:") : `/${relative}`;
}

function listPauseFiles(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === "until")
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

module.exports = { hasPausedSince, pause, resume, pauses, wasPaused };
