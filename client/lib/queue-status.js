"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { namesIn } = require("./files.js");
const outbox = require("./shipper/outbox.js");
const { apart } = require("./shipper/owner.js");
const { isWhole, listSpool, stateOf } = require("./shipper/spool.js");

/**
 * How many events wait for delivery, since when (in milliseconds), how many lie in quarantine, how many files may not
 * be read here (`closed`, paths), and what waits for other accounts (`apart`, as owner.js has it).
 */
function counts(place) {
  const entries = listSpool(place.spool);
  const spooled = entries.filter(isWhole);
  const names = outbox.waiting(place);
  const times = [...spooled.map(({ time }) => Number(time / 1_000_000n)), ...names.map(outbox.timeOf)];
  return {
    waiting: times.length,
    oldest: times.reduce((least, time) => Math.min(least, time), Infinity),
    quarantined: namesIn(place.quarantine).filter((name) => name.endsWith(".why")).length,
    closed: [
      ...entries.filter((entry) => stateOf(entry) === "closed").map((entry) => entry.path),
      ...names.map((name) => path.join(place.outbox, name)).filter(isClosed),
    ],
    apart: apart(place),
  };
}

function isClosed(file) {
  try {
    fs.accessSync(file, fs.constants.R_OK);
    return false;
  } catch (error) {
    return error.code !== "ENOENT";
  }
}

module.exports = { counts };
