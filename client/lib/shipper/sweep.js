"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { makePrivateFolder, readIfExists, writeAtomically } = require("../files.js");
const { KnownRepos } = require("../git/known-repos.js");
const { rank } = require("../hooks.js");
const { makePrivacyGate } = require("../privacy/gate.js");
const { describeError } = require("../user-error.js");
const { makeDraft, makeEnvelope } = require("./events/envelope.js");
const { noteHost } = require("./sessions/host-processes.js");
const { openFiringLog } = require("./spool/firings.js");
const { branchOf } = require("../git/repo.js");
const { isMachineError } = require("./machine-errors.js");
const { detectOtherHost } = require("./other-hosts.js");
const outbox = require("./outbox/outbox.js");
const { mapLateFiles } = require("./outbox/owner.js");
const { noteSession } = require("./sessions/quiet-sessions.js");
const { readSeenSessions } = require("./sessions/seen-sessions.js");
const { noteTranscripts, spoolUsageEvents } = require("./sessions/usage-events.js");
const { sortByHook } = require("./spool/hook-order.js");
const { InvalidEventError } = require("./spool/invalid-event.js");
const { listSpool, isComplete, readSpoolFile, fileStateOf } = require("./spool/spool.js");
const { noteOtherHost, noteStuckFiles } = require("./state.js");

const DAY_NS = 86_400_000_000_000n;
const MAX_BATCH_FILES = 500;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;
const RETRY_PAUSE_MS = 60_000;
// `doctor` writes a spool file of this hook to test the hooks, and removes it again.
const PROBE = "doctor";

// Files that stay in the spool for reasons outside the file: {name: {time, until, reason}}.
const stuckFiles = new Map();

/**
 * Turns complete spool files into envelopes in the outbox, except those that must stay here; returns how many files it
 * processed. `renew` is called repeatedly, and `onAdded` with each draft that is added. A file that fails is skipped,
 * and the others continue.
 */
function sweep(paths, { renew = () => {}, onAdded = () => {} } = {}) {
  for (const folder of [paths.spool, paths.outbox]) makePrivateFolder(folder);
  const entries = listSpool(paths.spool).filter(
    (entry) => isDue(entry) && (isComplete(entry) || removeIfAbandoned(entry)),
  );
  const known = new Set(entries.length ? outbox.listEvents(paths).map(outbox.idOf) : []);
  const privacy = entries.length ? makePrivacyGate(paths) : null;
  const before = stuckFiles.size;
  const left = [...makeBatches(entries)]
    .map((batch) => sweepBatch(paths, batch, { known, privacy, renew, onAdded }))
    .reduce((sum, count) => sum + count, 0);
  if (left || before || entries.length) reportStuck(paths);
  // The next sweep processes what this adds to the spool.
  spoolUsageEvents(paths);
  return entries.length - left;
}

const hasCompleteFile = (paths) => listSpool(paths.spool).some((entry) => isDue(entry) && isComplete(entry));

function isDue({ name, time }) {
  const known = stuckFiles.get(name);
  if (!known || known.time !== time || Date.now() > known.until) stuckFiles.delete(name);
  return !stuckFiles.has(name);
}

function reportStuck(paths) {
  for (const name of stuckFiles.keys()) if (!fs.existsSync(path.join(paths.spool, name))) stuckFiles.delete(name);
  const reasons = [...stuckFiles.values()].map(({ reason }) => reason).filter((draft) => draft !== null);
  noteStuckFiles(paths, reasons.length, reasons.at(-1));
}

/** Only an incomplete file is removed after a day: an unreadable one may be complete. */
function removeIfAbandoned(entry) {
  if (BigInt(Date.now()) * 1_000_000n - entry.time > DAY_NS && fileStateOf(entry) === "half")
    fs.rmSync(entry.path, { force: true });
  return false;
}

function* makeBatches(entries) {
  for (let from = 0, to; from < entries.length; from = to) {
    let bytes = entries[from].size;
    for (
      to = from + 1;
      to < entries.length && to - from < MAX_BATCH_FILES && bytes + entries[to].size <= MAX_BATCH_BYTES;
      to += 1
    )
      bytes += entries[to].size;
    yield entries.slice(from, to);
  }
}

/** Returns how many of the entries stayed. */
function sweepBatch(paths, entries, { known, privacy, renew, onAdded }) {
  const knownRepos = new KnownRepos(paths);
  const repository = { repoOf: knownRepos.repoOf, mainOf: knownRepos.mainOf, branchOf: memoize(branchOf) };
  const machine = readMachineId(paths);
  const seenSessions = readSeenSessions(paths);
  const firingLog = openFiringLog(paths);
  const pathsForFile = mapLateFiles(paths);
  const work = { paths, stuckCount: 0, renew };
  const drafts = entries
    .map((entry) => keepOnError(work, entry, () => makeDraft(entry, readSpoolFile(entry, renew), machine)))
    .filter(Boolean);
  for (const draft of sortByHook(drafts))
    keepOnError(work, draft.entry, () => {
      if (draft.hook === PROBE) return keepProbe(draft.entry);
      const owner = pathsForFile(draft.entry);
      const firing = firingLog.firing(draft);
      draft.id = firing?.id ?? draft.id;
      // The event is queued already if an earlier shipper died before it deleted the spool file.
      if (!firing?.isCopy && !known.has(draft.id) && !privacy.isHeldBack(draft, repository)) {
        outbox.addEvent(owner ?? paths, { ...draft, text: makeEnvelope(draft, repository) }, rank(draft.hook));
        if (!owner) onAdded(draft);
      }
      const host = draft.isDerived ? null : detectOtherHost(draft.payload.value);
      if (host) noteOtherHost(paths, host);
      if (!draft.isDerived && !owner && !host) {
        seenSessions.note(draft.payload.value?.session_id, draft.time, draft.hook, draft.payload.value);
        noteTranscripts(paths, draft.hook, draft.payload.value);
        noteSession(paths, draft);
        noteHost(paths, draft);
      }
      knownRepos.save();
      return fs.rmSync(draft.entry.path, { force: true });
    });
  return work.stuckCount;
}

/** The `doctor` that wrote it removes it; if that process died, it is removed after a while. */
function keepProbe({ name, path: file, time }) {
  if (Date.now() - Number(time / 1_000_000n) > RETRY_PAUSE_MS) fs.rmSync(file, { force: true });
  else stuckFiles.set(name, { time, until: Date.now() + RETRY_PAUSE_MS, reason: null });
}

/** Caches results, so that each folder is read once. */
function memoize(compute) {
  const results = new Map();
  return (folder) => {
    if (!results.has(folder)) results.set(folder, compute(folder));
    return results.get(folder);
  };
}

/**
 * One file must not block the others. An invalid event is quarantined; for any other error the file stays, since a
 * later version or a later try may succeed.
 */
function keepOnError(work, entry, action) {
  work.renew();
  try {
    return action();
  } catch (error) {
    if (isMachineError(error)) throw error;
    if (fs.existsSync(entry.path) && !quarantineIfInvalid(work.paths, entry, error)) {
      stuckFiles.set(entry.name, {
        time: entry.time,
        until: Date.now() + RETRY_PAUSE_MS,
        reason: describeError(error),
      });
      work.stuckCount += 1;
    }
    return null;
  }
}

function quarantineIfInvalid(paths, entry, error) {
  if (!(error instanceof InvalidEventError)) return false;
  try {
    outbox.quarantineRaw(paths, entry.path, { code: "unreadable", detail: error.message, by: "memfog" });
    return true;
  } catch (problem) {
    if (isMachineError(problem)) throw problem;
    return false;
  }
}

function readMachineId(paths) {
  const known = readIfReadable(paths.machine);
  if (known) return known;
  const fresh = crypto.randomUUID();
  writeAtomically(paths.machine, fresh);
  return fresh;
}

/** A hook of root may have left a file of root: it is created again. */
function readIfReadable(file) {
  try {
    return readIfExists(file);
  } catch {
    return null;
  }
}

module.exports = { sweep, hasCompleteFile, isMachineError };
