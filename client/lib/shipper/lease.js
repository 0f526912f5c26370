"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const { setTimeout: wait } = require("node:timers/promises");
const { readIfExists } = require("../files.js");
const { isAlive } = require("./liveness.js");

const LEASE_LIFETIME_MS = 10_000;
const LEASE_REFRESH_INTERVAL_MS = 2_000;
const EXIT_POLL_INTERVAL_MS = 20;

/**
 * Takes the lease of the one shipper, or returns null where another lives; `force` takes it from a living one, which
 * then ends. Hooks read nothing but the file's time: in the future means that a shipper will come by.
 */
function takeLease(file, { force = false } = {}) {
  const nonce = `${crypto.randomUUID()} ${process.pid}`;
  if (!force && (isAlive(file) || !removeStale(file, nonce))) return null;
  const ownFile = temporaryName(file, nonce);
  fs.writeFileSync(ownFile, nonce, { mode: 0o600 });
  extendLease(ownFile, LEASE_LIFETIME_MS);
  try {
    if (force) fs.renameSync(ownFile, file);
    else installLease(ownFile, file, nonce);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return null;
  } finally {
    fs.rmSync(ownFile, { force: true });
  }
  return holdLease(file, nonce);
}

/**
 * Neither way overwrites: of all who start at once one wins. Not every file system has links; without them there is a
 * moment in which the lease says nothing, and who lost it then finds out by the nonce.
 */
function installLease(ownFile, file, nonce) {
  try {
    fs.linkSync(ownFile, file);
  } catch (error) {
    if (error.code === "EEXIST") throw error;
    const descriptor = fs.openSync(file, "wx", 0o600);
    try {
      fs.writeSync(descriptor, nonce);
      fs.futimesSync(descriptor, ...futureTimes(LEASE_LIFETIME_MS));
    } finally {
      fs.closeSync(descriptor);
    }
  }
}

const temporaryName = (file, nonce) => `${file}.${nonce.slice(0, 36)}`;

/** The process that holds a living lease, or 0. */
function findHolder(file) {
  return isAlive(file) ? Number((readIfExists(file) ?? "").split(" ")[1] ?? 0) : 0;
}

/** Waits until this process has ended, for `milliseconds` at most: it may live on another machine, or hang. */
async function waitForExit(pid, milliseconds) {
  for (const deadline = Date.now() + milliseconds; pid && Date.now() < deadline; await wait(EXIT_POLL_INTERVAL_MS)) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
  }
}

/** False when a living lease took the place of the stale one in the meantime. */
function removeStale(file, nonce) {
  const stale = `${temporaryName(file, nonce)}.stale`;
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

const extendLease = (file, milliseconds) => fs.utimesSync(file, ...futureTimes(milliseconds));

function futureTimes(milliseconds) {
  const time = new Date(Date.now() + milliseconds);
  return [time, time];
}

function holdLease(file, nonce) {
  let isOver = false;
  let refreshed = Date.now();
  const isHeld = () => !isOver && readIfExists(file) === nonce;
  const timer = setInterval(refresh, LEASE_REFRESH_INTERVAL_MS);
  function refresh() {
    refreshed = Date.now();
    if (isHeld()) extendLease(file, LEASE_LIFETIME_MS);
  }
  function release(finish) {
    clearInterval(timer);
    if (isHeld()) finish();
    isOver = true;
  }
  return {
    isHeld,
    /** To be called by work that lets no timer run. */
    renew: () => {
      if (Date.now() - refreshed >= LEASE_REFRESH_INTERVAL_MS) refresh();
    },
    drop: () => release(() => fs.rmSync(file, { force: true })),
    /** Ends, but keeps hooks from starting another for a while: a refused token would be refused again. */
    park: (milliseconds) => release(() => extendLease(file, milliseconds)),
  };
}

module.exports = { takeLease, findHolder, waitForExit };
