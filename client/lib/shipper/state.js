"use strict";
const { readJson, writeAtomically } = require("../files.js");
const { describeError } = require("../user-error.js");

/**
 * What the shipper tells `status`: {last_delivery, stopped: {at, reason, refused, unsure}, stuck: {at, count, reason},
 * died: {at, reason}, dropped: {at, count}, stranger: {at, host, count}, newer: {at, version}, told, told_newer}; a
 * lost state costs nothing but that.
 */
const readState = (paths) => readJson(paths.state) ?? {};

function updateState(paths, changes) {
  const state = { ...readState(paths), ...changes };
  writeAtomically(paths.state, `${JSON.stringify(state)}\n`, { durable: false });
}

const now = () => new Date().toISOString();

const noteDelivery = (paths) => updateState(paths, { last_delivery: now(), stopped: null, died: null });

/**
 * Files that stay in the spool, since this program or this machine can not do with them what it should; none with count
 * 0.
 */
function noteStuckFiles(paths, count, reason) {
  if (count > 0) updateState(paths, { stuck: { at: now(), count, reason } });
  else if (readState(paths).stuck) updateState(paths, { stuck: null });
}

/** The shipper ended by an error; there is nobody to see it but `status`. */
function noteCrash(paths, error) {
  try {
    updateState(paths, { died: { at: now(), reason: describeError(error) } });
  } catch {
    // Where nothing can be written, `status` finds out why by itself.
  }
}

/** `why` is {refused: true} for a token, {unsure: true} for a config that can not be read. */
const noteStop = (paths, reason, flags = {}) => updateState(paths, { stopped: { at: now(), reason, ...flags } });

/** An event of another host, which was not taken. */
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
