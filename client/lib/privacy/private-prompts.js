"use strict";
const { readJson, writeAtomically } = require("../files.js");

const KEPT_MS = 7 * 86_400_000;

/** The ids of prompts that were private as a whole: what they set going comes later, and is not sent either. */
function privatePrompts(place, now = Date.now()) {
  const ids = new Map(Object.entries(readJson(place.privatePrompts) ?? {}).filter(([, at]) => now - at < KEPT_MS));
  return {
    has: (id) => ids.has(id),
    add(id) {
      if (ids.has(id)) return;
      ids.set(id, now);
      writeAtomically(place.privatePrompts, JSON.stringify(Object.fromEntries(ids)));
    },
  };
}

module.exports = { privatePrompts };
