"use strict";
const table = require("./hooks.json");
const extra = require("./hooks-extra.json");

const RANKS = new Map(table.map(({ hook }, rank) => [hook, rank]));

/** The order of hooks within one tool call: `pre` before `post`, whatever their clocks say. */
const rank = (hook) => RANKS.get(hook) ?? RANKS.size;

/** The rows {hook, event} that `connect` registers. */
const hooksOf = ({ withExtra = false } = {}) => [...table, ...(withExtra ? extra : [])];

module.exports = { table, extra, rank, hooksOf };
