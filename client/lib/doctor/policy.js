"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { listNames, readIfExists } = require("../files.js");
const { bad, good } = require("./finding.js");

const ANSWER_TIMEOUT_MS = 5_000;
const FORBIDDING = ["allowManagedHooksOnly", "disableAllHooks"];
const PREFERENCES = "/Library/Managed Preferences";
const DOMAIN = "com.anthropic.claudecode.plist";
const REGISTRY = ["HKLM\\SOFTWARE\\Policies\\ClaudeCode", "HKCU\\SOFTWARE\\Policies\\ClaudeCode"];

/**
 * A policy of the machine's administrator overrides all settings; it can keep our hooks from running without any
 * message.
 */
function policy(paths) {
  for (const { from, text } of listPolicies(paths)) {
    const settings = parseSettings(text);
    const key = FORBIDDING.find((one) => settings?.[one] === true);
    if (key)
      return bad(
        "policy",
        `"${key}" in ${from} forbids hooks of your own`,
        "ask the administrator of this machine to allow Memfog's",
      );
  }
  return good("policy", "no policy of this machine forbids hooks");
}

/**
 * Each source of a policy, as {from, text}: files, settings from an organization's console, and the system's own
 * stores.
 */
function listPolicies(paths) {
  const dropIns = path.join(paths.policy, "managed-settings.d");
  const names = listNames(dropIns)
    .filter((name) => name.endsWith(".json"))
    .sort();
  const files = [
    path.join(paths.claude, "remote-settings.json"),
    path.join(paths.policy, "managed-settings.json"),
    ...names.map((name) => path.join(dropIns, name)),
  ];
  return [
    ...files.map((file) => ({ from: file, text: readIfReadable(file) })),
    ...(STORES[process.platform]?.() ?? []),
  ];
}

const STORES = {
  darwin: () =>
    [path.join(PREFERENCES, DOMAIN), path.join(PREFERENCES, os.userInfo().username, DOMAIN)]
      .filter((file) => fs.existsSync(file))
      .map((file) => ({ from: file, text: runProgram("plutil", ["-convert", "json", "-o", "-", file]) })),
  win32: () =>
    REGISTRY.map((key) => ({ from: key, text: settingsIn(runProgram("reg", ["query", key, "/v", "Settings"])) })),
};

const runProgram = (program, args) =>
  spawnSync(program, args, { encoding: "utf8", timeout: ANSWER_TIMEOUT_MS, windowsHide: true }).stdout ?? "";

/** The value from the output of `reg query`: a line of name, type and text. */
const settingsIn = (output) => /^\s+Settings\s+REG_(?:EXPAND_)?SZ\s+(.*)$/m.exec(output)?.[1] ?? "";

/** The text of a file, or an empty one if it may not be read: Claude Code can not read it either. */
function readIfReadable(file) {
  try {
    return readIfExists(file) ?? "";
  } catch {
    return "";
  }
}

function parseSettings(text) {
  try {
    return JSON.parse(text.replace(/^\ufeff/, "") || "{}");
  } catch {
    return null;
  }
}

module.exports = { policy, settingsIn };
