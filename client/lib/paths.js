"use strict";
const os = require("node:os");
const path = require("node:path");
const { UsageError } = require("./commands/options.js");

// Where the administrator of a machine stores Claude Code's managed-settings.json.
const POLICY = {
  linux: "/etc/claude-code",
  darwin: "/Library/Application Support/ClaudeCode",
  win32: "C:\\Program Files\\ClaudeCode",
};

// Files and folders of a Memfog home folder. Older and newer clients share them: no name may change.
const FILES = {
  auth: "auth.json",
  machine: "machine",
  clients: "client",
  launchers: "bin",
  undo: "settings",
  spool: "spool",
  outbox: "outbox",
  quarantine: "quarantine",
  lease: "lease",
  starting: "starting",
  state: "state.json",
  config: "config.json",
  paused: "paused",
  pausesEnded: "pauses.json",
  privatePrompts: "private.json",
  transcripts: "transcripts",
  captured: "captured",
  firings: "firings",
  startTurns: "given",
  imported: "imported",
  hints: "hints",
  hinted: "hinted",
  folders: "folders.json",
  repos: "repos.json",
  account: "account.json",
  accounts: "accounts",
  network: "network.json",
  authority: "ca.pem",
  connections: "connections.json",
  trailers: "trailers.json",
  unwritten: "unwritten",
  nodeless: "nodeless",
  resumed: "resumed",
};

/** All paths: `environment` may move Memfog's own folder (MEMFOG_HOME) and Claude Code's (CLAUDE_CONFIG_DIR). */
function resolvePaths(environment = process.env, folder = process.cwd()) {
  const home = folderOf(environment, "MEMFOG_HOME") ?? path.join(homeOf(environment), ".memfog");
  const claude = folderOf(environment, "CLAUDE_CONFIG_DIR") ?? path.join(homeOf(environment), ".claude");
  return {
    ...pathsIn(home),
    claude,
    hooks: path.join(claude, "hooks"),
    settings: path.join(claude, "settings.json"),
    projectSettings: path.join(folder, ".claude", "settings.local.json"),
    sharedSettings: path.join(folder, ".claude", "settings.json"),
    policy: path.resolve(environment.MEMFOG_POLICY_DIR || POLICY[process.platform] || POLICY.linux),
  };
}

/** A folder that a variable names, or null: a relative one would be another in each folder, as would a quoted `~`. */
function folderOf(environment, name) {
  const folder = environment[name];
  if (!folder) return null;
  if (!path.isAbsolute(folder))
    throw new UsageError(`${name} is "${folder}", which is no absolute path; set it to a whole path`);
  return path.resolve(folder);
}

/** The user's home folder; an empty HOME would mean the current folder. */
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

/** The paths in one Memfog home folder; the shipper needs no others. */
function pathsIn(home) {
  const files = Object.entries(FILES).map(([name, file]) => [name, path.join(home, file)]);
  return { home, ...Object.fromEntries(files) };
}

module.exports = { resolvePaths, pathsIn };
