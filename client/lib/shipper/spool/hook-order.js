"use strict";
const { rank } = require("../../hooks.js");

/**
 * Within one tool call times follow the order of hooks: a large payload that started first may have ended last. The
 * oldest comes first, so that a prompt precedes its effects: spool files of one moment have no order of their own.
 */
function sortByHook(drafts) {
  const toolCalls = new Map();
  for (const draft of drafts)
    if (draft.toolUse !== null) toolCalls.set(draft.toolUse, (toolCalls.get(draft.toolUse) ?? new Set()).add(draft));
  for (const calls of toolCalls.values()) {
    const times = [...calls].map((draft) => draft.time).sort((a, b) => (a < b ? -1 : Number(a > b)));
    [...calls]
      .sort((a, b) => rank(a.hook) - rank(b.hook))
      .forEach((draft, index) => {
        draft.time = times[index];
      });
  }
  return drafts.sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
}

module.exports = { sortByHook };
