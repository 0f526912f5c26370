"use strict";
const os = require("node:os");
const path = require("node:path");
const { UsageError } = require("./commands/options.js");

// Where the owner of a machine puts Claude Code's managed-settings.json.
const POLICY = {
  linux: "/etc/claude-code",
  darwin: "/Library/Application Support/ClaudeCode",
  win32: "C:\\Program Files\\ClaudeCode",
};

/** Where things lie: `environment` may move Memfog's own folder (MEMFOG_HOME) and Claude Code's (CLAUDE_CONFIG_DIR). */
function places(environment = process.env, folder = process.cwd()) {
  const home = path.resolve(environment.MEMFOG_HOME || path.join(homeOf(environment), ".memfog"));
  const claude = path.resolve(environment.CLAUDE_CONFIG_DIR || path.join(homeOf(environment), ".claude"));
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

/** The user's home folder; an empty HOME would mean whatever folder this happens to be. */
function homeOf(environment) {
  const home = environment.HOME === undefined || process.platform === "win32" ? os.homedir() : environment.HOME;
  if (!path.isAbsolute(home))
    throw new UsageError(
      home === ""
        ? "HOME is empty; set it to your home folder"
        : `HOME is "${home}", which is no absolute path; set it to your home folder`,
    );
  return home;
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
    firings: file("firings"),
    given: file("given"),
    imported: file("imported"),
    folders: file("folders.json"),
    account: file("account.json"),
    accounts: file("accounts"),
    network: file("network.json"),
    authority: file("ca.pem"),
    connections: file("connections.json"),
    unwritten: file("unwritten"),
    nodeless: file("nodeless"),
    resumed: file("resumed"),
  };
}

module.exports = { places, inside };
