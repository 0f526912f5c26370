"use strict";
const { readJson, writeAtomically } = require("../files.js");

const PROMPT_LIFETIME_MS = 7 * 86_400_000;

/** The ids of prompts that were entirely private: later events with such an id are not sent either. */
function privatePrompts(paths, now = Date.now()) {
  const ids = new Map(
    Object.entries(readJson(paths.privatePrompts) ?? {}).filter(([, at]) => now - at < PROMPT_LIFETIME_MS),
  );
  return {
    has: (id) => ids.has(id),
    add(id) {
      if (ids.has(id)) return;
      ids.set(id, now);
      writeAtomically(paths.privatePrompts, JSON.stringify(Object.fromEntries(ids)));
    },
  };
}

module.exports = { privatePrompts };
