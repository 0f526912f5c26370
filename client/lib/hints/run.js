// The hooks run this after they spooled a prompt, if lines about its folder are at hand; that file is its stdin. It
// prints the one JSON object or nothing.
"use strict";
if (require.main === module) require("../node-version.js").exitIfTooOld();
const fs = require("node:fs");
const { pathsIn } = require("../paths.js");
const { giveHints } = require("./give-hints.js");

const STDIN = 0;

const run = (home, spooled) => giveHints(pathsIn(home), spooled);

if (require.main === module) {
  try {
    run(process.argv[2], fs.readFileSync(STDIN));
  } catch {
    // Memory must never hold up a prompt.
  }
  process.exit(0);
}

module.exports = { run };
