"use strict";
const path = require("node:path");
const { readAuth } = require("./auth.js");
const { forDelivery, sentence } = require("./flush.js");
const { capturedSessions } = require("./shipper/captured.js");
const { spoolDerived } = require("./shipper/spool.js");
const { untilCaptured } = require("./transcripts/captured.js");
const { transcriptsIn } = require("./transcripts/find.js");
const { hooksIn } = require("./transcripts/hooks.js");
const { usageIn } = require("./transcripts/usage.js");
const { Trouble } = require("./trouble.js");

const EVENTS_AT_ONCE = 500;
const BYTES_AT_ONCE = 16 * 1024 * 1024;

/**
 * Makes events of Claude Code's past transcripts, from `since` on (milliseconds): the way of every event, through spool and outbox.
 * Their ids are derived, so that a second import adds nothing; of sessions that hooks captured it takes only what was before.
 * Calls `onProgress(read, transcripts)`; returns {sessions, counts: {name: n}}. Throws Trouble where the server stops it; it may run again.
 */
async function importTranscripts(place, { since = 0, dryRun = false, onProgress = () => {} } = {}) {
  const auth = readAuth(place);
  if (!auth && !dryRun) throw new Trouble("Not connected: run memfog connect claude-code first.");
  const found = transcriptsIn(path.join(place.claude, "projects"));
  const tally = { sessions: new Set(), counts: {} };
  const run = (deliver) => readAll(place, found, since, tally, deliver, onProgress);
  if (dryRun) await run(() => {});
  else await forDelivery(place, async ({ drain }) => {
    // What hooks have just captured counts as theirs.
    await deliver(place, auth, [], drain);
    await run((events) => deliver(place, auth, events, drain));
  });
  return { sessions: tally.sessions.size, counts: tally.counts };
}

async function deliver(place, auth, events, drain) {
  for (const event of events) spoolDerived(place, event);
  const stopped = await drain(auth);
  if (stopped) throw new Trouble(`${sentence(stopped, auth.url)} Run memfog import again once that is mended; nothing comes twice.`);
}

async function readAll(place, found, since, tally, deliver, onProgress) {
  const untilOf = untilCaptured(capturedSessions(place));
  const from = BigInt(Math.trunc(since)) * 1_000_000n;
  const seen = new Set();
  for (const [index, { file }] of found.entries()) {
    for (const events of portions(wanted(file, seen, untilOf, from))) {
      for (const event of events) count(tally, event);
      await deliver(events);
    }
    onProgress(index + 1, found.length);
  }
}

function count({ sessions, counts }, { name, session }) {
  counts[name] = (counts[name] ?? 0) + 1;
  if (session) sessions.add(session);
}

/** Usage has the same id from either side; of hooks, what was captured live stands in the log already. */
function* wanted(file, seen, untilOf, from) {
  for (const event of eventsIn(file, seen)) {
    const until = event.name === "Usage" ? null : untilOf(file, event.session);
    if (event.time >= from && (until === null || event.time < until)) yield event;
  }
}

function* eventsIn(file, seen) {
  yield* hooksIn(file, seen);
  for (let offset = 0, isAll = false, prompt = null; !isAll; ) {
    const part = usageIn(file, { offset, prompt, last: true });
    yield* part.events;
    ({ offset, prompt, isAll } = part);
  }
}

function* portions(events) {
  let some = [];
  let bytes = 0;
  for (const event of events) {
    some.push(event);
    bytes += event.payload.length;
    if (some.length === EVENTS_AT_ONCE || bytes > BYTES_AT_ONCE) { yield some; some = []; bytes = 0; }
  }
  if (some.length) yield some;
}

module.exports = { importTranscripts };
