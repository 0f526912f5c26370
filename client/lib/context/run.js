// The hooks run this after they spooled a session_start; that file is its stdin. It prints the one JSON object or
// nothing.
"use strict";
if (require.main === module) require("../node-version.js").exitIfTooOld();
const fs = require("node:fs");
const { pathsIn } = require("../paths.js");
const { giveContext } = require("./session-context.js");

const STDIN = 0;

const run = (home, spooled) => giveContext(pathsIn(home), spooled);

if (require.main === module)
  run(process.argv[2], fs.readFileSync(STDIN))
    .catch(() => {})
    .finally(() => process.exit(0));

module.exports = { run };
