"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { listNames, makePrivateFolder, sha256 } = require("../files.js");

// Two registrations of one host fire at the same moment; the slower of them may take as long as a hook may.
const SAME_START_WINDOW_MS = 15_000;
const START_LIFETIME_MS = 3_600_000;
// As long as a start asks, and some time to begin.
const TURN_TIMEOUT_MS = 2_500;
const PAUSE_MS = 20;

/**
 * Of several registrations (user and project settings, a plugin) that fire for one start of a session, lets one speak,
 * and the next only where that one ended without having said what it had to: {isOurs, end}; `end` once it is said.
 * Equal starts of one registration are several starts. In `place.given` a start is a few small files, for an hour.
 */
async function claimTurn(paths, { registration, text }) {
  try {
    const start = joinStart(paths, registration, sha256(text).slice(0, 24));
    return { isOurs: await waitForTurn(start), end: () => claimFile(`${start}.said`) };
  } catch {
    // A folder that can not be written to: twice is better than never.
    return { isOurs: true, end: () => {} };
  }
}

/** The path that the files of this start begin with; whoever registered takes part in each start once. */
function joinStart(paths, registration, key) {
  makePrivateFolder(paths.given);
  removeOldStarts(paths);
  for (let ordinal = findNewest(paths, key); ; ordinal += 1) {
    const start = path.join(paths.given, `${key}.${ordinal}`);
    if (!hasEnded(start) && claimFile(`${start}.of-${registration}`)) return start;
  }
}

const findNewest = (paths, key) =>
  listNames(paths.given)
    .filter((name) => name.startsWith(`${key}.`))
    .reduce((highest, name) => Math.max(highest, Number(name.split(".")[1])), 1);

const hasEnded = (start) => Math.abs(ageOf(`${start}.turn-1`) ?? 0) > SAME_START_WINDOW_MS;

/** Whether nobody else is about to say it, or has. */
async function waitForTurn(start) {
  for (let turn = 1; !fs.existsSync(`${start}.said`); turn += 1) {
    if (claimFile(`${start}.turn-${turn}`, String(process.pid))) return true;
    const end = Date.now() + TURN_TIMEOUT_MS;
    while (!fs.existsSync(`${start}.said`) && isRunning(`${start}.turn-${turn}`) && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return false;
}

/** Whether the process lives whose turn it is; a file that is being written names none yet. */
function isRunning(file) {
  try {
    const id = Number(fs.readFileSync(file, "utf8"));
    return id === 0 || process.kill(id, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Makes a file that nobody else has made. */
function claimFile(file, content = "") {
  try {
    fs.writeFileSync(file, content, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function removeOldStarts(paths) {
  for (const name of listNames(paths.given)) {
    const file = path.join(paths.given, name);
    if (ageOf(file) > START_LIFETIME_MS) fs.rmSync(file, { force: true });
  }
}

function ageOf(file) {
  const modified = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return modified === undefined ? null : Date.now() - modified;
}

module.exports = { claimTurn };
