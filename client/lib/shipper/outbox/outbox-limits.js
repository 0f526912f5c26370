"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { listNames } = require("../../files.js");
const { makeOwnEvent } = require("../events/envelope.js");
const { removeOldTranscripts } = require("../sessions/usage-events.js");
const { noteDropped } = require("../state.js");
const outbox = require("./outbox.js");
const { listOtherAccounts } = require("./owner.js");

const MAX_OUTBOX_BYTES = 512 * 1024 * 1024;
const MAX_AGE_MS = 30 * 86_400_000;
const DAY_MS = 86_400_000;
// Frees more space than one event needs, or each event would cause a loss and an event about it.
const TARGET_SHARE = 0.9;

/** Drops the oldest events of an outbox over its limits, and reports that with an event: loss is never silent. */
function enforceLimits(
  paths,
  { mostBytes: maxBytes = Number(process.env.MEMFOG_SPOOL_BYTES || MAX_OUTBOX_BYTES), now = Date.now() } = {},
) {
  removeOldTranscripts(paths, now);
  return [paths, ...listOtherAccounts(paths).map((account) => account.paths)]
    .map((account) => enforceLimitsOf(account, maxBytes, now))
    .reduce((sum, count) => sum + count, 0);
}

function enforceLimitsOf(paths, maxBytes, now) {
  removeOldTemporaries(paths, now);
  const files = outbox.listEvents(paths).map((name) => ({ name, ...statEvent(paths, name) }));
  const old = files.filter(({ since }) => now - since > MAX_AGE_MS);
  const full = findExcess(
    files.filter((file) => !old.includes(file)),
    maxBytes,
  );
  dropEvents(paths, old, "older than 30 days");
  dropEvents(paths, full, `more than ${maxBytes} bytes waited`);
  return old.length + full.length;
}

function findExcess(files, maxBytes) {
  let bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes <= maxBytes) return [];
  let dropped = 0;
  for (; dropped < files.length && bytes > maxBytes * TARGET_SHARE; dropped += 1) bytes -= files[dropped].size;
  return files.slice(0, dropped);
}

function dropEvents(paths, files, reason) {
  if (files.length === 0) return;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const when = (file) => new Date(file.time).toISOString();
  // The report is written first: a crash between the two steps reports too much rather than nothing.
  outbox.addEvent(
    paths,
    makeOwnEvent("SpoolDropped", {
      dropped: files.length,
      bytes,
      first: when(files[0]),
      last: when(files.at(-1)),
      reason,
    }),
  );
  noteDropped(paths, files.length);
  for (const { name } of files) fs.rmSync(path.join(paths.outbox, name), { force: true });
}

/**
 * `time` is the event's own, from the name, in milliseconds; `since` is when it began to wait, which is later for
 * imported events.
 */
function statEvent(paths, name) {
  const stat = fs.statSync(path.join(paths.outbox, name), { throwIfNoEntry: false });
  const time = outbox.timeOf(name);
  return { size: stat?.size ?? 0, time, since: stat?.mtimeMs ?? time };
}

function removeOldTemporaries(paths, now) {
  for (const name of listNames(paths.outbox).filter((account) => account.endsWith(".tmp"))) {
    const file = path.join(paths.outbox, name);
    if (now - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now) > DAY_MS) fs.rmSync(file, { force: true });
  }
}

module.exports = { enforceLimits };
