"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { promisify } = require("node:util");
const gzip = promisify(require("node:zlib").gzip);
const { readIfExists, writeAtomically } = require("../../files.js");
const { MAX_BATCH_BYTES, MAX_BATCH_EVENTS } = require("../../limits.js");
const { agentFor } = require("../../network/agent.js");
const { request } = require("../../network/request.js");
const { describeError } = require("../../user-error.js");
const { shrink } = require("../events/shrink.js");
const outbox = require("../outbox/outbox.js");
const { settleAccount } = require("../outbox/owner.js");
const { noteStop } = require("../state.js");
const { MachineReporter } = require("./machine-report.js");
const { judgeAnswer } = require("./server-verdict.js");

const GZIP_MIN_BYTES = 1024;
const ANSWER_TIMEOUT_MS = Number(process.env.MEMFOG_TIMEOUT || 30_000);
const MIN_EVENT_BYTES = 16 * 1024;

/**
 * Sends the events of the outbox to a server, oldest first. A file is removed only after the server has accepted its
 * event by name; an event that can be derived again may have none. `isHeld()` says whether the lease is still held;
 * `onDelivered(count, duplicates)` is called after each batch.
 */
class BatchSender {
  #paths;
  #reporter;
  #isHeld;
  #onDelivered;
  #agents = new Map();
  #maxBatchBytes = MAX_BATCH_BYTES;
  // Events that are done although their file could not be removed.
  #doneFiles = new Set();
  #verdictHandlers = {
    accepted: (auth, batch, verdict) => this.#handleAccepted(auth, batch, verdict),
    split: (auth, batch, verdict) => this.#handleSplit(auth, batch, verdict),
    shrink: (auth, batch) => this.#handleTooLarge(auth, batch),
  };

  constructor(paths, { isHeld = () => true, onDelivered = () => {} } = {}) {
    this.#paths = paths;
    this.#reporter = new MachineReporter(paths);
    this.#isHeld = isHeld;
    this.#onDelivered = onDelivered;
  }

  /** What stopped it: null, {does: "refused", status} or {does: "later", after, reason}. */
  async sendAll(auth) {
    const error = await settleAccount(this.#paths, auth);
    if (error) return error;
    for (const batch of makeBatches(readOutbox(this.#paths, this.#doneFiles), () => this.#maxBatchBytes)) {
      if (!this.#isHeld()) return null;
      const stopped = await this.#send(auth, batch);
      if (stopped) return stopped;
    }
    return null;
  }

  /**
   * Sends events [{id, time, text, rank, isDerived}] that have no file. Puts those that did not arrive into the outbox,
   * and returns what stopped it, as `sendAll` does.
   */
  async sendDerived(auth, events) {
    let stopped = await settleAccount(this.#paths, auth);
    let sent = 0;
    // Not by a spread: V8 puts such objects into its old space, and an import sends millions.
    const unstored = events.map(({ id, time, text, rank, isDerived }) => ({
      id,
      time,
      text,
      rank,
      isDerived,
      file: null,
      size: Buffer.byteLength(text),
    }));
    for (const batch of makeBatches(unstored, () => this.#maxBatchBytes)) {
      if (stopped || !this.#isHeld()) break;
      stopped = await this.#send(auth, batch);
      if (!stopped) sent += batch.length;
    }
    for (const event of events.slice(sent)) this.#store(event);
    return stopped;
  }

  close() {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  async #send(auth, batch) {
    const verdict = await this.#post(auth, batch);
    if (verdict.does !== "accepted") this.#reporter.reportNext();
    const handle = this.#verdictHandlers[verdict.does];
    return handle ? handle(auth, batch, verdict) : verdict;
  }

  async #sendEach(auth, batches) {
    for (const batch of batches) {
      const stopped = await this.#send(auth, batch);
      if (stopped) return stopped;
    }
    return null;
  }

  #handleAccepted(auth, batch, { rejected, duplicates }) {
    this.#maxBatchBytes = Math.min(this.#maxBatchBytes * 2, MAX_BATCH_BYTES);
    const rejections = new Map(rejected.map((rejection) => [rejection.index, rejection]));
    for (const [index, event] of batch.entries())
      if (!rejections.has(index) && event.file) this.#finish(event, () => fs.rmSync(event.file, { force: true }));
    this.#onDelivered(batch.length - rejections.size, duplicates);
    const tooLarge = batch.filter((_, index) => rejections.get(index)?.code === "too_large");
    for (const [index, { code, detail }] of rejections)
      if (code !== "too_large") this.#quarantine(batch[index], { code, detail, status: 200 });
    const shrunk = tooLarge.map((event) => this.#shrink(event)).filter(Boolean);
    return this.#sendEach(
      auth,
      shrunk.map((event) => [event]),
    );
  }

  #handleSplit(auth, batch, { reason }) {
    if (batch.length > 1) return this.#sendEach(auth, halvesOf(batch));
    this.#quarantine(batch[0], reason);
    return null;
  }

  #handleTooLarge(auth, batch) {
    if (batch.length > 1) return this.#sendEach(auth, halvesOf(batch));
    const event = this.#shrink(batch[0]);
    return event && this.#send(auth, [event]);
  }

  /** The event at half its size, or null after it was quarantined because it can not become smaller. */
  #shrink(event) {
    const text = event.size > MIN_EVENT_BYTES ? shrink(event.text, Math.floor(event.size / 2)) : null;
    if (text === null) {
      this.#quarantine(event, { code: "too_large", detail: `${event.size} bytes`, status: 413 });
      return null;
    }
    if (event.file) writeAtomically(event.file, text, { durable: false });
    return { ...event, text, size: Buffer.byteLength(text) };
  }

  #quarantine(event, reason) {
    const file = event.file ?? this.#store(event);
    this.#finish({ ...event, file }, () => outbox.quarantine(this.#paths, file, { by: "server", ...reason }));
  }

  #store = (event) => outbox.addEvent(this.#paths, event, event.rank);

  #finish(event, removeFile) {
    try {
      removeFile();
    } catch (error) {
      if (error.code !== "ENOENT") noteStop(this.#paths, describeError(error));
      this.#doneFiles.add(event.file);
    }
  }

  async #post(auth, batch) {
    const text = `{"events":[${batch.map((event) => event.text).join(",")}]}`;
    const isLarge = Buffer.byteLength(text) > GZIP_MIN_BYTES;
    const encoding = isLarge ? { "Content-Encoding": "gzip" } : {};
    const headers = { "Content-Type": "application/json", ...encoding, ...this.#reporter.headersFor(batch.length) };
    try {
      const body = isLarge ? await gzip(text) : text;
      const options = { method: "POST", token: auth.token, headers, body };
      const connection = { agent: this.#agentFor(auth), timeout: ANSWER_TIMEOUT_MS };
      return judgeAnswer(await request(`${auth.url}/ingest`, { ...options, ...connection }), batch.length);
    } catch (error) {
      if (error.code === "ETIMEDOUT") this.#halveBatchBytes(Buffer.byteLength(text));
      return { does: "later", after: null, reason: reasonOf(error) };
    }
  }

  #halveBatchBytes(bytes) {
    this.#maxBatchBytes = Math.max(Math.floor(Math.min(this.#maxBatchBytes, bytes) / 2), 1);
  }

  /** One agent for each route to a server, which may lead through a proxy. */
  #agentFor({ url, network }) {
    const route = JSON.stringify([new URL(url).origin, network]);
    if (!this.#agents.has(route))
      this.#agents.set(route, agentFor(url, network, { keepAlive: true, timeout: ANSWER_TIMEOUT_MS }));
    return this.#agents.get(route);
  }
}

/** Follows the address of the server in a message. */
const reasonOf = (error) =>
  error.remedy
    ? `can not be reached: ${error.message}; ${error.remedy}`
    : `can not be reached (${error.code ?? error.message})`;

const halvesOf = (batch) => [batch.slice(0, batch.length >> 1), batch.slice(batch.length >> 1)];

/** The events of the outbox, oldest first, as {file, text, size}. */
function* readOutbox(paths, doneFiles) {
  for (const name of outbox.listEvents(paths)) {
    const file = path.join(paths.outbox, name);
    const text = doneFiles.has(file) ? null : readIfReadable(file);
    if (text !== null) yield { file, text, size: Buffer.byteLength(text) };
  }
}

/** Batches of events, each as large as `maxBytes()` allows when it is made. */
function* makeBatches(events, maxBytes) {
  let batch = [];
  let bytes = 0;
  for (const event of events) {
    if (batch.length === MAX_BATCH_EVENTS || (batch.length && bytes + event.size > maxBytes())) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(event);
    bytes += event.size;
  }
  if (batch.length) yield batch;
}

/** An unreadable file must not block the others; `doctor` reports it. */
function readIfReadable(file) {
  try {
    return readIfExists(file);
  } catch {
    return null;
  }
}

module.exports = { BatchSender };
