"use strict";
// Node loads this file before a program. It kills the program, like `kill -9`, before its n-th step on the disk
// (MEMFOG_KILL_AT), or counts the steps and writes their number to a file (MEMFOG_COUNT_STEPS).
const fs = require("node:fs");

const STEPS = [
  "openSync",
  "writeFileSync",
  "renameSync",
  "linkSync",
  "unlinkSync",
  "rmSync",
  "utimesSync",
  "fsyncSync",
  "closeSync",
  "readFileSync",
  "readdirSync",
];
const killAt = Number(process.env.MEMFOG_KILL_AT ?? 0);
let steps = 0;

for (const name of STEPS) {
  const real = fs[name];
  fs[name] = function step(...args) {
    if (concerns(args[0])) {
      steps += 1;
      if (steps === killAt) process.kill(process.pid, "SIGKILL");
    }
    return real.apply(this, args);
  };
}

/** Whether a step concerns a file of Memfog's home, or any open file. */
function concerns(target) {
  return typeof target === "number" || String(target).includes(".memfog");
}

if (process.env.MEMFOG_COUNT_STEPS)
  process.on("exit", () => fs.writeSync(fs.openSync(process.env.MEMFOG_COUNT_STEPS, "w"), String(steps)));
