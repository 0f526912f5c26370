// The sh hook runs this after it has spooled a session_start; that file is its stdin. It prints the one JSON object or
// nothing.
"use strict";
require("../node-version.js").exitIfTooOld();
const fs = require("node:fs");
const { pathsIn } = require("../paths.js");
const { giveContext } = require("./session-context.js");

const STDIN = 0;

giveContext(pathsIn(process.argv[2]), fs.readFileSync(STDIN))
  .catch(() => {})
  .finally(() => process.exit(0));
