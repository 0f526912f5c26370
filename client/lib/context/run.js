// What the sh hook runs after it has spooled a session_start; that file is its stdin. Never a word but the one object.
"use strict";
require("../node-version.js").exitIfTooOld();
const fs = require("node:fs");
const { pathsIn } = require("../paths.js");
const { giveContext } = require("./session-context.js");

const STDIN = 0;

giveContext(pathsIn(process.argv[2]), fs.readFileSync(STDIN))
  .catch(() => {})
  .finally(() => process.exit(0));
