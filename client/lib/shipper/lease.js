"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const { readIfThere } = require("../files.js");

const AHEAD_MS = 10_000;
const REFRESH_MS = 2_000;
// Further ahead than any shipper writes: the clock was set back, and the lease says nothing.
const TOO_FAR_MS = 3_600_000;

/**
 * Takes the lease of the one shipper, or returns null where another lives; `force` takes it from a living one, which then ends.
 * Hooks read nothing but the file's time: in the future means that a shipper will come by.
 */
function takeLease(file, { force = false } = {}) {
  const nonce = crypto.randomUUID();
  if (!force && (isAlive(file) || !removeStale(file, nonce))) return null;
  const mine = `${file}.${nonce}`;
  fs.writeFileSync(mine, nonce, { mode: 0o600 });
  setAhead(mine, AHEAD_MS);
  try {
    // A link never overwrites: of all who start at once one wins.
    if (force) fs.renameSync(mine, file);
    else fs.linkSync(mine, file);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return null;
  } finally {
    fs.rmSync(mine, { force: true });
  }
  return keep(file, nonce);
}

function isAlive(file) {
  const ahead = (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) - Date.now();
  return ahead > 0 && ahead < TOO_FAR_MS;
}

/** False when a living lease took the place of the stale one in the meantime. */
function removeStale(file, nonce) {
  const aside = `${file}.${nonce}.stale`;
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if (error.code === "ENOENT") return true;
    throw error;
  }
  const wasAlive = isAlive(aside);
  if (wasAlive && !fs.existsSync(file)) fs.renameSync(aside, file);
  fs.rmSync(aside, { force: true });
  return !wasAlive;
}

function setAhead(file, milliseconds) {
  const time = new Date(Date.now() + milliseconds);
  fs.utimesSync(file, time, time);
}

function keep(file, nonce) {
  let isOver = false;
  const isHeld = () => !isOver && readIfThere(file) === nonce;
  const timer = setInterval(() => { if (isHeld()) setAhead(file, AHEAD_MS); }, REFRESH_MS);
  function end(last) {
    clearInterval(timer);
    if (isHeld()) last();
    isOver = true;
  }
  return {
    isHeld,
    drop: () => end(() => fs.rmSync(file, { force: true })),
    /** Ends, but keeps hooks from starting another for a while: a refused token would be refused again. */
    park: (milliseconds) => end(() => setAhead(file, milliseconds)),
  };
}

module.exports = { takeLease, isAlive };
