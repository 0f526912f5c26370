"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { entries, writeHooks } = require("../install.js");
const { places } = require("../places.js");
const { bad, good } = require("./finding.js");

const RUNS = 11;
const PAYLOAD = JSON.stringify({ content: "x".repeat(2_000) });
const SLOW_MS = 250;
const HOUR_MS = 3_600_000;

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

function measure(place) {
  const { command, args } = entries(place)[0].group.hooks[0];
  return Array.from({ length: RUNS }, () => {
    const started = process.hrtime.bigint();
    const { error } = spawnSync(command, args, { input: PAYLOAD, stdio: ["pipe", "ignore", "ignore"] });
    if (error) throw error;
    return Number(process.hrtime.bigint() - started) / 1e6;
  }).sort((a, b) => a - b);
}

function judge(times) {
  const [median, most] = [0.5, 0.95].map((share) => times[Math.min(Math.floor(times.length * share), times.length - 1)]);
  const text = `a hook takes ${median.toFixed(1)} ms here (p50), ${most.toFixed(1)} ms at p95`;
  return median <= SLOW_MS ? good("overhead", text) : bad("overhead", text, "look for a slow disk, a home on the network, or a virus scanner");
}

module.exports = { overhead };
