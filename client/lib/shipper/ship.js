"use strict";
const fs = require("node:fs");
const { readAuth } = require("../auth.js");
const { makePrivateFolder } = require("../files.js");
const { isNewer, fetchServedClient } = require("../served-client.js");
const { describeError, UserError } = require("../user-error.js");
const { BatchSender } = require("./batch-sender.js");
const { takeLease } = require("./lease.js");
const { enforceLimits } = require("./limits.js");
const { updateState, noteDelivery, noteStop, readState } = require("./state.js");
const { sweep, hasCompleteFile, isMachineError } = require("./sweep.js");
const manifest = require("../../package.json");

const POLL_INTERVAL_MS = 200;
// Tool calls come in bursts: events within this time are sent together, which saves processor time.
const GATHER_PAUSE_MS = 100;
const LIMITS_INTERVAL_MS = 60_000;
const DAY_MS = 86_400_000;
const VERSION_TIMEOUT_MS = 5_000;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 300_000;
const REFUSED_PAUSE_MS = 300_000;
const UNSURE_PAUSE_MS = 60_000;
const DEAD_PAUSE_MS = 60_000;
const SWEEP_PAUSE_MS = 2_000;
// If the server is gone for good, the next hook tries again; a process need not wait forever.
const RETRY_TIMEOUT_MS = 6 * 3_600_000;

/** Delivers until no event came for `linger` ms; returns at once if another shipper is running. */
async function ship(paths, { linger }) {
  do {
    const lease = takeLease(paths.lease);
    fs.rmSync(paths.starting, { force: true });
    if (!lease) return;
    await new ShipperRun(paths, lease, linger).run();
    // A hook that saw the lease before its removal started no shipper: this last check finds its file.
  } while (readAuth(paths) && !fs.existsSync(paths.lease) && hasCompleteFile(paths));
}

class ShipperRun {
  #news = Date.now();
  #nextTry = 0;
  #nextSweep = 0;
  #failures = 0;
  #nextBounds = 0;
  #isUnsure = false;
  #hasAsked = false;

  constructor(paths, lease, linger) {
    Object.assign(this, { paths, lease, linger });
    this.sender = new BatchSender(paths, { isHeld: lease.isHeld, onDelivered: (count) => this.#delivered(count) });
  }

  async run() {
    makePrivateFolder(this.paths.spool);
    const watch = watchFolder(this.paths.spool);
    try {
      while (this.lease.isHeld() && readAuth(this.paths)) {
        this.#collect();
        if (this.#isUnsure) return this.lease.park(UNSURE_PAUSE_MS);
        const stopped = Date.now() >= this.#nextTry ? await this.#deliver() : null;
        if (stopped?.does === "refused") return this.lease.park(REFUSED_PAUSE_MS);
        if (this.#isOver()) return;
        await watch.change();
      }
    } catch (error) {
      // Hooks would start the next shipper at once, and it would fail the same way.
      this.lease.park(DEAD_PAUSE_MS);
      throw error;
    } finally {
      watch.close();
      this.sender.close();
      this.lease.drop();
    }
  }

  #isOver() {
    return Date.now() - this.#news > (this.#failures ? RETRY_TIMEOUT_MS : this.linger);
  }

  #collect() {
    try {
      if (Date.now() >= this.#nextSweep && sweep(this.paths, { renew: this.lease.renew }) > 0) this.#news = Date.now();
    } catch (error) {
      if (error instanceof UserError) this.#holdBack(error);
      else this.#sweepLater(error);
    }
  }

  /** A full disk, a folder of another user: the spool waits, and delivering the outbox may free space. */
  #sweepLater(error) {
    this.#nextSweep = Date.now() + SWEEP_PAUSE_MS;
    if (!isMachineError(error)) noteStop(this.paths, describeError(error));
  }

  /** The user's exclusions can not be read: until they can, nothing is sent. */
  #holdBack({ message }) {
    this.#isUnsure = true;
    noteStop(this.paths, message, { unsure: true });
  }

  async #deliver() {
    const auth = readAuth(this.paths);
    const stopped = auth && (await this.sender.sendAll(auth));
    if (!stopped) {
      this.#failures = 0;
      if (auth) await this.#lookForNews(auth);
      return null;
    }
    this.#failures += 1;
    this.#nextTry = Date.now() + (stopped.after ?? retryPause(this.#failures));
    if (stopped.does === "refused")
      noteStop(this.paths, `the server refused the token (${stopped.status})`, { refused: true });
    else noteStop(this.paths, stopped.reason.startsWith(auth.url) ? stopped.reason : `${auth.url} ${stopped.reason}`);
    this.#bound();
    return stopped;
  }

  /** Checks once a day which client the server serves. A failure has no other effect. */
  async #lookForNews(auth) {
    if (this.#hasAsked) return;
    this.#hasAsked = true;
    if (Math.abs(Date.now() - Date.parse(readState(this.paths).asked ?? 0)) < DAY_MS) return;
    const offered = await fetchServedClient(auth, { timeout: VERSION_TIMEOUT_MS }).catch(() => null);
    const newer = offered && isNewer(offered, this.paths) ? { version: offered.version, than: manifest.version } : null;
    updateState(this.paths, { asked: new Date().toISOString(), newer });
  }

  /** Drops only undeliverable events, however old they are or claim to be: a clock may have been wrong. */
  #bound() {
    if (Date.now() < this.#nextBounds) return;
    this.#nextBounds = Date.now() + LIMITS_INTERVAL_MS;
    try {
      enforceLimits(this.paths);
    } catch (error) {
      // On a full disk there is no space for the report, so nothing is dropped.
      if (!isMachineError(error)) throw error;
    }
  }

  #delivered(count) {
    if (count === 0) return;
    this.#news = Date.now();
    noteDelivery(this.paths);
  }
}

/** Exponential with full jitter, so that machines that failed together do not retry together. */
const retryPause = (failures) => Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), MAX_PAUSE_MS);

/** `change()` resolves when the folder changes, or after a poll interval: some file systems report no changes. */
function watchFolder(folder) {
  let changed = false;
  let wake = () => {};
  let watch = null;
  try {
    watch = fs
      .watch(folder, () => {
        changed = true;
        wake();
      })
      .on("error", () => {});
  } catch {
    // The system's limit of watches is reached; polling is enough.
  }
  return {
    async change() {
      if (!changed)
        await new Promise((resolve) => {
          const timer = setTimeout(resolve, POLL_INTERVAL_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      await new Promise((resolve) => setTimeout(resolve, GATHER_PAUSE_MS));
      changed = false;
    },
    close: () => watch?.close(),
  };
}

module.exports = { ship };
