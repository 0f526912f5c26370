"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { makePrivateFolder, readJson, statOf, writeAtomically } = require("../files.js");
const { dropCache } = require("../hints/hint-cache.js");
const { folderKey, isWithin } = require("./folder-key.js");
const { listNames } = require("./folder-names.js");

// The end of a pause is stored as a file's time, which the hook compares without starting a process. Some file systems
// can not store times after 2038.
const NO_END = new Date("2037-12-31T00:00:00Z");
// Transcripts of a pause may be read long after it.
const MAX_ENDED = 1_000;

/** Pauses capture until `until` (null: until resumed), everywhere or for one project folder. Returns `until`. */
function pause(paths, { until = null, project = null } = {}) {
  const file = pauseFileOf(paths, project);
  const end = until ?? NO_END;
  noteEnds(paths, [file]);
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
  const left = [...new Set([{ project }, ...active].map((one) => pauseFileOf(paths, one.project)))];
  noteEnds(paths, project === null ? listPauseFiles(paths.paused) : left);
  // So that `doctor` does not report the sessions of the pause as missing.
  if (active.length) fs.writeFileSync(paths.resumed, "", { mode: 0o600 });
  if (project === null) fs.rmSync(paths.paused, { recursive: true, force: true });
  else for (const file of left) fs.rmSync(file, { force: true });
  return active.length;
}

/** The active pauses, as [{project, until}]; no `project` means everywhere, no `until` means until resumed. */
function pauses(paths) {
  return listPauseFiles(paths.paused)
    .map((file) => ({ project: projectOf(paths, file), time: fs.statSync(file).mtime }))
    .filter(({ time }) => time > new Date())
    .map(({ project, time }) => ({ project, until: time >= NO_END ? null : time }));
}

/** Notes the pauses of these files as ended, by now or earlier: what was done in them must not leave later, either. */
function noteEnds(paths, files) {
  const now = Date.now();
  const ended = files.map((file) => readPause(paths, file)).filter(Boolean);
  if (ended.length === 0) return;
  const notes = [...readEnded(paths), ...ended.map((one) => ({ ...one, until: Math.min(one.until, now) }))];
  writeAtomically(paths.pausesEnded, JSON.stringify(notes.slice(-MAX_ENDED)));
}

function readEnded(paths) {
  const notes = readJson(paths.pausesEnded);
  return Array.isArray(notes) ? notes.filter((note) => note !== null && typeof note === "object") : [];
}

/** A pause as {project, since, until}, in milliseconds, or null if it is gone. */
function readPause(paths, file) {
  const stat = statOf(file);
  return (
    stat && { project: projectOf(paths, file), since: Date.parse(readJson(file)?.since ?? 0), until: stat.mtimeMs }
  );
}

/** Every pause, also those that have ended: [{project, since, until}]. */
const readPauses = (paths) =>
  [...readEnded(paths), ...listPauseFiles(paths.paused).map((file) => readPause(paths, file))].filter(Boolean);

/**
 * Whether a pause covered one of the folders at a time (in milliseconds), also by a folder above it and by another name
 * of it: the hook knows only the folder in which it started. `namesOf()` lists the names of the folders;
 * without any it counts as covered.
 */
function wasPaused(pauses, time, namesOf) {
  const covering = pauses.filter(({ since, until }) => time >= since && time <= until);
  if (covering.length === 0) return false;
  const folders = namesOf();
  return covering.some(
    ({ project }) =>
      typeof project !== "string" ||
      folders.length === 0 ||
      listNames(project).some((name) => folders.some((folder) => isWithin(folder, name))),
  );
}

/** Whether capture was paused anywhere at some moment after a time (in milliseconds). */
function hasPausedSince(paths, time) {
  const hasEndedSince = readEnded(paths).some(({ until }) => until > time);
  return hasEndedSince || [paths.resumed, ...listPauseFiles(paths.paused)].some((file) => statOf(file)?.mtimeMs > time);
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

module.exports = { hasPausedSince, pause, readPauses, resume, pauses, wasPaused };
