"use strict";
const { readJson, writeAtomically } = require("../files.js");

/**
 * What the shipper tells `status`: {last_delivery, stopped: {at, reason, refused, unsure}, dropped: {at, count}, told}; a lost
 * state costs nothing but that.
 */
const readState = (place) => readJson(place.state) ?? {};

function note(place, news) {
  const state = { ...readState(place), ...news };
  writeAtomically(place.state, `${JSON.stringify(state)}\n`, { durable: false });
}

const now = () => new Date().toISOString();

const noteDelivery = (place) => note(place, { last_delivery: now(), stopped: null });

/** `why` is {refused: true} for a token, {unsure: true} for a config that can not be read. */
const noteStop = (place, reason, why = {}) => note(place, { stopped: { at: now(), reason, ...why } });

const noteDropped = (place, count) => note(place, { dropped: { at: now(), count: (readState(place).dropped?.count ?? 0) + count } });

module.exports = { note, readState, noteDelivery, noteStop, noteDropped };
