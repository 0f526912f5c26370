"use strict";
const fs = require("node:fs");
const { readAuth } = require("../auth.js");
const { keepWithinBounds } = require("./bounds.js");
const { courier } = require("./deliver.js");
const { takeLease } = require("./lease.js");
const { noteDelivery, noteStop } = require("./state.js");
const { sweep, hasWhole, isMachineTrouble } = require("./sweep.js");
const { Trouble } = require("../trouble.js");

const GLANCE_MS = 200;
// Tool calls come in bursts: what comes within this time goes together, and takes less of the processor from the session.
const GATHERS_MS = 100;
const BOUNDS_EVERY_MS = 60_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;
const REFUSED_PAUSE_MS = 300_000;
const UNSURE_PAUSE_MS = 60_000;
// With a server gone for good the next hook tries again; a process need not wait for it forever.
const PATIENCE_MS = 6 * 3_600_000;

/** Delivers until nothing came for `linger` ms; returns at once where another shipper lives. */
async function ship(place, { linger }) {
  do {
    const lease = takeLease(place.lease);
    fs.rmSync(place.starting, { force: true });
    if (!lease) return;
    await new Round(place, lease, linger).run();
    // A hook that saw the lease before it was dropped has started nobody: its file is seen by this last look.
  } while (readAuth(place) && !fs.existsSync(place.lease) && hasWhole(place));
}

class Round {
  #news = Date.now();
  #nextTry = 0;
  #failures = 0;
  #nextBounds = 0;
  #isUnsure = false;

  constructor(place, lease, linger) {
    Object.assign(this, { place, lease, linger });
    this.courier = courier(place, { isHeld: lease.isHeld, onDelivered: (count) => this.#delivered(count) });
  }

  async run() {
    const watch = watcher(this.place.spool);
    try {
      while (this.lease.isHeld() && readAuth(this.place)) {
        this.#collect();
        if (this.#isUnsure) return this.lease.park(UNSURE_PAUSE_MS);
        const stopped = Date.now() >= this.#nextTry ? await this.#deliver() : null;
        if (stopped?.does === "refused") return this.lease.park(REFUSED_PAUSE_MS);
        if (this.#isOver()) return;
        await watch.change();
      }
    } finally {
      watch.close();
      this.courier.close();
      this.lease.drop();
    }
  }

  #isOver() {
    return Date.now() - this.#news > (this.#failures ? PATIENCE_MS : this.linger);
  }

  #collect() {
    try {
      if (sweep(this.place) > 0) this.#news = Date.now();
    } catch (error) {
      if (error instanceof Trouble) this.#holdBack(error);
      // A full disk: the spool waits, and delivering what the outbox holds makes room.
      else if (!isMachineTrouble(error)) throw error;
    }
  }

  /** What the user wants kept here can not be read: until it can, all is. */
  #holdBack({ message }) {
    this.#isUnsure = true;
    noteStop(this.place, message, { unsure: true });
  }

  async #deliver() {
    const auth = readAuth(this.place);
    const stopped = auth && (await this.courier.drain(auth));
    if (!stopped) {
      this.#failures = 0;
      return null;
    }
    this.#failures += 1;
    this.#nextTry = Date.now() + (stopped.after ?? pause(this.#failures));
    if (stopped.does === "refused") noteStop(this.place, `the server refused the token (${stopped.status})`, { refused: true });
    else noteStop(this.place, `${auth.url} ${stopped.reason}`);
    this.#bound();
    return stopped;
  }

  /** Only what can not be delivered is dropped, however old it is or says it is: a clock may have been wrong. */
  #bound() {
    if (Date.now() < this.#nextBounds) return;
    this.#nextBounds = Date.now() + BOUNDS_EVERY_MS;
    try {
      keepWithinBounds(this.place);
    } catch (error) {
      // On a full disk there is no room for the word about it, so nothing is dropped.
      if (!isMachineTrouble(error)) throw error;
    }
  }

  #delivered(count) {
    if (count === 0) return;
    this.#news = Date.now();
    noteDelivery(this.place);
  }
}

/** Exponential with full jitter, so that machines that failed together do not come back together. */
const pause = (failures) => Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);

/** `change()` resolves when the folder changes, or after a glance: not every file system tells. */
function watcher(folder) {
  let changed = false;
  let wake = () => {};
  let watch = null;
  try {
    watch = fs.watch(folder, () => { changed = true; wake(); }).on("error", () => {});
  } catch {
    // The limit of the system's watches is reached; the glances do.
  }
  return {
    async change() {
      if (!changed) await new Promise((resolve) => {
        const timer = setTimeout(resolve, GLANCE_MS);
        wake = () => { clearTimeout(timer); resolve(); };
      });
      await new Promise((resolve) => setTimeout(resolve, GATHERS_MS));
      changed = false;
    },
    close: () => watch?.close(),
  };
}

module.exports = { ship };
