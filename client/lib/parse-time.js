"use strict";
const { UsageError } = require("./commands/options.js");

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** Milliseconds of a time in the past, from `7d`, `24h` or a date. Throws UsageError. */
function parseTime(text, now = Date.now()) {
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  const time = count ? now - Number(count) * UNITS[unit] : /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isFinite(time)) throw new UsageError(`"${text}" is no time; write it like 7d, 24h or 2026-11-01`);
  return time;
}

module.exports = { parseTime };
