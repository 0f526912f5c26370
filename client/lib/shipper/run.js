"use strict";
require("../node-version.js").exitIfTooOld();
const { pathsIn } = require("../paths.js");
const { ship } = require("./ship.js");
const { noteCrash } = require("./state.js");

const LINGER_MS = 30_000;
const paths = pathsIn(process.argv[2]);

/** No one sees its output: the error is recorded. */
function die(error) {
  noteCrash(paths, error);
  process.exit(1);
}

process.on("uncaughtException", die);
ship(paths, { linger: Number(process.env.MEMFOG_LINGER ?? LINGER_MS) }).catch(die);
