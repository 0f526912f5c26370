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
 * Takes the lease of the shipper, or returns null if another shipper is running; `force` takes it from a running one,
 * which then ends. Hooks read only the file's time: a time in the future means that a shipper runs.
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
 * Neither way overwrites a file: of several that start at once one wins. Some file systems have no links; without them
 * the lease is empty for a moment, and the nonce shows who lost it then.
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

/** The process id that holds a valid lease, or 0. */
function findHolder(file) {
  return isAlive(file) ? Number((readIfExists(file) ?? "").split(" ")[1] ?? 0) : 0;
}

/** Waits for this process to exit, `milliseconds` at most: it may run on another machine, or hang. */
async function waitForExit(pid, milliseconds) {
  for (const deadline = Date.now() + milliseconds; pid && Date.now() < deadline; await wait(EXIT_POLL_INTERVAL_MS)) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
  }
}

/** False if a valid lease replaced the stale one in the meantime. */
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
    /** For work that blocks timers. */
    renew: () => {
      if (Date.now() - refreshed >= LEASE_REFRESH_INTERVAL_MS) refresh();
    },
    drop: () => release(() => fs.rmSync(file, { force: true })),
    /**
     * Releases the lease, but keeps hooks from starting another shipper for a while: a refused token would be refused
     * again.
     */
    park: (milliseconds) => release(() => extendLease(file, milliseconds)),
  };
}

module.exports = { takeLease, findHolder, waitForExit };
