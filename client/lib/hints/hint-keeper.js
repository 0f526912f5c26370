"use strict";
const path = require("node:path");
const { readAuth } = require("../account/auth.js");
const { isHeadless } = require("../context/headless.js");
const { mainOf, repoOf } = require("../git/repo.js");
const { objectOf, request } = require("../network/request.js");
const { readConfig } = require("../privacy/config.js");
const { makePrivacyGate } = require("../privacy/gate.js");
const { pauses } = require("../privacy/pause.js");
const { removeOldSessions } = require("./given-lines.js");
const { dropCache, dropFolder, writeCache } = require("./hint-cache.js");

const NEVER_LOOKED = -1;
const LOOK_INTERVAL_MS = 2_000;
// So a line that was deleted or forgotten on the server is gone here, too.
const FETCH_INTERVAL_MS = 60_000;
const FETCH_TIMEOUT_MS = 10_000;
// Lines about a folder without events for this long are not fetched again.
const IDLE_LIMIT_MS = 30 * 60_000;

/**
 * Keeps lines about the folders of running sessions at hand, for the hook of prompts, if the user switched hints on.
 * The lines end with the shipper: nothing else would remove outdated ones.
 */
class HintKeeper {
  #paths;
  #folders = new Map();
  #nextLook = NEVER_LOOKED;
  #isFetching = false;
  #wasOn = true;

  constructor(paths) {
    this.#paths = paths;
  }

  /** Notes the folder of an event that may leave this machine. */
  noteEvent({ hook, root, entrypoint, isDerived = false, payload: { value } }) {
    const { session_id: session, cwd } = value ?? {};
    if (isDerived || !isPlainPath(root ?? "") || typeof session !== "string") return;
    if (isHeadless({ entrypoint, folders: [root, String(cwd ?? "")] }) && !this.#isForAll()) return;
    if (!this.#folders.has(root)) this.#nextLook = Math.min(this.#nextLook, 0);
    const folder = this.#folders.get(root) ?? { sessions: new Set(), fetchedAt: 0, activeAt: 0, hasLines: false };
    if (hook === "session_end") folder.sessions.delete(session);
    else folder.sessions.add(session);
    this.#folders.set(root, Object.assign(folder, { activeAt: Date.now() }));
  }

  /** Whether the shipper must stay, since lines are at hand or being fetched for a session that continues. */
  isNeeded() {
    return this.#wasOn && (this.#isFetching || [...this.#folders.values()].some(({ hasLines }) => hasLines));
  }

  /** Removes outdated lines, and fetches those that are due, without waiting for them. */
  look() {
    if (Date.now() < this.#nextLook) return;
    // An earlier shipper may have been killed.
    if (this.#nextLook === NEVER_LOOKED) dropCache(this.#paths);
    this.#nextLook = Date.now() + LOOK_INTERVAL_MS;
    this.#wasOn = this.#isOn();
    if (!this.#wasOn) return this.#dropAll();
    for (const [root, folder] of this.#folders) if (!this.#mayKeep(root, folder)) this.#forget(root);
    const due = [...this.#folders].find(([, { fetchedAt }]) => Date.now() - fetchedAt >= FETCH_INTERVAL_MS);
    if (due && !this.#isFetching) this.#fetch(...due);
  }

  close() {
    this.#folders.clear();
    dropCache(this.#paths);
    removeOldSessions(this.#paths);
  }

  #isOn() {
    const isPausedEverywhere = pauses(this.#paths).some(({ project }) => project === null);
    return readConfig(this.#paths).hints === true && !isPausedEverywhere;
  }

  /** Once hints are on again, they are fetched at once. */
  #dropAll() {
    for (const folder of this.#folders.values()) Object.assign(folder, { fetchedAt: 0, hasLines: false });
    dropCache(this.#paths);
  }

  #isForAll() {
    return readConfig(this.#paths).context === "all";
  }

  #mayKeep(root, { sessions, activeAt }) {
    return sessions.size > 0 && Date.now() - activeAt < IDLE_LIMIT_MS && !this.#isHeldBack(root);
  }

  #isHeldBack(root) {
    const time = BigInt(Date.now()) * 1_000_000n;
    const draft = { hook: "hints", root, time, payload: { value: { cwd: root } } };
    return makePrivacyGate(this.#paths).isHeldBack(draft, { repoOf, mainOf });
  }

  #forget(root) {
    this.#folders.delete(root);
    dropFolder(this.#paths, root);
  }

  async #fetch(root, folder) {
    this.#isFetching = true;
    folder.fetchedAt = Date.now();
    try {
      const auth = readAuth(this.#paths);
      if (auth) this.#keep(root, auth, await fetchLines(auth, root));
    } catch {
      // The lines at hand may be used until they are too old.
    } finally {
      this.#isFetching = false;
    }
  }

  /** Checks again: a pause, another account or the end of the session may have come meanwhile. */
  #keep(root, { url, token }, lines) {
    const auth = readAuth(this.#paths);
    const isSameAccount = auth?.url === url && auth.token === token;
    if (!isSameAccount || !this.#folders.has(root) || !this.#isOn() || this.#isHeldBack(root)) return;
    this.#folders.get(root).hasLines = lines.hints.length > 0;
    if (lines.hints.length > 0) writeCache(this.#paths, root, lines);
    else dropFolder(this.#paths, root);
  }
}

/** The lines about a folder are kept under its own path, which must not lead elsewhere. */
const isPlainPath = (folder) => path.isAbsolute(folder) && !folder.split(/[\\/]/).includes("..");

/** {header, hints} of a folder. A server without hints has none; rejects if it does not answer. */
async function fetchLines({ url, token, network }, root) {
  const query = new URLSearchParams({ project: root, root });
  const repo = repoOf(root);
  if (repo) query.set("repo", repo);
  const headers = { Accept: "application/json" };
  const answer = await request(`${url}/api/hints?${query}`, { token, network, headers, timeout: FETCH_TIMEOUT_MS });
  const body = answer.status === 200 ? objectOf(answer) : null;
  if (body) return { header: String(body.header ?? ""), hints: Array.isArray(body.hints) ? body.hints : [] };
  if (answer.status >= 500 || answer.status === 429) throw new Error("the server has no time");
  return { header: "", hints: [] };
}

module.exports = { HintKeeper };
