"use strict";
const { spawnSync } = require("node:child_process");

const NOBODY = 65_534;

/**
 * Options for `run` under which nothing of root's may be read. Root gives the home away; anyone else has no such
 * rights.
 */
function asNobody(here) {
  if (process.getuid() !== 0) return {};
  spawnSync("chown", ["-R", `${NOBODY}:${NOBODY}`, here.home]);
  return { uid: NOBODY, gid: NOBODY };
}

module.exports = { asNobody };
