// The sh hook starts this. It starts the shipper in a session of its own, because a background child dies with the
// process group of the terminal. It requires almost nothing, so that this takes little time. If a shipper is running,
// as when a second session starts, it starts none.
"use strict";
require("../node-version.js").exitIfTooOld();
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { pathsIn } = require("../paths.js");
const { leaveToRunningShipper } = require("./liveness.js");

const STANDARD = new Set(["0", "1", "2"]);
const CLOSES_ON_EXEC = 0o2000000;

const home = process.argv[2];
closeInherited();
if (!leaveToRunningShipper(pathsIn(home)))
  spawn(process.execPath, [path.join(__dirname, "run.js"), home], {
    detached: true,
    stdio: "ignore",
    windowsHide: true,
    cwd: home,
  }).unref();

/**
 * Closes descriptors that were inherited from the hook's caller, perhaps locks; the hook can close only numbers below
 * ten.
 */
function closeInherited() {
  for (const name of fs.existsSync("/proc/self/fdinfo") ? fs.readdirSync("/proc/self/fdinfo") : [])
    if (!STANDARD.has(name) && isInherited(name)) fs.closeSync(Number(name));
}

/** Node closes its own descriptors on exec, so those without that flag were inherited. */
function isInherited(name) {
  try {
    const [, flags] = /^flags:\s*([0-7]+)$/m.exec(fs.readFileSync(`/proc/self/fdinfo/${name}`, "utf8"));
    return (Number.parseInt(flags, 8) & CLOSES_ON_EXEC) === 0;
  } catch {
    // It belonged to the listing of the folder.
    return false;
  }
}
