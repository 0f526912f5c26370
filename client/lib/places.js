"use strict";
const os = require("node:os");
const path = require("node:path");

// Where the owner of a machine puts Claude Code's managed-settings.json.
const POLICY = { linux: "/etc/claude-code", darwin: "/Library/Application Support/ClaudeCode", win32: "C:\\Program Files\\ClaudeCode" };

/** Where things lie: `environment` may move Memfog's own folder (MEMFOG_HOME) and Claude Code's (CLAUDE_CONFIG_DIR). */
function places(environment = process.env, folder = process.cwd()) {
  const home = path.resolve(environment.MEMFOG_HOME || path.join(os.homedir(), ".memfog"));
  const claude = path.resolve(environment.CLAUDE_CONFIG_DIR || path.join(os.homedir(), ".claude"));
  return {
    ...inside(home),
    claude,
    hooks: path.join(claude, "hooks"),
    settings: path.join(claude, "settings.json"),
    projectSettings: path.join(folder, ".claude", "settings.local.json"),
    sharedSettings: path.join(folder, ".claude", "settings.json"),
    policy: path.resolve(environment.MEMFOG_POLICY_DIR || POLICY[process.platform] || POLICY.linux),
  };
}

/** The files of one Memfog home folder; the shipper knows nothing else. */
function inside(home) {
  const file = (name) => path.join(home, name);
  return {
    home,
    auth: file("auth.json"),
    machine: file("machine"),
    clients: file("client"),
    launchers: file("bin"),
    undo: file("settings"),
    spool: file("spool"),
    outbox: file("outbox"),
    quarantine: file("quarantine"),
    lease: file("lease"),
    starting: file("starting"),
    state: file("state.json"),
    config: file("config.json"),
    paused: file("paused"),
    privatePrompts: file("private.json"),
    transcripts: file("transcripts"),
    captured: file("captured"),
    folders: file("folders.json"),
  };
}

module.exports = { places, inside };
