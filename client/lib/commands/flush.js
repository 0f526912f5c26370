"use strict";
const fs = require("node:fs");
const { readAuth } = require("../account/auth.js");
const { BatchSender } = require("../shipper/delivery/batch-sender.js");
const { waitForExit, findHolder, takeLease } = require("../shipper/lease.js");
const { listEvents } = require("../shipper/outbox/outbox.js");
const { retryQuarantined } = require("../shipper/outbox/quarantine.js");
const { noteDelivery } = require("../shipper/state.js");
const { sweep, hasCompleteFile } = require("../shipper/sweep.js");
const { UserError } = require("../user-error.js");

const SHIPPER_EXIT_TIMEOUT_MS = 2_000;

/**
 * Delivers waiting events now, and with `again` also those that the server rejected before. Calls
 * `onProgress(delivered, total)`; returns {delivered, left, problem}.
 */
async function flush(paths, { onProgress = () => {}, again = false } = {}) {
  const auth = readAuth(paths);
  if (!auth) throw new UserError("Not connected: run memfog connect claude-code first.");
  retryQuarantined(paths, { refused: again });
  return forDelivery(paths, async ({ drain, delivered }) => {
    const stopped = await drain(auth, onProgress);
    return {
      delivered: delivered(),
      left: listEvents(paths).length,
      problem: stopped && describeStop(stopped, auth.url),
    };
  });
}

/**
 * Runs `work` in place of the shipper. `work` receives `drain(auth, onProgress)`, which sweeps and sends everything and
 * returns what stopped it or null, `sendDerived(auth, events)` for events without a file, `delivered()`, a count, and
 * `fresh()`, the count of events that were new to the server.
 */
async function forDelivery(paths, work) {
  // A running shipper may pause for minutes after a failure; it ends when it loses its lease.
  const deliveredBefore = findHolder(paths.lease);
  const lease = takeLease(paths.lease, { force: true });
  // It may be in the middle of a file, which can be delivered here only once it is in the outbox.
  await waitForExit(deliveredBefore, SHIPPER_EXIT_TIMEOUT_MS);
  const progress = { delivered: 0, fresh: 0, total: 0, onProgress: () => {} };
  const sender = new BatchSender(paths, {
    isHeld: lease.isHeld,
    onDelivered(count, duplicates) {
      progress.delivered += count;
      progress.fresh += count - duplicates;
      if (count) noteDelivery(paths);
      progress.onProgress(progress.delivered, progress.total);
    },
  });
  try {
    return await work({
      delivered: () => progress.delivered,
      fresh: () => progress.fresh,
      sendDerived: (auth, events) => sender.sendDerived(auth, events),
      drain: (auth, onProgress = () => {}) =>
        sendAll(paths, { sender, lease }, auth, Object.assign(progress, { onProgress })),
    });
  } finally {
    sender.close();
    lease.drop();
    fs.rmSync(paths.starting, { force: true });
  }
}

async function sendAll(paths, { sender, lease }, auth, progress) {
  let deliveredBefore;
  do {
    deliveredBefore = progress.delivered;
    sweep(paths, { renew: lease.renew });
    progress.total = progress.delivered + listEvents(paths).length;
    progress.onProgress(progress.delivered, progress.total);
    const stopped = await sender.sendAll(auth);
    if (stopped) return stopped;
    // A shipper that was running when its lease was taken may have added one more event since.
  } while (hasCompleteFile(paths) || (listEvents(paths).length > 0 && progress.delivered > deliveredBefore));
  return null;
}

function describeStop(stopped, url) {
  if (stopped.does === "refused") return `${url} refused the token (${stopped.status}): connect again with a new one.`;
  const reason = stopped.reason.startsWith(url) ? stopped.reason : `${url} ${stopped.reason}`;
  return `${reason}: nothing is lost, and delivery is retried.`;
}

module.exports = { flush, forDelivery, describeStop };
