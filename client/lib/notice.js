"use strict";
const { updateState, readState } = require("./shipper/state.js");

const WEEK_MS = 7 * 86_400_000;

/**
 * The notice for the start of a session, or null: once a day that the token is refused, that events were dropped, or
 * that nothing is sent; once a week that the server serves a newer client. What was shown is recorded.
 */
function notice(paths, now = new Date()) {
  const state = readState(paths);
  const today = now.toISOString().slice(0, 10);
  const urgent = state.told === today ? null : describeProblem(state, today);
  if (urgent) updateState(paths, { told: today });
  const text = urgent ?? describeUpdate(paths, state, now);
  // Loaded when there is something to say: a session's start waits for it.
  return text && require("./command-text.js").formatCommands(paths, text);
}

function describeProblem({ stopped, dropped }, today) {
  const remedy = "connect again with a new token: memfog connect claude-code --token …";
  if (stopped?.refused) return `Memfog: ${stopped.reason}. Nothing is lost yet; ${remedy}`;
  if (dropped?.at.startsWith(today))
    return `Memfog: ${dropped.count} event(s) were dropped because the spool is full; memfog doctor says why.`;
  if (stopped?.unsure) return `Memfog: ${stopped.reason}.`;
  return null;
}

/** The shipper stores in `newer` which client the server serves. */
function describeUpdate(paths, { newer, told_newer: lastShown }, now) {
  if (!newer) return null;
  const manifest = require("../package.json");
  if (newer.than !== manifest.version || now - Date.parse(lastShown ?? 0) < WEEK_MS) return null;
  updateState(paths, { told_newer: now.toISOString() });
  const build = newer.version === manifest.version ? "a newer build" : `version ${newer.version}`;
  return `Memfog: your server serves ${build} of this client; memfog update installs it.`;
}

module.exports = { notice };
