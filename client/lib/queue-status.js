"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { listNames } = require("./files.js");
const outbox = require("./shipper/outbox/outbox.js");
const { listOtherAccounts } = require("./shipper/outbox/owner.js");
const { isComplete, listSpool, fileStateOf } = require("./shipper/spool/spool.js");

/**
 * Counts waiting events and the time of the oldest (in milliseconds), quarantined events, unreadable files (`closed`,
 * paths), and events for other accounts (`otherAccounts`, from owner.js).
 */
function countQueue(paths) {
  const entries = listSpool(paths.spool);
  const spooled = entries.filter(isComplete);
  const names = outbox.listEvents(paths);
  const times = [...spooled.map(({ time }) => Number(time / 1_000_000n)), ...names.map(outbox.timeOf)];
  return {
    waiting: times.length,
    oldest: times.reduce((least, time) => Math.min(least, time), Infinity),
    quarantined: listNames(paths.quarantine).filter((name) => name.endsWith(".why")).length,
    closed: [
      ...entries.filter((entry) => fileStateOf(entry) === "closed").map((entry) => entry.path),
      ...names.map((name) => path.join(paths.outbox, name)).filter(isClosed),
    ],
    otherAccounts: listOtherAccounts(paths),
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

module.exports = { countQueue };
