"use strict";

// Entry points of the host at which no person types, besides those of an SDK; as in memory/rules/automation.py.
const HEADLESS = /^(?:sdk.*|bench|claude-code-github-action|github-action|mcp|remote_trigger)$/i;
// Folders in which other tools run sessions that observe the user's sessions.
const OBSERVER_FOLDER = /[\\/]\.claude-mem[\\/]observer-sessions(?:[\\/]|$)/;

/** Whether a program started the session: no person asked for a context, which costs tokens each time. */
const isHeadless = ({ entrypoint, folders }) =>
  HEADLESS.test(entrypoint ?? "") || folders.some((folder) => OBSERVER_FOLDER.test(folder));

module.exports = { isHeadless };
