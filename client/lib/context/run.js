// What the sh hook runs after it has spooled a session_start; that file is its stdin. Never a word but the one object.
"use strict";
require("../node-version.js").orEnd();
const fs = require("node:fs");
const { inside } = require("../paths.js");
const { give } = require("./give.js");

const STDIN = 0;

give(inside(process.argv[2]), fs.readFileSync(STDIN))
  .catch(() => {})
  .finally(() => process.exit(0));
