"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { namesIn, privateFolder, sha256 } = require("../files.js");

// Two registrations of one host fire at the same moment; the slower of them may take as long as a hook may.
const TOGETHER_MS = 15_000;
const KEPT_MS = 3_600_000;
// As long as a start asks, and some time to begin.
const PATIENCE_MS = 2_500;
const PAUSE_MS = 20;

/**
 * Of several registrations (user and project settings, a plugin) that fire for one start of a session, lets one speak,
 * and the next only where that one ended without having said what it had to: {isOurs, end}; `end` once it is said.
 * Equal starts of one registration are several starts. In `place.given` a start is a few small files, for an hour.
 */
async function turnAt(place, { registration, text }) {
  try {
    const start = join(place, registration, sha256(text).slice(0, 24));
    return { isOurs: await isOurTurn(start), end: () => claim(`${start}.said`) };
  } catch {
    // A folder that can not be written to: twice is better than never.
    return { isOurs: true, end: () => {} };
  }
}

/** The path that the files of this start begin with; whoever registered takes part in each start once. */
function join(place, registration, key) {
  privateFolder(place.given);
  forgetOld(place);
  for (let ordinal = newest(place, key); ; ordinal += 1) {
    const start = path.join(place.given, `${key}.${ordinal}`);
    if (!isOver(start) && claim(`${start}.of-${registration}`)) return start;
  }
}

const newest = (place, key) =>
  namesIn(place.given)
    .filter((name) => name.startsWith(`${key}.`))
    .reduce((most, name) => Math.max(most, Number(name.split(".")[1])), 1);

const isOver = (start) => Math.abs(ageOf(`${start}.turn-1`) ?? 0) > TOGETHER_MS;

/** Whether nobody else is about to say it, or has. */
async function isOurTurn(start) {
  for (let turn = 1; !fs.existsSync(`${start}.said`); turn += 1) {
    if (claim(`${start}.turn-${turn}`, String(process.pid))) return true;
    const end = Date.now() + PATIENCE_MS;
    while (!fs.existsSync(`${start}.said`) && isAtWork(`${start}.turn-${turn}`) && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return false;
}

/** Whether the process lives whose turn it is; a file that is being written names none yet. */
function isAtWork(file) {
  try {
    const id = Number(fs.readFileSync(file, "utf8"));
    return id === 0 || process.kill(id, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Makes a file that nobody else has made. */
function claim(file, content = "") {
  try {
    fs.writeFileSync(file, content, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function forgetOld(place) {
  for (const name of namesIn(place.given)) {
    const file = path.join(place.given, name);
    if (ageOf(file) > KEPT_MS) fs.rmSync(file, { force: true });
  }
}

function ageOf(file) {
  const made = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return made === undefined ? null : Date.now() - made;
}

module.exports = { turnAt };
