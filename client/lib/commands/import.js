"use strict";
const fs = require("node:fs");
const { readAuth } = require("../account/auth.js");
const { findKnownRoots } = require("../settings/config-roots.js");
const { makeDerivedEvents } = require("../shipper/events/derived-events.js");
const { readSeenSessions } = require("../shipper/sessions/seen-sessions.js");
const { ImportHistory } = require("../transcripts/import/import-history.js");
const { ImportQueue } = require("../transcripts/import/import-queue.js");
const { ImportSource } = require("../transcripts/import/import-source.js");
const { ImportTotals } = require("../transcripts/import/import-totals.js");
const { promptHistoryOf } = require("../transcripts/import/prompt-history.js");
const { ReadDigest } = require("../transcripts/import/read-digest.js");
const { describeReadError } = require("../transcripts/transcript-files.js");
const { UserError } = require("../user-error.js");
const { describeStop, forDelivery } = require("./flush.js");
const { fetchUser } = require("./whoami.js");

const PROGRESS_BYTES = 262_144; // between two reports within a file
const TRY_AGAIN = "Run memfog import again once that is fixed; nothing is imported twice.";

/**
 * Makes events of Claude Code's past transcripts in these config roots, from `since` on (milliseconds), and sends them
 * as the shipper does. It takes only what the server was not sent before, as far as this machine knows; ids are
 * derived, so that sending an event again adds nothing. Of sessions that hooks captured it takes only the part before.
 * Calls `onProgress(read, all)` with bytes. Returns {sessions, counts: {name: n}, fresh, unchanged, roots, skipped}:
 * `fresh` counts the events that were new to the server (null for a dry run), `unchanged` the transcripts with nothing
 * new; `roots` has the same for each root with transcripts, as [{root, transcripts, events, fresh, unchanged}];
 * `skipped` is what could not be read, as {files: [{file, reason}], lines: {reason: n}, lineFiles: [{file, count}]}.
 * Throws UserError if the server stops it; it can be run again.
 */
async function importTranscripts(
  paths,
  { roots = findKnownRoots(paths), since = 0, dryRun = false, onProgress = () => {} } = {},
) {
  const auth = readAuth(paths);
  if (!auth && !dryRun) throw new UserError("Not connected: run memfog connect claude-code first.");
  const run = new ImportRun(paths, auth, { roots, since, dryRun, onProgress });
  await run.prepare();
  if (dryRun) await run.readAll(new ImportQueue({ make: () => [], deliver: async () => {}, fresh: () => 0 }));
  else await forDelivery(paths, (delivery) => run.deliverAll(delivery));
  return run.result();
}

/** One run of the import over all transcripts. */
class ImportRun {
  #totals = new ImportTotals();
  #source;
  #history = null;
  #readBytes = 0;
  #allBytes = 0;

  constructor(paths, auth, { roots, since, dryRun, onProgress }) {
    Object.assign(this, { paths, auth, roots, since, dryRun, onProgress });
  }

  async prepare() {
    const seenSessions = () => readSeenSessions(this.paths);
    this.#source = new ImportSource(this.roots, { seenSessions, onSkipped: this.#totals.skipFile });
    this.#allBytes = this.#source.transcripts.bytes;
    this.#history = await this.#loadHistory();
  }

  async deliverAll({ sendDerived, drain, fresh }) {
    const make = (events) => makeDerivedEvents(this.paths, events);
    const deliver = (made) => this.#deliver(made, { sendDerived, drain });
    // Events that hooks have just captured count as captured.
    await deliver([]);
    await this.#checkHistory((event) => deliver(make([event])), fresh);
    const queue = new ImportQueue({ make, deliver, fresh });
    try {
      await this.readAll(queue);
    } finally {
      await queue.end();
    }
  }

  async readAll(queue) {
    for (const transcript of this.#source.transcripts) {
      await this.#skipIfUnreadable(transcript.file, () => this.#readIfNew(transcript, queue));
      this.#readBytes += transcript.size;
      this.onProgress(this.#readBytes, this.#allBytes);
    }
    for (const root of this.roots)
      await this.#skipIfUnreadable(promptHistoryOf(root), () => this.#readPromptHistory(root, queue));
    await queue.flush();
  }

  result() {
    return this.#totals.result({ isDry: this.dryRun });
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
   * server does not know it, everything is imported again. That of a transcript rewritten since is another one.
   */
  async #checkHistory(deliver, fresh) {
    for (const record of this.#history.newest(this.roots)) {
      const { last, isSame } = this.#source.lastBefore(record);
      if (!isSame) continue;
      const before = fresh();
      if (last) await deliver(last);
      if (!last || fresh() > before) this.#history.clear();
      return;
    }
  }

  /** Sends events that are ready, and those that hooks have captured meanwhile. */
  async #deliver(made, { sendDerived, drain }) {
    const stopped = (made.length && (await sendDerived(this.auth, made))) || (await drain(this.auth));
    if (stopped) throw new UserError(`${describeStop(stopped, this.auth.url)} ${TRY_AGAIN}`);
  }

  async #readIfNew(transcript, queue) {
    const { file, root } = transcript;
    const change = this.#history?.compare(file, transcript, this.since) ?? { is: "all" };
    const totals = this.#totals.ofRoot(root);
    totals.transcripts += 1;
    await queue.giveTurn(); // many transcripts may add no event
    if (change.is === "nothing") {
      totals.unchanged += 1;
      this.#source.leaveOut(file);
      return;
    }
    // To read much without a pause would keep the server's answer waiting.
    if (change.is === "its end" || this.#source.hasLeftOut) await queue.settle();
    const sentIds = change.is === "its end" ? this.#source.idsBefore(file, change, this.since) : new Set();
    await this.#queueEvents(queue, totals, transcript, sentIds, (reading) =>
      this.#source.read(file, this.since, reading),
    );
  }

  /** Queues the events of a file; when all were delivered, the file counts as imported up to its last line. */
  async #queueEvents(queue, totals, { file, mtimeMs }, sentIds, read) {
    const position = { size: 0, rest: false, mtimeMs, digest: null };
    const bytes = new ReadDigest();
    let reported = 0;
    const onLine = (end, hasRest) => {
      position.size = end;
      position.rest = hasRest;
      if (end - reported < PROGRESS_BYTES) return;
      reported = end;
      this.onProgress(this.#readBytes + end, this.#allBytes);
    };
    let events = sentIds.size;
    for (const event of read({ onLine, onBytes: bytes.add, onSkipped: this.#skipLineOf(file) })) {
      if (sentIds.has(event.id)) continue;
      events += 1;
      this.#totals.addEvent(event, totals);
      await queue.add(event, totals);
    }
    position.digest = bytes.end(position);
    if (!this.dryRun) queue.finish(() => this.#history.add(file, position, { since: this.since, events }));
  }

  /** Prompts of sessions whose transcripts are gone. */
  async #readPromptHistory(root, queue) {
    const file = promptHistoryOf(root);
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (!stat?.isFile()) return;
    const change = this.#history?.compare(file, stat, this.since) ?? { is: "all" };
    if (change.is === "nothing") return;
    await queue.settle();
    const isImported = (session) => this.#history?.hasSession(session) ?? false;
    const sentIds =
      change.is === "its end" ? this.#source.promptIdsBefore(file, change, this.since, isImported) : new Set();
    const transcript = { file, mtimeMs: stat.mtimeMs };
    await this.#queueEvents(queue, this.#totals.ofRoot(root), transcript, sentIds, (reading) =>
      this.#source.readPromptHistory(file, this.since, { ...reading, isImported }),
    );
  }

  #skipLineOf = (file) => (reason) => this.#totals.skipLine(file, reason);

  /** An unreadable transcript must not block the others. */
  async #skipIfUnreadable(file, work) {
    try {
      await work();
    } catch (error) {
      if (error instanceof UserError || (error.path !== file && error.syscall !== "read")) throw error;
      this.#totals.skipFile(file, describeReadError(error));
    }
  }
}

module.exports = { importTranscripts };
