"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { listNames } = require("../files.js");
const { hash } = require("../short-hash.js");
const { openOwnFolder, openTurnFolder } = require("./turn-folder.js");

// Two registrations fire at the same moment; the slower one may take as long as a hook's timeout.
const SAME_START_WINDOW_MS = 15_000;
const START_LIFETIME_MS = 3_600_000;
// As long as the request for context, plus the time to start.
const TURN_TIMEOUT_MS = 2_500;
const PAUSE_MS = 20;

/**
 * Several registrations (user and project settings, a plugin, those of another home) may fire for one start of a
 * session. Lets one print the context, and the next one only if the first ended without printing: {isOwnTurn, end};
 * call `end` after printing. Equal starts of one registration are separate starts. Each start is a few small files of
 * the turn folder, for an hour.
 */
async function claimTurn(paths, start) {
  for (const open of [openTurnFolder, openOwnFolder])
    try {
      return await takeTurn(open(paths), paths, start);
    } catch {
      // It is not writable, or its disk is full, as that of temporary files may be alone.
    }
  // Printing twice is better than never.
  return { isOwnTurn: true, end: () => {} };
}

async function takeTurn(folder, { home }, { registration, text }) {
  const start = joinStart(folder, `${registration}-${hash(home)}`, hash(text));
  return { isOwnTurn: await waitForTurn(start), end: () => claimFile(`${start}.said`) };
}

/** The path prefix of the files of this start; each registration joins each start once. */
function joinStart(folder, registration, key) {
  removeOldStarts(folder);
  for (let ordinal = findNewest(folder, key); ; ordinal += 1) {
    const start = path.join(folder, `${key}.${ordinal}`);
    if (!hasEnded(start) && claimFile(`${start}.of-${registration}`)) return start;
  }
}

const findNewest = (folder, key) =>
  listNames(folder)
    .filter((name) => name.startsWith(`${key}.`))
    .reduce((highest, name) => Math.max(highest, Number(name.split(".")[1])), 1);

const hasEnded = (start) => Math.abs(ageOf(`${start}.turn-1`) ?? 0) > SAME_START_WINDOW_MS;

/** Whether no other registration prints the context now, or has printed it. */
async function waitForTurn(start) {
  for (let turn = 1; !fs.existsSync(`${start}.said`); turn += 1) {
    if (claimFile(`${start}.turn-${turn}`, String(process.pid))) return true;
    const end = Date.now() + TURN_TIMEOUT_MS;
    while (!fs.existsSync(`${start}.said`) && isRunning(`${start}.turn-${turn}`) && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return false;
}

/** Whether the process that has the turn still runs; a file that is being written names no process yet. */
function isRunning(file) {
  try {
    const id = Number(fs.readFileSync(file, "utf8"));
    return id === 0 || process.kill(id, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Creates the file; false if it exists. */
function claimFile(file, content = "") {
  try {
    fs.writeFileSync(file, content, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    // On a full disk it was created, but is empty: others would wait for the process that it should name.
    fs.rmSync(file, { force: true });
    throw error;
  }
}

function removeOldStarts(folder) {
  for (const name of listNames(folder)) {
    const file = path.join(folder, name);
    if (ageOf(file) > START_LIFETIME_MS) fs.rmSync(file, { force: true });
  }
}

function ageOf(file) {
  const modified = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return modified === undefined ? null : Date.now() - modified;
}

module.exports = { claimTurn };
