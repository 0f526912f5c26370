"use strict";
const { readAuth } = require("../auth.js");
const { findKnownRoots } = require("../config-roots.js");
const { readSeenSessions } = require("../shipper/seen-sessions.js");
const { spoolEvent } = require("../shipper/spool-event.js");
const { ImportHistory } = require("../transcripts/import-history.js");
const { captureStarts } = require("../transcripts/known-events.js");
const { linesOf, objectIn } = require("../transcripts/lines.js");
const { findTranscripts, describeReadError } = require("../transcripts/transcript-files.js");
const { readHookEvents } = require("../transcripts/transcript-reader.js");
const { readUsage } = require("../transcripts/usage-records.js");
const { UserError } = require("../user-error.js");
const { describeStop, forDelivery } = require("./flush.js");
const { fetchUser } = require("./whoami.js");

const MAX_BATCH_EVENTS = 500;
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
const TRY_AGAIN = "Run memfog import again once that is fixed; nothing is imported twice.";

/**
 * Makes events of Claude Code's past transcripts in these config roots, from `since` on (milliseconds), and sends them
 * through spool and outbox like every other event. It takes only what the server was not sent before, as far as this
 * machine knows; ids are derived, so that sending an event again adds nothing. Of sessions that hooks captured it takes
 * only the part before. Calls `onProgress(read, transcripts)`. Returns {sessions, counts: {name: n}, fresh, unchanged,
 * roots, skipped: {files: [{file, reason}], lines: {reason: n}}}: `fresh` counts the events that were new to the server
 * (null for a dry run), `unchanged` the transcripts with nothing new; `roots` has the same for each root with
 * transcripts, as [{root, transcripts, events, fresh, unchanged}]. Throws UserError if the server stops it; it can be
 * run again.
 */
async function importTranscripts(
  paths,
  { roots = findKnownRoots(paths), since = 0, dryRun = false, onProgress = () => {} } = {},
) {
  const auth = readAuth(paths);
  if (!auth && !dryRun) throw new UserError("Not connected: run memfog connect claude-code first.");
  const run = new ImportRun(paths, auth, { since, dryRun, onProgress });
  await run.prepare(roots);
  if (dryRun) await run.readAll(() => {});
  else await forDelivery(paths, (delivery) => run.deliverAll(delivery));
  return run.result();
}

/** One run of the import over all transcripts. */
class ImportRun {
  #sessions = new Set();
  #counts = {};
  #roots = new Map();
  #skipped = { files: [], lines: {} };
  #seenUuids = new Set();
  #unreadFiles = [];
  #transcripts = [];
  #history = null;
  #captureStart;
  #freshCount = () => 0;

  constructor(paths, auth, { since, dryRun, onProgress }) {
    Object.assign(this, { paths, auth, since, dryRun, onProgress });
  }

  async prepare(roots) {
    const onSkipped = (file, reason) => this.#skipped.files.push({ file, reason });
    this.#transcripts = findTranscripts(roots, { onSkipped });
    this.#history = await this.#loadHistory();
  }

  async deliverAll({ drain, fresh }) {
    const deliver = (events) => this.#deliver(events, drain);
    // Events that hooks have just captured count as captured.
    await deliver([]);
    await this.#checkHistory(deliver, fresh);
    this.#freshCount = fresh;
    await this.readAll(deliver);
  }

  async readAll(deliver) {
    for (const [index, transcript] of this.#transcripts.entries()) {
      await this.#skipIfUnreadable(transcript.file, () => this.#readIfNew(transcript, deliver));
      this.onProgress(index + 1, this.#transcripts.length);
    }
  }

  result() {
    const roots = [...this.#roots.values()].map((totals) => (this.dryRun ? { ...totals, fresh: null } : totals));
    const sum = (name) => roots.reduce((total, totals) => total + totals[name], 0);
    return {
      sessions: this.#sessions.size,
      counts: this.#counts,
      fresh: this.dryRun ? null : sum("fresh"),
      unchanged: sum("unchanged"),
      roots,
      skipped: this.#skipped,
    };
  }

  /** The server's user decides what it has; a dry run needs no answer, and counts everything without one. */
  async #loadHistory() {
    if (!this.auth) return null;
    const { user, problem, remedy } = await fetchUser(this.auth);
    if (user) return new ImportHistory(this.paths, `${this.auth.url}\n${user.id ?? user.email}`);
    if (this.dryRun) return null;
    throw new UserError(`${problem}: ${remedy}. ${TRY_AGAIN}`);
  }

  /**
   * A server that was restored from an older backup lacks the newest events: the last event is sent again, and if the
   * server does not know it, everything is imported again.
   */
  async #checkHistory(deliver, fresh) {
    const record = this.#history.findLast(this.#transcripts);
    if (!record) return;
    const options = { since: record.since, to: record.size, seenUuids: new Set() };
    const last = [...this.#wantedEvents(record.file, options)].at(-1);
    const before = fresh();
    if (last) await deliver([last]);
    if (!last || fresh() > before) this.#history.clear();
  }

  async #deliver(events, drain) {
    for (const event of events) spoolEvent(this.paths, event);
    const stopped = await drain(this.auth);
    if (stopped) throw new UserError(`${describeStop(stopped, this.auth.url)} ${TRY_AGAIN}`);
  }

  async #readIfNew(transcript, deliver) {
    const { file } = transcript;
    const change = this.#history?.compare(file, transcript, this.since) ?? { is: "all" };
    const totals = this.#totalsOf(transcript);
    totals.transcripts += 1;
    if (change.is === "nothing") {
      totals.unchanged += 1;
      this.#unreadFiles.push(file);
      return;
    }
    // A forked session begins with copies of lines of another transcript.
    while (this.#unreadFiles.length) noteUuids(this.#unreadFiles.shift(), this.#seenUuids);
    await this.#read(transcript, change, deliver);
  }

  async #read(transcript, change, deliver) {
    const { file } = transcript;
    const totals = this.#totalsOf(transcript);
    const sentIds = change.is === "its end" ? this.#idsBefore(file, change.size) : new Set();
    const freshBefore = this.#freshCount();
    let events = sentIds.size;
    const wanted = this.#wantedEvents(file, { onSkipped: (reason) => this.#countSkippedLine(reason) });
    for (const batch of makeBatches(wanted, (event) => !sentIds.has(event.id))) {
      for (const event of batch) this.#count(event);
      events += batch.length;
      totals.events += batch.length;
      await deliver(batch);
    }
    totals.fresh += this.#freshCount() - freshBefore;
    if (!this.dryRun) this.#history.add(file, transcript, { since: this.since, events });
  }

  /** The ids of events that were made of a transcript when it was shorter. */
  #idsBefore(file, size) {
    const own = new Set();
    const seenUuids = {
      has: (uuid) => own.has(uuid) || this.#seenUuids.has(uuid),
      add: (uuid) => own.add(uuid),
    };
    return new Set([...this.#wantedEvents(file, { seenUuids, to: size })].map((event) => event.id));
  }

  /** Usage has the same id from hooks and import; other events are in the log already once hooks captured them. */
  *#wantedEvents(file, { since = this.since, seenUuids = this.#seenUuids, onSkipped, to }) {
    this.#captureStart ??= captureStarts(readSeenSessions(this.paths));
    const from = BigInt(Math.trunc(since)) * 1_000_000n;
    for (const event of readEvents(file, { seenUuids, onSkipped, to })) {
      const end = event.name === "Usage" ? null : this.#captureStart(file, event.session);
      if (event.time >= from && (end === null || event.time < end)) yield event;
    }
  }

  /** An unreadable transcript must not block the others. */
  async #skipIfUnreadable(file, work) {
    try {
      await work();
    } catch (error) {
      if (error instanceof UserError || (error.path !== file && error.syscall !== "read")) throw error;
      this.#skipped.files.push({ file, reason: describeReadError(error) });
    }
  }

  #totalsOf({ root }) {
    const empty = { root, transcripts: 0, events: 0, fresh: 0, unchanged: 0 };
    return this.#roots.get(root) ?? this.#roots.set(root, empty).get(root);
  }

  #countSkippedLine(reason) {
    this.#skipped.lines[reason] = (this.#skipped.lines[reason] ?? 0) + 1;
  }

  #count({ name, session }) {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
    if (session) this.#sessions.add(session);
  }
}

function noteUuids(file, seenUuids) {
  for (const { text } of linesOf(file)) {
    const uuid = text?.includes('"uuid"') ? objectIn(text)?.uuid : null;
    if (typeof uuid === "string") seenUuids.add(uuid);
  }
}

function* readEvents(file, { seenUuids, onSkipped, to }) {
  yield* readHookEvents(file, seenUuids, { to, onSkipped });
  for (let offset = 0, isAll = false, prompt = null; !isAll; ) {
    const part = readUsage(file, { offset, prompt, isComplete: true, to });
    yield* part.events;
    ({ offset, prompt, isAll } = part);
  }
}

function* makeBatches(events, isWanted) {
  let batch = [];
  let bytes = 0;
  for (const event of events) {
    if (!isWanted(event)) continue;
    batch.push(event);
    bytes += event.payload.length;
    if (batch.length === MAX_BATCH_EVENTS || bytes > MAX_BATCH_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
  }
  if (batch.length) yield batch;
}

module.exports = { importTranscripts };
