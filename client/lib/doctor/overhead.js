"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { writeHooks } = require("../install.js");
const { places } = require("../paths.js");
const { runHook } = require("./disk.js");
const { bad, good } = require("./finding.js");

const RUNS = 11;
const PAYLOAD = JSON.stringify({ content: "x".repeat(2_000) });
const SLOW_MS = 250;
// Slow is a hook only beside what any start costs at that moment: all is slow on a busy machine.
const SLOW_RATIO = 8;
const HOUR_MS = 3_600_000;
const BARE = process.platform === "win32" ? [process.execPath, ["-e", "0"]] : ["/bin/sh", ["-c", "true"]];

/** What one hook costs a session on this machine, measured now in a folder of its own. */
function overhead() {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "memfog-doctor-"));
  try {
    return judge(measure(scratch(home)));
  } catch (error) {
    return bad("overhead", `could not be measured (${error.code ?? error.message})`, "look whether the disk is full");
  } finally {
    fs.rmSync(home, { recursive: true, force: true });
  }
}

/** A home in which the hook does all it does, but starts no shipper, since one seems to live. */
function scratch(home) {
  const place = places({ MEMFOG_HOME: path.join(home, "memfog"), CLAUDE_CONFIG_DIR: path.join(home, "claude") });
  for (const folder of [place.spool, place.hooks]) fs.mkdirSync(folder, { recursive: true });
  writeHooks(place, home);
  fs.writeFileSync(place.auth, "{}");
  fs.writeFileSync(place.lease, "");
  const later = new Date(Date.now() + HOUR_MS);
  fs.utimesSync(place.lease, later, later);
  return place;
}

/** Times in milliseconds, in order: of hooks, and of bare starts between them. */
function measure(place) {
  const times = { hook: [], bare: [] };
  for (let run = 0; run < RUNS; run += 1) {
    times.bare.push(timed(() => spawnSync(...BARE, { stdio: "ignore" })));
    times.hook.push(timed(() => runHook(place, PAYLOAD)));
  }
  for (const list of Object.values(times)) list.sort((a, b) => a - b);
  return times;
}

function timed(start) {
  const started = process.hrtime.bigint();
  const { error } = start();
  if (error) throw error;
  return Number(process.hrtime.bigint() - started) / 1e6;
}

const at = (times, share) => times[Math.min(Math.floor(times.length * share), times.length - 1)];

function judge({ hook, bare }) {
  const [median, most, start] = [at(hook, 0.5), at(hook, 0.95), at(bare, 0.5)];
  const times = `${median.toFixed(1)} ms here (p50), ${most.toFixed(1)} ms at p95`;
  const text = `a hook takes ${times}, ${(median / start).toFixed(1)} × a bare start`;
  if (median <= SLOW_MS) return good("overhead", text);
  if (median / start <= SLOW_RATIO) return good("overhead", `${text}; this machine is busy`);
  return bad("overhead", text, "look for a slow disk, a home on the network, or a virus scanner");
}

module.exports = { overhead, judge };
