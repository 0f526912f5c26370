"use strict";
const fs = require("node:fs");
const { readAuth } = require("../auth.js");
const { courier } = require("../shipper/deliver.js");
const { ended, holder, takeLease } = require("../shipper/lease.js");
const { waiting } = require("../shipper/outbox.js");
const { takeUp } = require("../shipper/quarantine.js");
const { noteDelivery } = require("../shipper/state.js");
const { sweep, hasWhole } = require("../shipper/sweep.js");
const { Trouble } = require("../user-error.js");

const LAST_WORK_MS = 2_000;

/**
 * Delivers what waits, now, and with `again` also what the server would not take before. Calls `onProgress(delivered,
 * total)`; returns {delivered, left, trouble}.
 */
async function flush(place, { onProgress = () => {}, again = false } = {}) {
  const auth = readAuth(place);
  if (!auth) throw new Trouble("Not connected: run memfog connect claude-code first.");
  takeUp(place, { refused: again });
  return forDelivery(place, async ({ drain, delivered }) => {
    const stopped = await drain(auth, onProgress);
    return { delivered: delivered(), left: waiting(place).length, trouble: stopped && sentence(stopped, auth.url) };
  });
}

/**
 * Does `work` in the shipper's place. It is given `drain(auth, onProgress)`, which sweeps and sends all there is and
 * returns what stopped it or null, `delivered()`, a number, and `fresh()`, how many of those the server did not have.
 */
async function forDelivery(place, work) {
  // The living shipper may be in a pause of minutes after a failure; without its lease it ends.
  const before = holder(place.lease);
  const lease = takeLease(place.lease, { force: true });
  // It may be in the middle of a file, which is delivered here only once it is in the outbox.
  await ended(before, LAST_WORK_MS);
  const progress = { delivered: 0, fresh: 0, total: 0, tell: () => {} };
  const one = Object.assign(
    courier(place, {
      isHeld: lease.isHeld,
      onDelivered(count, duplicates) {
        progress.delivered += count;
        progress.fresh += count - duplicates;
        if (count) noteDelivery(place);
        progress.tell(progress.delivered, progress.total);
      },
    }),
    { renew: lease.renew },
  );
  try {
    return await work({
      delivered: () => progress.delivered,
      fresh: () => progress.fresh,
      drain: (auth, onProgress = () => {}) => drainAll(place, one, auth, Object.assign(progress, { tell: onProgress })),
    });
  } finally {
    one.close();
    lease.drop();
    fs.rmSync(place.starting, { force: true });
  }
}

async function drainAll(place, one, auth, progress) {
  let before;
  do {
    before = progress.delivered;
    sweep(place, { renew: one.renew });
    progress.total = progress.delivered + waiting(place).length;
    progress.tell(progress.delivered, progress.total);
    const stopped = await one.drain(auth);
    if (stopped) return stopped;
    // A shipper that was at it when its lease was taken may have put one more into the outbox since.
  } while (hasWhole(place) || (waiting(place).length > 0 && progress.delivered > before));
  return null;
}

function sentence(stopped, url) {
  if (stopped.does === "refused") return `${url} refused the token (${stopped.status}): connect again with a new one.`;
  return `${stopped.reason.startsWith(url) ? "" : `${url} `}${stopped.reason}: nothing is lost, it is tried again.`;
}

module.exports = { flush, forDelivery, sentence };
