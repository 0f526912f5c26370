"use strict";
const fs = require("node:fs");
const { readAuth } = require("../account/auth.js");
const { makePrivateFolder } = require("../files.js");
const { HintKeeper } = require("../hints/hint-keeper.js");
const { isNewer, fetchServedClient } = require("../install/served-client.js");
const { describeError, UserError } = require("../user-error.js");
const { BatchSender } = require("./delivery/batch-sender.js");
const { takeLease } = require("./lease.js");
const { enforceLimits } = require("./outbox/outbox-limits.js");
const { checkHosts } = require("./sessions/host-processes.js");
const { isMachineError } = require("./machine-errors.js");
const { checkQuietSessions } = require("./sessions/quiet-sessions.js");
const { updateState, noteDelivery, noteStop, readState } = require("./state.js");
const { sweep, hasCompleteFile } = require("./sweep.js");
const manifest = require("../../package.json");

const POLL_INTERVAL_MS = 200;
const LOOK_INTERVAL_MS = 2_000;
// The hooks that a host started last may end after it, and a session may continue in another process.
const HOST_GRACE_MS = 5_000;
// While a session is at work, a shipper lingers longer, so that it sees an interrupt.
const LINGERS_AT_WORK = 3;
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
  #lastEventAt = Date.now();
  #nextTry = 0;
  #nextSweep = 0;
  #failures = 0;
  #nextLimitCheck = 0;
  #nextLook = 0;
  #openSessions = 0;
  #endingSessions = 0;
  #isPrivacyUnknown = false;
  #hasCheckedVersion = false;

  constructor(paths, lease, linger) {
    Object.assign(this, { paths, lease, linger });
    this.hints = new HintKeeper(paths);
    this.sender = new BatchSender(paths, { isHeld: lease.isHeld, onDelivered: (count) => this.#noteDelivered(count) });
  }

  async run() {
    makePrivateFolder(this.paths.spool);
    const watcher = watchFolder(this.paths.spool);
    try {
      while (this.lease.isHeld() && readAuth(this.paths)) {
        this.#sweepSpool();
        this.#lookAtQuietSessions();
        this.#keepHints();
        if (this.#isPrivacyUnknown) return this.lease.park(UNSURE_PAUSE_MS);
        const stopped = Date.now() >= this.#nextTry ? await this.#sendEvents() : null;
        if (stopped?.does === "refused") return this.lease.park(REFUSED_PAUSE_MS);
        if (this.#isFinished()) return;
        await watcher.change();
      }
    } catch (error) {
      // Hooks would start the next shipper at once, and it would fail the same way.
      this.lease.park(DEAD_PAUSE_MS);
      throw error;
    } finally {
      watcher.close();
      this.sender.close();
      this.hints.close();
      this.lease.drop();
    }
  }

  #isFinished() {
    if (this.hints.isNeeded() || this.#endingSessions) return false;
    const linger = this.#openSessions ? LINGERS_AT_WORK * this.linger : this.linger;
    return Date.now() - this.#lastEventAt > (this.#failures ? RETRY_TIMEOUT_MS : linger);
  }

  /**
   * A session at work that is quiet for as long as a shipper lingers may have been interrupted. Files that wait in the
   * spool may show that a session continues.
   */
  #lookAtQuietSessions() {
    if (Date.now() < this.#nextLook) return;
    this.#nextLook = Date.now() + Math.min(LOOK_INTERVAL_MS, this.linger);
    try {
      this.#openSessions = checkQuietSessions(this.paths, this.linger);
      const isSwept = Date.now() >= this.#nextSweep;
      this.#endingSessions = isSwept ? checkHosts(this.paths, Math.min(HOST_GRACE_MS, this.linger)) : 0;
    } catch (error) {
      if (!isMachineError(error)) throw error;
    }
  }

  #sweepSpool() {
    try {
      if (Date.now() >= this.#nextSweep && this.#sweep() > 0) this.#lastEventAt = Date.now();
    } catch (error) {
      if (error instanceof UserError) this.#pauseForPrivacy(error);
      else this.#postponeSweep(error);
    }
  }

  #sweep() {
    return sweep(this.paths, { renew: this.lease.renew, onAdded: (draft) => this.hints.noteEvent(draft) });
  }

  #keepHints() {
    try {
      this.hints.look();
    } catch (error) {
      // The sweep reports settings that can not be read.
      if (!(error instanceof UserError) && !isMachineError(error)) throw error;
    }
  }

  /** A full disk, a folder of another user: the spool waits, and delivering the outbox may free space. */
  #postponeSweep(error) {
    this.#nextSweep = Date.now() + SWEEP_PAUSE_MS;
    if (!isMachineError(error)) noteStop(this.paths, describeError(error));
  }

  /** The user's exclusions can not be read: until they can, nothing is sent. */
  #pauseForPrivacy({ message }) {
    this.#isPrivacyUnknown = true;
    noteStop(this.paths, message, { unsure: true });
  }

  async #sendEvents() {
    const auth = readAuth(this.paths);
    const stopped = auth && (await this.sender.sendAll(auth));
    if (!stopped) {
      this.#failures = 0;
      if (auth) await this.#checkServedVersion(auth);
      return null;
    }
    this.#failures += 1;
    this.#nextTry = Date.now() + (stopped.after ?? retryPause(this.#failures));
    if (stopped.does === "refused")
      noteStop(this.paths, `the server refused the token (${stopped.status})`, { refused: true });
    else noteStop(this.paths, stopped.reason.startsWith(auth.url) ? stopped.reason : `${auth.url} ${stopped.reason}`);
    this.#enforceLimitsIfDue();
    return stopped;
  }

  /** Checks once a day which client the server serves. A failure has no other effect. */
  async #checkServedVersion(auth) {
    if (this.#hasCheckedVersion) return;
    this.#hasCheckedVersion = true;
    if (Math.abs(Date.now() - Date.parse(readState(this.paths).asked ?? 0)) < DAY_MS) return;
    const client = await fetchServedClient(auth, { timeout: VERSION_TIMEOUT_MS }).catch(() => null);
    const newer = client && isNewer(client, this.paths) ? { version: client.version, than: manifest.version } : null;
    updateState(this.paths, { asked: new Date().toISOString(), newer });
  }

  /** Drops only undeliverable events, however old they are or claim to be: a clock may have been wrong. */
  #enforceLimitsIfDue() {
    if (Date.now() < this.#nextLimitCheck) return;
    this.#nextLimitCheck = Date.now() + LIMITS_INTERVAL_MS;
    try {
      enforceLimits(this.paths);
    } catch (error) {
      // On a full disk there is no space for the report, so nothing is dropped.
      if (!isMachineError(error)) throw error;
    }
  }

  #noteDelivered(count) {
    if (count === 0) return;
    this.#lastEventAt = Date.now();
    noteDelivery(this.paths);
  }
}

/** Exponential with full jitter, so that machines that failed together do not retry together. */
const retryPause = (failures) => Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), MAX_PAUSE_MS);

/** `change()` resolves when the folder changes, or after a poll interval: some file systems report no changes. */
function watchFolder(folder) {
  let changed = false;
  let wake = () => {};
  let watcher = null;
  try {
    watcher = fs
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
    close: () => watcher?.close(),
  };
}

module.exports = { ship };
