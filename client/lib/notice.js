"use strict";
const { note, readState } = require("./shipper/state.js");

/**
 * What a user should be told at the start of a session, or null: that the token is refused, that events were dropped, or
 * that nothing is sent. Once a day; what was told is written down.
 */
function notice(place, now = new Date()) {
  const state = readState(place);
  const today = now.toISOString().slice(0, 10);
  const text = state.told === today ? null : sentence(state, today);
  if (text) note(place, { told: today });
  return text;
}

function sentence({ stopped, dropped }, today) {
  if (stopped?.refused) return `Memfog: ${stopped.reason}. Nothing is lost yet; connect again with a new token (memfog connect claude-code).`;
  if (dropped?.at.startsWith(today)) return `Memfog: ${dropped.count} event(s) were dropped since the spool is full; memfog doctor says why.`;
  if (stopped?.unsure) return `Memfog: ${stopped.reason}.`;
  return null;
}

module.exports = { notice };
