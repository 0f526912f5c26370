"use strict";
const fs = require("node:fs");

// Further ahead than any shipper writes: the clock was set back, and the lease says nothing.
const MAX_LEASE_AHEAD_MS = 3_600_000;

/** Whether a shipper lives: it keeps the time of its lease in the future. */
function isAlive(lease) {
  const ahead = (fs.statSync(lease, { throwIfNoEntry: false })?.mtimeMs ?? 0) - Date.now();
  return ahead > 0 && ahead < MAX_LEASE_AHEAD_MS;
}

/** Leaves what waits to a shipper that lives, and gives the claim to start another back: true, where there is one. */
function leaveToRunningShipper({ lease, starting }) {
  if (!isAlive(lease)) return false;
  fs.rmSync(starting, { force: true });
  return true;
}

module.exports = { isAlive, leaveToRunningShipper };
