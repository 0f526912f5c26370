// What the sh hook starts: it goes on as a child in a session of its own, since a plain background child dies with
// the process group of the terminal. Next to nothing else is required here, so that the change takes one
// short moment. Where a shipper lives, as at the start of a second session, none is started only to find that out.
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
 * Closes what whoever runs the hook had open, a lock perhaps; the hook itself can do so for numbers below ten alone.
 */
function closeInherited() {
  for (const name of fs.existsSync("/proc/self/fdinfo") ? fs.readdirSync("/proc/self/fdinfo") : [])
    if (!STANDARD.has(name) && isInherited(name)) fs.closeSync(Number(name));
}

/** Node's own are closed on exec, so that those which are not came from outside. */
function isInherited(name) {
  try {
    const [, flags] = /^flags:\s*([0-7]+)$/m.exec(fs.readFileSync(`/proc/self/fdinfo/${name}`, "utf8"));
    return (Number.parseInt(flags, 8) & CLOSES_ON_EXEC) === 0;
  } catch {
    // It was that of the folder's listing.
    return false;
  }
}
