// What the sh hook starts: it goes on as a child in a session of its own, since a plain background child dies with
// the process group of the terminal. Nothing else is required here, so that the change takes one short moment.
"use strict";
const { spawn } = require("node:child_process");
const path = require("node:path");

const home = process.argv[2];
spawn(process.execPath, [path.join(__dirname, "run.js"), home], { detached: true, stdio: "ignore", windowsHide: true, cwd: home }).unref();
