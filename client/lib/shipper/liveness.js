"use strict";
const fs = require("node:fs");

// Further ahead than any shipper writes: the clock was set back, and the lease is meaningless.
const MAX_LEASE_AHEAD_MS = 3_600_000;

/** Whether a shipper is running: it keeps the time of its lease in the future. */
function isAlive(lease) {
  const ahead = (fs.statSync(lease, { throwIfNoEntry: false })?.mtimeMs ?? 0) - Date.now();
  return ahead > 0 && ahead < MAX_LEASE_AHEAD_MS;
}

/** Leaves waiting events to a running shipper and releases the claim to start another one; false if none is running. */
function leaveToRunningShipper({ lease, starting }) {
  if (!isAlive(lease)) return false;
  fs.rmSync(starting, { force: true });
  return true;
}

module.exports = { isAlive, leaveToRunningShipper };
