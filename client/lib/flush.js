"use strict";
const fs = require("node:fs");
const { readAuth } = require("./auth.js");
const { courier } = require("./shipper/deliver.js");
const { takeLease } = require("./shipper/lease.js");
const { waiting } = require("./shipper/outbox.js");
const { noteDelivery } = require("./shipper/state.js");
const { sweep, hasWhole } = require("./shipper/sweep.js");
const { Trouble } = require("./trouble.js");

/** Delivers what waits, now. Calls `onProgress(delivered, total)`; returns {delivered, left, trouble}. */
async function flush(place, { onProgress = () => {} } = {}) {
  const auth = readAuth(place);
  if (!auth) throw new Trouble("Not connected: run memfog connect claude-code first.");
  return forDelivery(place, async ({ drain, delivered }) => {
    const stopped = await drain(auth, onProgress);
    return { delivered: delivered(), left: waiting(place).length, trouble: stopped && sentence(stopped, auth.url) };
  });
}

/**
 * Does `work` in the shipper's place. It is given `drain(auth, onProgress)`, which sweeps and sends all there is and returns
 * what stopped it or null, and `delivered()`, a number.
 */
async function forDelivery(place, work) {
  // The living shipper may be in a pause of minutes after a failure; without its lease it ends.
  const lease = takeLease(place.lease, { force: true });
  const progress = { delivered: 0, total: 0, tell: () => {} };
  const one = courier(place, { isHeld: lease.isHeld, onDelivered(count) {
    progress.delivered += count;
    if (count) noteDelivery(place);
    progress.tell(progress.delivered, progress.total);
  } });
  try {
    return await work({ delivered: () => progress.delivered, drain: (auth, onProgress = () => {}) => drainAll(place, one, auth, Object.assign(progress, { tell: onProgress })) });
  } finally {
    one.close();
    lease.drop();
    fs.rmSync(place.starting, { force: true });
  }
}

async function drainAll(place, one, auth, progress) {
  do {
    sweep(place);
    progress.total = progress.delivered + waiting(place).length;
    progress.tell(progress.delivered, progress.total);
    const stopped = await one.drain(auth);
    if (stopped) return stopped;
  } while (hasWhole(place));
  return null;
}

function sentence(stopped, url) {
  if (stopped.does === "refused") return `${url} refused the token (${stopped.status}): connect again with a new one.`;
  return `${url} ${stopped.reason}: nothing is lost, it is tried again.`;
}

module.exports = { flush, forDelivery, sentence };
