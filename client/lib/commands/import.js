"use strict";
const { readAuth } = require("../auth.js");
const { knownRoots } = require("../roots.js");
const { capturedSessions } = require("../shipper/seen-sessions.js");
const { spoolDerived } = require("../shipper/spool.js");
const { transcriptsIn, whyNot } = require("../transcripts/find.js");
const { importedTranscripts } = require("../transcripts/imported.js");
const { untilCaptured } = require("../transcripts/known-events.js");
const { linesOf, objectIn } = require("../transcripts/lines.js");
const { hooksIn } = require("../transcripts/transcript-reader.js");
const { usageIn } = require("../transcripts/usage-records.js");
const { Trouble } = require("../user-error.js");
const { forDelivery, sentence } = require("./flush.js");
const { whoami } = require("./whoami.js");

const EVENTS_AT_ONCE = 500;
const BYTES_AT_ONCE = 16 * 1024 * 1024;
const AGAIN = "Run memfog import again once that is mended; nothing comes twice.";

/**
 * Makes events of Claude Code's past transcripts in these config roots, from `since` on (milliseconds): the way of
 * every event, through spool and outbox. Only of what the server was not sent before, as far as this machine remembers;
 * their ids are derived, so that what is sent again adds nothing. Of sessions that hooks captured it takes only what
 * was before. Calls `onProgress(read, transcripts)`; returns {sessions, counts: {name: n}, fresh, unchanged, roots,
 * passedOver: {files: [{file, why}], lines: {why: n}}}: `fresh` are the events that the server did not have (null for a
 * dry run), `unchanged` the transcripts with nothing new; `roots` has the same of each that holds transcripts, as
 * [{root, transcripts, events, fresh, unchanged}]. Throws Trouble where the server stops it; it may run again.
 */
async function importTranscripts(
  place,
  { roots = knownRoots(place), since = 0, dryRun = false, onProgress = () => {} } = {},
) {
  const auth = readAuth(place);
  if (!auth && !dryRun) throw new Trouble("Not connected: run memfog connect claude-code first.");
  const passedOver = { files: [], lines: {} };
  const found = transcriptsIn(roots, { onPassedOver: (file, why) => passedOver.files.push({ file, why }) });
  const run = {
    place,
    found,
    since,
    dryRun,
    passedOver,
    onProgress,
    sessions: new Set(),
    counts: {},
    roots: new Map(),
    freshSoFar: () => 0,
    memory: await memoryOf(place, auth, dryRun),
  };
  if (dryRun) await readAll(run, () => {});
  else
    await forDelivery(place, async (delivery) => {
      const deliver = (events) => deliverAll(place, auth, events, delivery.drain);
      // What hooks have just captured counts as theirs.
      await deliver([]);
      await forgetWhatIsLost(run, deliver, delivery.fresh);
      run.freshSoFar = delivery.fresh;
      await readAll(run, deliver);
    });
  const each = [...run.roots.values()].map((one) => (dryRun ? { ...one, fresh: null } : one));
  const sum = (name) => each.reduce((all, one) => all + one[name], 0);
  return {
    sessions: run.sessions.size,
    counts: run.counts,
    fresh: dryRun ? null : sum("fresh"),
    unchanged: sum("unchanged"),
    roots: each,
    passedOver,
  };
}

/** What is told of the root that a transcript lies in. */
const rootOf = (run, { root }) =>
  run.roots.get(root) ?? run.roots.set(root, { root, transcripts: 0, events: 0, fresh: 0, unchanged: 0 }).get(root);

/** Who the server says we are decides what it has; a dry run does not ask, and counts all there is unless it knows. */
async function memoryOf(place, auth, dryRun) {
  if (!auth) return null;
  const { user, trouble, remedy } = await whoami(auth);
  if (user) return importedTranscripts(place, `${auth.url}\n${user.id ?? user.email}`);
  if (dryRun) return null;
  throw new Trouble(`${trouble}: ${remedy}. ${AGAIN}`);
}

/**
 * A server that was set back to an older copy lacks what came last: that event is sent again, and if it is news, so is
 * all.
 */
async function forgetWhatIsLost(run, deliver, fresh) {
  const known = run.memory.last(run.found);
  if (!known) return;
  const last = lastOf(wantedIn(run, known.file, { since: known.since, to: known.size, seen: new Set() }));
  const before = fresh();
  if (last) await deliver([last]);
  if (!last || fresh() > before) run.memory.forget();
}

function lastOf(events) {
  let last = null;
  for (const event of events) last = event;
  return last;
}

async function deliverAll(place, auth, events, drain) {
  for (const event of events) spoolDerived(place, event);
  const stopped = await drain(auth);
  if (stopped) throw new Trouble(`${sentence(stopped, auth.url)} ${AGAIN}`);
}

async function readAll(run, deliver) {
  const seen = new Set();
  const unread = [];
  for (const [index, one] of run.found.entries()) {
    await orPassedOver(run, one.file, async () => {
      const news = run.memory?.news(one.file, one, run.since) ?? { is: "all" };
      const root = rootOf(run, one);
      root.transcripts += 1;
      if (news.is === "nothing") {
        root.unchanged += 1;
        unread.push(one.file);
        return;
      }
      // A forked session begins with copies of lines that another transcript told.
      while (unread.length) noteLines(unread.shift(), seen);
      await readOne(run, one, news, seen, deliver);
    });
    run.onProgress(index + 1, run.found.length);
  }
}

async function readOne(run, one, news, seen, deliver) {
  const sent = news.is === "its end" ? idsBefore(run, one.file, news.size, seen) : new Set();
  const passOver = (why) => {
    run.passedOver.lines[why] = (run.passedOver.lines[why] ?? 0) + 1;
  };
  const root = rootOf(run, one);
  const before = run.freshSoFar();
  let events = sent.size;
  for (const some of portions(
    wantedIn(run, one.file, { since: run.since, seen, passOver }),
    (event) => !sent.has(event.id),
  )) {
    for (const event of some) count(run, event);
    events += some.length;
    root.events += some.length;
    await deliver(some);
  }
  root.fresh += run.freshSoFar() - before;
  if (!run.dryRun) run.memory.note(one.file, one, { since: run.since, events });
}

/** The events that were made of a transcript when it ended earlier. */
function idsBefore(run, file, to, seen) {
  const own = new Set();
  const both = { has: (uuid) => own.has(uuid) || seen.has(uuid), add: (uuid) => own.add(uuid) };
  return new Set([...wantedIn(run, file, { since: run.since, seen: both, to })].map((event) => event.id));
}

function noteLines(file, seen) {
  for (const { text } of linesOf(file)) {
    const uuid = text?.includes('"uuid"') ? objectIn(text)?.uuid : null;
    if (typeof uuid === "string") seen.add(uuid);
  }
}

/** One transcript that can not be read must not keep the others. */
async function orPassedOver({ passedOver }, file, work) {
  try {
    await work();
  } catch (error) {
    if (error instanceof Trouble || (error.path !== file && error.syscall !== "read")) throw error;
    passedOver.files.push({ file, why: whyNot(error) });
  }
}

function count({ sessions, counts }, { name, session }) {
  counts[name] = (counts[name] ?? 0) + 1;
  if (session) sessions.add(session);
}

/** Usage has the same id from either side; of hooks, what was captured live stands in the log already. */
function* wantedIn(run, file, { since, seen, passOver, to }) {
  run.untilOf ??= untilCaptured(capturedSessions(run.place));
  const from = BigInt(Math.trunc(since)) * 1_000_000n;
  for (const event of eventsIn(file, { seen, passOver, to })) {
    const until = event.name === "Usage" ? null : run.untilOf(file, event.session);
    if (event.time >= from && (until === null || event.time < until)) yield event;
  }
}

function* eventsIn(file, { seen, passOver, to }) {
  yield* hooksIn(file, seen, { to, onPassedOver: passOver });
  for (let offset = 0, isAll = false, prompt = null; !isAll; ) {
    const part = usageIn(file, { offset, prompt, last: true, to });
    yield* part.events;
    ({ offset, prompt, isAll } = part);
  }
}

function* portions(events, isWanted) {
  let some = [];
  let bytes = 0;
  for (const event of events) {
    if (!isWanted(event)) continue;
    some.push(event);
    bytes += event.payload.length;
    if (some.length === EVENTS_AT_ONCE || bytes > BYTES_AT_ONCE) {
      yield some;
      some = [];
      bytes = 0;
    }
  }
  if (some.length) yield some;
}

module.exports = { importTranscripts };
