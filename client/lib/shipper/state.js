"use strict";
const { readJson, writeAtomically } = require("../files.js");
const { describeError } = require("../user-error.js");

/**
 * What the shipper reports to `status`: {last_delivery, stopped: {at, reason, refused, unsure}, stuck: {at, count,
 * reason}, died: {at, reason}, dropped: {at, count}, stranger: {at, host, count}, newer: {at, version},
 * `told`, `told_newer`}. Losing the file loses only that.
 */
const readState = (paths) => readJson(paths.state) ?? {};

function updateState(paths, changes) {
  const state = { ...readState(paths), ...changes };
  writeAtomically(paths.state, `${JSON.stringify(state)}\n`, { durable: false });
}

const now = () => new Date().toISOString();

const noteDelivery = (paths) => updateState(paths, { last_delivery: now(), stopped: null, died: null });

/** Files that stay in the spool because this program or machine can not process them; count 0 removes the note. */
function noteStuckFiles(paths, count, reason) {
  if (count > 0) updateState(paths, { stuck: { at: now(), count, reason } });
  else if (readState(paths).stuck) updateState(paths, { stuck: null });
}

/** The shipper ended with an error that only `status` can show. */
function noteCrash(paths, error) {
  try {
    updateState(paths, { died: { at: now(), reason: describeError(error) } });
  } catch {
    // If nothing can be written, `status` finds the reason itself.
  }
}

/** `flags` is {refused: true} for a token, {unsure: true} for an unreadable config. */
const noteStop = (paths, reason, flags = {}) => updateState(paths, { stopped: { at: now(), reason, ...flags } });

/** Counts an event of another host, which was not sent. */
const noteOtherHost = (paths, host) =>
  updateState(paths, { stranger: { at: now(), host, count: (readState(paths).stranger?.count ?? 0) + 1 } });

const noteDropped = (paths, count) =>
  updateState(paths, { dropped: { at: now(), count: (readState(paths).dropped?.count ?? 0) + count } });

module.exports = {
  updateState,
  readState,
  noteOtherHost,
  noteStuckFiles,
  noteCrash,
  noteDelivery,
  noteStop,
  noteDropped,
};
