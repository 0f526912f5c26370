"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { privateFolder, readIfThere, writeAtomically } = require("../files.js");
const { rank } = require("../hooks.js");
const { gate } = require("../privacy/gate.js");
const { describeError } = require("../user-error.js");
const { draft, envelope } = require("./envelope.js");
const { firings } = require("./firings.js");
const { otherHost } = require("./other-hosts.js");
const outbox = require("./outbox.js");
const { lateFiles } = require("./owner.js");
const { branchOf, repoOf } = require("./repo.js");
const { readSeenSessions } = require("./seen-sessions.js");
const { listSpool, isWhole, readSpooled, stateOf } = require("./spool.js");
const { noteStranger, noteStuck } = require("./state.js");
const { Unfit } = require("./unfit.js");
const { noteTurn, spoolUsage } = require("./usage-events.js");

const DAY_NS = 86_400_000_000_000n;
const FILES_AT_ONCE = 500;
const BYTES_AT_ONCE = 8 * 1024 * 1024;
const NEXT_TRY_MS = 60_000;
// What `doctor` puts into the spool to see whether hooks can; it takes that away again.
const PROBE = "doctor";
// The machine's trouble, not the file's: what waits in the spool stays there.
const MACHINE_ERRORS = new Set(["ENOSPC", "EDQUOT", "EROFS", "EIO", "EMFILE", "ENFILE"]);

// The files that stay where they are since something is wrong that is not theirs: {name: {time, until, reason}}.
const stuck = new Map();

/**
 * Turns whole spool files into envelopes in the outbox, but for what is to stay here; returns how many it was done
 * with. `renew` is called again and again. A file that can not be done is passed over: the others go on.
 */
function sweep(place, { renew = () => {} } = {}) {
  for (const folder of [place.spool, place.outbox]) privateFolder(folder);
  const entries = listSpool(place.spool).filter((entry) => isDue(entry) && (isWhole(entry) || removeWhenDead(entry)));
  const known = new Set(entries.length ? outbox.waiting(place).map(outbox.idOf) : []);
  const privacy = entries.length ? gate(place) : null;
  const before = stuck.size;
  const left = [...portions(entries)]
    .map((some) => sweepSome(place, some, { known, privacy, renew }))
    .reduce((sum, count) => sum + count, 0);
  if (left || before || entries.length) tellStuck(place);
  // What this adds to the spool is swept the next time.
  spoolUsage(place);
  return entries.length - left;
}

const isMachineError = (error) => MACHINE_ERRORS.has(error.code);

const hasWhole = (place) => listSpool(place.spool).some((entry) => isDue(entry) && isWhole(entry));

function isDue({ name, time }) {
  const known = stuck.get(name);
  if (!known || known.time !== time || Date.now() > known.until) stuck.delete(name);
  return !stuck.has(name);
}

function tellStuck(place) {
  for (const name of stuck.keys()) if (!fs.existsSync(path.join(place.spool, name))) stuck.delete(name);
  const reasons = [...stuck.values()].map(({ reason }) => reason).filter((one) => one !== null);
  noteStuck(place, reasons.length, reasons.at(-1));
}

/** Only half a file goes after a day: what can not be read may be whole. */
function removeWhenDead(entry) {
  if (BigInt(Date.now()) * 1_000_000n - entry.time > DAY_NS && stateOf(entry) === "half")
    fs.rmSync(entry.path, { force: true });
  return false;
}

function* portions(entries) {
  for (let from = 0, to; from < entries.length; from = to) {
    let bytes = entries[from].size;
    for (
      to = from + 1;
      to < entries.length && to - from < FILES_AT_ONCE && bytes + entries[to].size <= BYTES_AT_ONCE;
      to += 1
    )
      bytes += entries[to].size;
    yield entries.slice(from, to);
  }
}

/** Returns how many of the entries stayed. */
function sweepSome(place, entries, { known, privacy, renew }) {
  const where = { repoOf: remembering(repoOf), branchOf: remembering(branchOf) };
  const machine = machineOf(place);
  const captured = readSeenSessions(place);
  const fired = firings(place);
  const placeOf = lateFiles(place);
  const work = { place, left: 0, renew };
  const drafts = entries
    .map((entry) => orLeft(work, entry, () => draft(entry, readSpooled(entry, renew), machine)))
    .filter(Boolean);
  for (const one of inOrderOfHooks(drafts))
    orLeft(work, one.entry, () => {
      if (one.hook === PROBE) return leaveProbe(one.entry);
      const owner = placeOf(one.entry);
      const firing = fired.firing(one);
      one.id = firing?.id ?? one.id;
      // It is there already when an earlier shipper died before it could delete the spool file.
      if (!firing?.isCopy && !known.has(one.id) && !privacy.keepsBack(one, where.repoOf))
        outbox.put(owner ?? place, { ...one, text: envelope(one, where) }, rank(one.hook));
      const stranger = one.isDerived ? null : otherHost(one.payload.value);
      if (stranger) noteStranger(place, stranger);
      if (!one.isDerived && !owner && !stranger) {
        captured.note(one.payload.value?.session_id, one.time, one.hook, one.payload.value);
        noteTurn(place, one.hook, one.payload.value);
      }
      return fs.rmSync(one.entry.path, { force: true });
    });
  return work.left;
}

/** Whoever put it there takes it away; where that one died it goes with time. */
function leaveProbe({ name, path: file, time }) {
  if (Date.now() - Number(time / 1_000_000n) > NEXT_TRY_MS) fs.rmSync(file, { force: true });
  else stuck.set(name, { time, until: Date.now() + NEXT_TRY_MS, reason: null });
}

/** The same, but each folder is looked at once. */
function remembering(tell) {
  const told = new Map();
  return (folder) => {
    if (!told.has(folder)) told.set(folder, tell(folder));
    return told.get(folder);
  };
}

/**
 * One file must not keep the others waiting. What is no event goes aside; for an error of any other kind the file
 * stays, since it is not the file's: the next version, or the next minute, may know better.
 */
function orLeft(work, entry, task) {
  work.renew();
  try {
    return task();
  } catch (error) {
    if (isMachineError(error)) throw error;
    if (fs.existsSync(entry.path) && !wentAside(work.place, entry, error)) {
      stuck.set(entry.name, { time: entry.time, until: Date.now() + NEXT_TRY_MS, reason: describeError(error) });
      work.left += 1;
    }
    return null;
  }
}

function wentAside(place, entry, error) {
  if (!(error instanceof Unfit)) return false;
  try {
    outbox.setRawAside(place, entry.path, { code: "unreadable", detail: error.message, by: "memfog" });
    return true;
  } catch (problem) {
    if (isMachineError(problem)) throw problem;
    return false;
  }
}

/**
 * Within one tool use the times follow the hooks: a large payload that began first may have ended last. Oldest first,
 * so that a prompt comes before what it set going: spool files that were written in one moment have no order of their
 * own.
 */
function inOrderOfHooks(drafts) {
  const uses = new Map();
  for (const one of drafts)
    if (one.toolUse !== null) uses.set(one.toolUse, (uses.get(one.toolUse) ?? new Set()).add(one));
  for (const use of uses.values()) {
    const times = [...use].map((one) => one.time).sort((a, b) => (a < b ? -1 : Number(a > b)));
    [...use]
      .sort((a, b) => rank(a.hook) - rank(b.hook))
      .forEach((one, index) => {
        one.time = times[index];
      });
  }
  return drafts.sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
}

function machineOf(place) {
  const known = readable(place.machine);
  if (known) return known;
  const fresh = crypto.randomUUID();
  writeAtomically(place.machine, fresh);
  return fresh;
}

/** A hook of root may have left a file that is root's: it is made anew. */
function readable(file) {
  try {
    return readIfThere(file);
  } catch {
    return null;
  }
}

module.exports = { sweep, hasWhole, isMachineError };
