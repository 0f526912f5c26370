"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { namesIn } = require("../files.js");
const { ownEvent } = require("./envelope.js");
const outbox = require("./outbox.js");
const { apart } = require("./owner.js");
const { noteDropped } = require("./state.js");
const { forgetOldTranscripts } = require("./usage-events.js");

const MOST_BYTES = 512 * 1024 * 1024;
const OLDEST_MS = 30 * 86_400_000;
const DAY_MS = 86_400_000;
// Room is made for more than the next event, or each would bring a loss and an event about it.
const KEPT_SHARE = 0.9;

/** Drops the oldest of the outbox when it is over its bounds, and says so with an event: loss is never silent. */
function keepWithinBounds(
  place,
  { mostBytes = Number(process.env.MEMFOG_SPOOL_BYTES || MOST_BYTES), now = Date.now() } = {},
) {
  forgetOldTranscripts(place, now);
  return [place, ...apart(place).map((one) => one.place)]
    .map((one) => boundOne(one, mostBytes, now))
    .reduce((sum, count) => sum + count, 0);
}

function boundOne(place, mostBytes, now) {
  removeDeadTemporaries(place, now);
  const files = outbox.waiting(place).map((name) => ({ name, ...sizeAndTime(place, name) }));
  const old = files.filter(({ since }) => now - since > OLDEST_MS);
  const full = oldestBeyond(
    files.filter((file) => !old.includes(file)),
    mostBytes,
  );
  drop(place, old, "older than 30 days");
  drop(place, full, `more than ${mostBytes} bytes waited`);
  return old.length + full.length;
}

function oldestBeyond(files, mostBytes) {
  let bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes <= mostBytes) return [];
  let dropped = 0;
  for (; dropped < files.length && bytes > mostBytes * KEPT_SHARE; dropped += 1) bytes -= files[dropped].size;
  return files.slice(0, dropped);
}

function drop(place, files, reason) {
  if (files.length === 0) return;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const when = (file) => new Date(file.time).toISOString();
  // The word first, the deed second: a crash between them reports too much rather than nothing.
  outbox.put(
    place,
    ownEvent("SpoolDropped", { dropped: files.length, bytes, first: when(files[0]), last: when(files.at(-1)), reason }),
  );
  noteDropped(place, files.length);
  for (const { name } of files) fs.rmSync(path.join(place.outbox, name), { force: true });
}

/**
 * The time is the event's own, from the name, in milliseconds; `since` is when it began to wait, which imported events
 * do late.
 */
function sizeAndTime(place, name) {
  const stat = fs.statSync(path.join(place.outbox, name), { throwIfNoEntry: false });
  const time = outbox.timeOf(name);
  return { size: stat?.size ?? 0, time, since: stat?.mtimeMs ?? time };
}

function removeDeadTemporaries(place, now) {
  for (const name of namesIn(place.outbox).filter((one) => one.endsWith(".tmp"))) {
    const file = path.join(place.outbox, name);
    if (now - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now) > DAY_MS) fs.rmSync(file, { force: true });
  }
}

module.exports = { keepWithinBounds };
