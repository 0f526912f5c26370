"use strict";

const BAR_CHARS = 30;
const REDRAW_MS = 100;
// Without a terminal a line is printed, and only for work that takes long.
const LINE_MS = 10_000;
// An estimate from less time jumps.
const MIN_ESTIMATE_MS = 2_000;
const UNITS = [
  [1e9, "GB"],
  [1e6, "MB"],
  [1e3, "kB"],
];

/** Draws a bar for counted work on a terminal. */
function drawCount(done, total) {
  if (!process.stderr.isTTY || total < 2) return;
  const share = Math.min(done / total, 1);
  process.stderr.write(`\r${barOf(share)} ${done}/${total}${share === 1 ? "\n" : ""}`);
}

/** Reports how many bytes of all were read, and how long the rest may take. Times in milliseconds. */
function makeByteProgress({ stream = process.stderr, clock = Date.now } = {}) {
  const started = clock();
  let last = started;
  let isDone = false;
  return (done, total) => {
    const [now, share] = [clock(), Math.min(done / total, 1)];
    const isDue = now - last >= (stream.isTTY ? REDRAW_MS : LINE_MS);
    const isEnd = share === 1 && last !== started;
    if (isDone || !(total > 0) || (!isDue && !isEnd)) return;
    [last, isDone] = [now, share === 1];
    const text = `${describeBytes(done, total)}${estimate(now - started, share)}`;
    if (stream.isTTY) stream.write(`\r${barOf(share)} ${text.padEnd(40)}${isDone ? "\n" : ""}`);
    else stream.write(`${text}\n`);
  };
}

const barOf = (share) => "█".repeat(Math.round(share * BAR_CHARS)).padEnd(BAR_CHARS, "░");

function describeBytes(done, total) {
  const [size, unit] = UNITS.find(([bytes]) => total >= bytes) ?? [1, "bytes"];
  const format = (bytes) => (size === 1 ? String(bytes) : (bytes / size).toFixed(1));
  return `${format(Math.min(done, total))} of ${format(total)} ${unit}`;
}

function estimate(elapsed, share) {
  if (share === 1 || share === 0 || elapsed < MIN_ESTIMATE_MS) return "";
  const seconds = (elapsed / share - elapsed) / 1000;
  return seconds < 90 ? `, about ${Math.ceil(seconds)} s left` : `, about ${Math.round(seconds / 60)} min left`;
}

module.exports = { drawCount, makeByteProgress };
