"use strict";
const { mainOf, repoOf } = require("../shipper/repo.js");
const { makePrivacyGate } = require("./gate.js");

/** Whether a folder is excluded or paused: nothing of it may leave this machine now. */
function isHeldBack(paths, folder) {
  const time = BigInt(Date.now()) * 1_000_000n;
  const draft = { hook: "session_start", root: folder, time, payload: { value: { cwd: folder } } };
  return makePrivacyGate(paths).isHeldBack(draft, { repoOf, mainOf });
}

module.exports = { isHeldBack };
