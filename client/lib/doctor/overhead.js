"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { writeHooks } = require("../install/install.js");
const { resolvePaths } = require("../paths.js");
const { describeError } = require("../user-error.js");
const { runHook } = require("./disk.js");
const { bad, good } = require("./finding.js");

const RUNS = 11;
const PAYLOAD = JSON.stringify({ content: "x".repeat(2_000) });
const SLOW_MS = 250;
// A hook counts as slow only in relation to the start of any process: on a busy machine everything is slow.
const SLOW_RATIO = 8;
const HOUR_MS = 3_600_000;
const BARE = process.platform === "win32" ? [process.execPath, ["-e", "0"]] : ["/bin/sh", ["-c", "true"]];

/** Measures what one hook costs a session on this machine, in a temporary folder. */
function overhead() {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "memfog-doctor-"));
  try {
    return judgeTimes(measureRuns(makeScratchHome(home)));
  } catch (error) {
    return bad("overhead", `could not be measured: ${describeError(error)}`, "look whether the disk is full");
  } finally {
    fs.rmSync(home, { recursive: true, force: true });
  }
}

/** A home in which the hook does all its work but starts no shipper, because the lease looks alive. */
function makeScratchHome(home) {
  const paths = resolvePaths({ MEMFOG_HOME: path.join(home, "memfog"), CLAUDE_CONFIG_DIR: path.join(home, "claude") });
  for (const folder of [paths.spool, paths.hooks]) fs.mkdirSync(folder, { recursive: true });
  writeHooks(paths, home);
  fs.writeFileSync(paths.auth, "{}");
  fs.writeFileSync(paths.lease, "");
  const later = new Date(Date.now() + HOUR_MS);
  fs.utimesSync(paths.lease, later, later);
  return paths;
}

/** Sorted times in milliseconds: of hooks, and of bare process starts between them. */
function measureRuns(paths) {
  const times = { hook: [], bare: [] };
  for (let run = 0; run < RUNS; run += 1) {
    times.bare.push(timeRun(() => spawnSync(...BARE, { stdio: "ignore" })));
    times.hook.push(timeRun(() => runHook(paths, PAYLOAD)));
  }
  for (const list of Object.values(times)) list.sort((a, b) => a - b);
  return times;
}

function timeRun(run) {
  const started = process.hrtime.bigint();
  const { error } = run();
  if (error) throw error;
  return Number(process.hrtime.bigint() - started) / 1e6;
}

const percentile = (times, share) => times[Math.min(Math.floor(times.length * share), times.length - 1)];

function judgeTimes({ hook, bare }) {
  const [median, p95, bareMedian] = [percentile(hook, 0.5), percentile(hook, 0.95), percentile(bare, 0.5)];
  const times = `${median.toFixed(1)} ms here (p50), ${p95.toFixed(1)} ms at p95`;
  const text = `a hook takes ${times}, ${(median / bareMedian).toFixed(1)} × a bare start`;
  if (median <= SLOW_MS) return good("overhead", text);
  if (median / bareMedian <= SLOW_RATIO) return good("overhead", `${text}; this machine is busy`);
  return bad("overhead", text, "look for a slow disk, a home on the network, or a virus scanner");
}

module.exports = { overhead, judgeTimes };
