"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const { readIfThere, writeAtomically } = require("../files.js");
const { rank } = require("../hooks.js");
const { gate } = require("../privacy/gate.js");
const { capturedSessions } = require("./captured.js");
const { draft, envelope } = require("./envelope.js");
const outbox = require("./outbox.js");
const { branchOf, repoOf } = require("./repo.js");
const { listSpool, isWhole, readSpooled } = require("./spool.js");
const { noteTurn, spoolUsage } = require("./usage.js");

const DAY_NS = 86_400_000_000_000n;
const FILES_AT_ONCE = 500;
const BYTES_AT_ONCE = 32 * 1024 * 1024;
// The machine's trouble, not the file's: what waits in the spool stays there.
const MACHINE_TROUBLE = new Set(["ENOSPC", "EDQUOT", "EROFS", "EIO", "EMFILE", "ENFILE"]);

/** Turns whole spool files into envelopes in the outbox, but for what is to stay here; returns how many there were. */
function sweep(place) {
  const entries = listSpool(place.spool).filter((entry) => isWhole(entry) || removeWhenDead(entry));
  const known = new Set(entries.length ? outbox.waiting(place).map(outbox.idOf) : []);
  const privacy = entries.length ? gate(place) : null;
  for (const some of portions(entries)) sweepSome(place, some, { known, privacy });
  // What this adds to the spool is swept the next time.
  spoolUsage(place);
  return entries.length;
}

const isMachineTrouble = (error) => MACHINE_TROUBLE.has(error.code);

const hasWhole = (place) => listSpool(place.spool).some(isWhole);

function removeWhenDead(entry) {
  if (BigInt(Date.now()) * 1_000_000n - entry.time > DAY_NS) fs.rmSync(entry.path, { force: true });
  return false;
}

function* portions(entries) {
  for (let from = 0, to; from < entries.length; from = to) {
    let bytes = entries[from].size;
    for (to = from + 1; to < entries.length && to - from < FILES_AT_ONCE && bytes + entries[to].size <= BYTES_AT_ONCE; to += 1) bytes += entries[to].size;
    yield entries.slice(from, to);
  }
}

function sweepSome(place, entries, { known, privacy }) {
  const where = { repoOf: remembering(repoOf), branchOf: remembering(branchOf) };
  const machine = machineOf(place);
  const captured = capturedSessions(place);
  const drafts = entries.map((entry) => orAside(place, entry, () => draft(entry, readSpooled(entry), machine))).filter(Boolean);
  for (const one of inOrderOfHooks(drafts)) orAside(place, one.entry, () => {
    // It is there already when an earlier shipper died before it could delete the spool file.
    if (!known.has(one.id) && !privacy.keepsBack(one, where.repoOf)) outbox.put(place, { ...one, text: envelope(one, where) }, rank(one.hook));
    if (!one.isDerived) {
      captured.note(one.payload.value?.session_id, one.time, one.hook, one.payload.value);
      noteTurn(place, one.hook, one.payload.value);
    }
    fs.rmSync(one.entry.path, { force: true });
  });
}

/** The same, but each folder is looked at once. */
function remembering(tell) {
  const told = new Map();
  return (folder) => {
    if (!told.has(folder)) told.set(folder, tell(folder));
    return told.get(folder);
  };
}

/** One file that nobody can read must not keep the others waiting. */
function orAside(place, entry, work) {
  try {
    return work();
  } catch (error) {
    if (isMachineTrouble(error)) throw error;
    if (error.code !== "ENOENT") outbox.setAside(place, entry.path, { code: "unreadable", detail: error.message });
    return null;
  }
}

/**
 * Within one tool use the times follow the hooks: a large payload that began first may have ended last. Oldest first, so that
 * a prompt comes before what it set going: spool files that were written in one moment have no order of their own.
 */
function inOrderOfHooks(drafts) {
  const uses = new Map();
  for (const one of drafts) if (one.toolUse !== null) uses.set(one.toolUse, (uses.get(one.toolUse) ?? new Set()).add(one));
  for (const use of uses.values()) {
    const times = [...use].map((one) => one.time).sort((a, b) => (a < b ? -1 : Number(a > b)));
    [...use].sort((a, b) => rank(a.hook) - rank(b.hook)).forEach((one, index) => { one.time = times[index]; });
  }
  return drafts.sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
}

function machineOf(place) {
  const known = readIfThere(place.machine);
  if (known) return known;
  const fresh = crypto.randomUUID();
  writeAtomically(place.machine, fresh);
  return fresh;
}

module.exports = { sweep, hasWhole, isMachineTrouble };
