"use strict";
const { inside } = require("../places.js");
const { ship } = require("./ship.js");

const LINGER_MS = 30_000;

ship(inside(process.argv[2]), { linger: Number(process.env.MEMFOG_LINGER ?? LINGER_MS) });
