"use strict";

const MAX_EVENTS = 500;
const MAX_BYTES = 8 * 1024 * 1024;
// Between two looks at the connection while transcripts are read.
const TURN_MS = 20;

/**
 * Events of transcripts on their way to the server. They go in batches over many files, since most transcripts are
 * small; a file counts as imported once all of its events were delivered. While one batch is on its way, the next is
 * collected and made ready. Nothing else is ahead of the server: a batch has at most 8 MB, or one event.
 */
class ImportQueue {
  #make;
  #deliver;
  #fresh;
  #batch = new Batch();
  #sent = null;
  #arrival = Promise.resolve();
  #lastTurn = 0;

  /**
   * `make(events)` makes events ready to send, `deliver(made)` resolves when the server has them, and `fresh()` counts
   * those that were new to it.
   */
  constructor({ make, deliver, fresh }) {
    this.#make = make;
    this.#deliver = deliver;
    this.#fresh = fresh;
  }

  async add(event, totals) {
    if (!this.#batch.takes(event, totals)) await this.#startDelivery();
    this.#batch.add(event, totals);
    await this.giveTurn();
  }

  /** Calls `done` once all events so far were delivered. */
  finish(done) {
    const last = this.#batch.events.length ? this.#batch : this.#sent;
    if (last) last.finished.push(done);
    else done();
  }

  async flush() {
    await this.#startDelivery();
    await this.settle();
  }

  /** Resolves when no batch is on its way; throws the error that stopped it. */
  settle() {
    return this.#arrival;
  }

  /** Resolves when no batch is on its way, even after an error. */
  async end() {
    await this.#arrival.catch(() => {});
  }

  async #startDelivery() {
    const batch = this.#batch;
    if (batch.events.length === 0) return;
    this.#batch = new Batch();
    const made = this.#make(batch.events.splice(0));
    await this.settle();
    this.#sent = batch;
    this.#arrival = this.#send(batch, made);
    // The next call that waits for it throws its error.
    this.#arrival.catch(() => {});
  }

  async #send({ totals, finished }, made) {
    const before = this.#fresh();
    await this.#deliver(made);
    totals.fresh += this.#fresh() - before;
    this.#sent = null;
    for (const done of finished) done();
  }

  /** Reading makes no pause by itself, and what arrives would wait. */
  async giveTurn() {
    const now = performance.now();
    if (now - this.#lastTurn < TURN_MS) return;
    this.#lastTurn = now;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Events of one config root, with what is to be done once they were delivered. */
class Batch {
  events = [];
  finished = [];
  totals = null;
  #ids = new Set();
  #bytes = 0;

  takes({ payload }, totals) {
    if (this.events.length === 0) return true;
    const isFull = this.events.length >= MAX_EVENTS || this.#bytes + payload.length > MAX_BYTES;
    return totals === this.totals && !isFull;
  }

  /** Of two events with one id the first counts. */
  add(event, totals) {
    if (this.#ids.has(event.id)) return;
    this.totals = totals;
    this.#ids.add(event.id);
    this.#bytes += event.payload.length;
    this.events.push(event);
  }
}

module.exports = { ImportQueue };
