"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const { setTimeout: wait } = require("node:timers/promises");
const { readIfThere } = require("../files.js");
const { isAlive } = require("./living.js");

const AHEAD_MS = 10_000;
const REFRESH_MS = 2_000;
const LOOK_MS = 20;

/**
 * Takes the lease of the one shipper, or returns null where another lives; `force` takes it from a living one, which
 * then ends. Hooks read nothing but the file's time: in the future means that a shipper will come by.
 */
function takeLease(file, { force = false } = {}) {
  const nonce = `${crypto.randomUUID()} ${process.pid}`;
  if (!force && (isAlive(file) || !removeStale(file, nonce))) return null;
  const mine = aside(file, nonce);
  fs.writeFileSync(mine, nonce, { mode: 0o600 });
  setAhead(mine, AHEAD_MS);
  try {
    if (force) fs.renameSync(mine, file);
    else place(mine, file, nonce);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return null;
  } finally {
    fs.rmSync(mine, { force: true });
  }
  return keep(file, nonce);
}

/**
 * Neither way overwrites: of all who start at once one wins. Not every file system has links; without them there is a
 * moment in which the lease says nothing, and who lost it then finds out by the nonce.
 */
function place(mine, file, nonce) {
  try {
    fs.linkSync(mine, file);
  } catch (error) {
    if (error.code === "EEXIST") throw error;
    const descriptor = fs.openSync(file, "wx", 0o600);
    try {
      fs.writeSync(descriptor, nonce);
      fs.futimesSync(descriptor, ...ahead(AHEAD_MS));
    } finally {
      fs.closeSync(descriptor);
    }
  }
}

const aside = (file, nonce) => `${file}.${nonce.slice(0, 36)}`;

/** The process that holds a living lease, or 0. */
function holder(file) {
  return isAlive(file) ? Number((readIfThere(file) ?? "").split(" ")[1] ?? 0) : 0;
}

/** Waits until this process has ended, for `milliseconds` at most: it may live on another machine, or hang. */
async function ended(pid, milliseconds) {
  for (const until = Date.now() + milliseconds; pid && Date.now() < until; await wait(LOOK_MS)) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
  }
}

/** False when a living lease took the place of the stale one in the meantime. */
function removeStale(file, nonce) {
  const stale = `${aside(file, nonce)}.stale`;
  try {
    fs.renameSync(file, stale);
  } catch (error) {
    if (error.code === "ENOENT") return true;
    throw error;
  }
  const wasAlive = isAlive(stale);
  if (wasAlive && !fs.existsSync(file)) fs.renameSync(stale, file);
  fs.rmSync(stale, { force: true });
  return !wasAlive;
}

const setAhead = (file, milliseconds) => fs.utimesSync(file, ...ahead(milliseconds));

function ahead(milliseconds) {
  const time = new Date(Date.now() + milliseconds);
  return [time, time];
}

function keep(file, nonce) {
  let isOver = false;
  let refreshed = Date.now();
  const isHeld = () => !isOver && readIfThere(file) === nonce;
  const timer = setInterval(refresh, REFRESH_MS);
  function refresh() {
    refreshed = Date.now();
    if (isHeld()) setAhead(file, AHEAD_MS);
  }
  function end(last) {
    clearInterval(timer);
    if (isHeld()) last();
    isOver = true;
  }
  return {
    isHeld,
    /** To be called by work that lets no timer run. */
    renew: () => {
      if (Date.now() - refreshed >= REFRESH_MS) refresh();
    },
    drop: () => end(() => fs.rmSync(file, { force: true })),
    /** Ends, but keeps hooks from starting another for a while: a refused token would be refused again. */
    park: (milliseconds) => end(() => setAhead(file, milliseconds)),
  };
}

module.exports = { takeLease, holder, ended };
