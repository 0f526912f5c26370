"use strict";
require("../node-version.js").orEnd();
const { inside } = require("../paths.js");
const { ship } = require("./ship.js");
const { noteDeath } = require("./state.js");

const LINGER_MS = 30_000;
const place = inside(process.argv[2]);

/** Nobody sees its output: what it died of is written down. */
function die(error) {
  noteDeath(place, error);
  process.exit(1);
}

process.on("uncaughtException", die);
ship(place, { linger: Number(process.env.MEMFOG_LINGER ?? LINGER_MS) }).catch(die);
