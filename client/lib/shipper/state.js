"use strict";
const { readJson, writeAtomically } = require("../files.js");
const { describeError } = require("../user-error.js");

/**
 * What the shipper tells `status`: {last_delivery, stopped: {at, reason, refused, unsure}, stuck: {at, count, reason},
 * died: {at, reason}, dropped: {at, count}, stranger: {at, host, count}, newer: {at, version}, told, told_newer}; a
 * lost state costs nothing but that.
 */
const readState = (place) => readJson(place.state) ?? {};

function note(place, news) {
  const state = { ...readState(place), ...news };
  writeAtomically(place.state, `${JSON.stringify(state)}\n`, { durable: false });
}

const now = () => new Date().toISOString();

const noteDelivery = (place) => note(place, { last_delivery: now(), stopped: null, died: null });

/**
 * Files that stay in the spool, since this program or this machine can not do with them what it should; none with count
 * 0.
 */
function noteStuck(place, count, reason) {
  if (count > 0) note(place, { stuck: { at: now(), count, reason } });
  else if (readState(place).stuck) note(place, { stuck: null });
}

/** The shipper ended by an error; there is nobody to see it but `status`. */
function noteDeath(place, error) {
  try {
    note(place, { died: { at: now(), reason: describeError(error) } });
  } catch {
    // Where nothing can be written, `status` finds out why by itself.
  }
}

/** `why` is {refused: true} for a token, {unsure: true} for a config that can not be read. */
const noteStop = (place, reason, why = {}) => note(place, { stopped: { at: now(), reason, ...why } });

/** An event of another host, which was not taken. */
const noteStranger = (place, host) =>
  note(place, { stranger: { at: now(), host, count: (readState(place).stranger?.count ?? 0) + 1 } });

const noteDropped = (place, count) =>
  note(place, { dropped: { at: now(), count: (readState(place).dropped?.count ?? 0) + count } });

module.exports = { note, readState, noteStranger, noteStuck, noteDeath, noteDelivery, noteStop, noteDropped };
