"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { privateFolder, readJson, writeAtomically } = require("../files.js");

// The end of a pause is the time of a file, which the hook compares without starting a process. Some file systems end
// in 2038.
const WITHOUT_END = new Date("2037-12-31T00:00:00Z");

/**
 * Pauses capture until `until` (null: until resumed), everywhere or for one project folder. Returns when it ends, or
 * null.
 */
function pause(place, { until = null, project = null } = {}) {
  const file = fileOf(place, project);
  const end = until ?? WITHOUT_END;
  privateFolder(path.dirname(file));
  writeAtomically(file, JSON.stringify({ since: new Date().toISOString() }));
  fs.utimesSync(file, end, end);
  return until;
}

/** Ends a project's pause, or all there are. Returns how many were going on. */
function resume(place, { project = null } = {}) {
  const going = pauses(place).filter((one) => project === null || one.project === project);
  // So that `doctor` does not miss what was not captured.
  if (going.length) fs.writeFileSync(place.resumed, "", { mode: 0o600 });
  if (project === null) fs.rmSync(place.paused, { recursive: true, force: true });
  else fs.rmSync(fileOf(place, project), { force: true });
  return going.length;
}

/** The pauses that go on, as [{project, until}]; no `project` means everywhere, no `until` until resumed. */
function pauses(place) {
  return found(place.paused)
    .map((file) => ({ project: projectOf(place, file), time: fs.statSync(file).mtime }))
    .filter(({ time }) => time > new Date())
    .map(({ project, time }) => ({ project, until: time >= WITHOUT_END ? null : time }));
}

/**
 * Whether a project's pause covered `folder` at a time (in milliseconds), be it by a folder above: the hook knows only
 * the one it was started in.
 */
function wasPaused(place, folder, time) {
  if (!path.isAbsolute(folder) || !fs.existsSync(place.paused)) return false;
  for (let here = path.resolve(folder); here !== path.dirname(here); here = path.dirname(here)) {
    const stat = fs.statSync(fileOf(place, here), { throwIfNoEntry: false });
    if (stat && time <= stat.mtimeMs && time >= Date.parse(readJson(fileOf(place, here))?.since ?? 0)) return true;
  }
  return false;
}

/** One file for each project, under its own path: that is a name which a shell can make. */
const fileOf = (place, project) => path.join(place.paused, (project ?? "").replace(/^([A-Za-z]):/, "$1"), "until");

function projectOf(place, file) {
  const inside = path.relative(place.paused, path.dirname(file));
  if (inside === "") return null;
  return process.platform === "win32" ? inside.replace(/^[A-Za-z]/, "$&:") : `/${inside}`;
}

function found(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === "until")
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

module.exports = { pause, resume, pauses, wasPaused };
