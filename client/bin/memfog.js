#!/usr/bin/env node
"use strict";
require("../lib/node-version.js").exitIfTooOld();
require("../lib/main.js").run(process.argv.slice(2));
