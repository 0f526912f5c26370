"use strict";
const { namesIn } = require("./files.js");
const outbox = require("./shipper/outbox.js");
const { isWhole, listSpool } = require("./shipper/spool.js");

/** How many events wait for delivery, since when (in milliseconds), and how many the server will never take. */
function counts(place) {
  const spooled = listSpool(place.spool).filter(isWhole);
  const names = outbox.waiting(place);
  const times = [...spooled.map(({ time }) => Number(time / 1_000_000n)), ...names.map(outbox.timeOf)];
  return {
    waiting: times.length,
    oldest: times.reduce((least, time) => Math.min(least, time), Infinity),
    quarantined: namesIn(place.quarantine).filter((name) => name.endsWith(".why")).length,
  };
}

module.exports = { counts };
