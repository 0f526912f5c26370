"use strict";

const MAX_EVENTS = 500;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Events of transcripts on their way to the server. They go in batches over many files, since most transcripts are
 * small; a file counts as imported once all of its events were delivered. A batch belongs to one root.
 */
class ImportQueue {
  #deliver;
  #fresh;
  #events = [];
  #ids = new Set();
  #bytes = 0;
  #totals = null;
  #finished = [];

  /** `deliver(events)` resolves when the server has them; `fresh()` counts those that were new to it. */
  constructor(deliver, fresh) {
    this.#deliver = deliver;
    this.#fresh = fresh;
  }

  async add(event, totals) {
    if (totals !== this.#totals) await this.flush();
    this.#totals = totals;
    // Of two events with one id the first counts.
    if (this.#ids.has(event.id)) return;
    this.#ids.add(event.id);
    this.#events.push(event);
    this.#bytes += event.payload.length;
    if (this.#events.length >= MAX_EVENTS || this.#bytes > MAX_BYTES) await this.flush();
  }

  /** Calls `done` once all events so far were delivered. */
  finish(done) {
    if (this.#events.length) this.#finished.push(done);
    else done();
  }

  async flush() {
    if (this.#events.length === 0) return;
    const before = this.#fresh();
    await this.#deliver(this.#events);
    this.#totals.fresh += this.#fresh() - before;
    for (const done of this.#finished) done();
    [this.#events, this.#bytes, this.#finished] = [[], 0, []];
    this.#ids.clear();
  }
}

module.exports = { ImportQueue };
