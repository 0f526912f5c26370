"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { namesIn, readIfThere } = require("../files.js");
const { bad, good } = require("./finding.js");

const ANSWERS_WITHIN_MS = 5_000;
const FORBIDDING = ["allowManagedHooksOnly", "disableAllHooks"];
const PREFERENCES = "/Library/Managed Preferences";
const DOMAIN = "com.anthropic.claudecode.plist";
const REGISTRY = ["HKLM\\SOFTWARE\\Policies\\ClaudeCode", "HKCU\\SOFTWARE\\Policies\\ClaudeCode"];

/**
 * A policy of the machine's owner stands above all settings; under it our hooks may be there, and silently never run.
 */
function policy(place) {
  for (const { from, text } of policies(place)) {
    const settings = parsed(text);
    const key = FORBIDDING.find((one) => settings?.[one] === true);
    if (key)
      return bad(
        "policy",
        `"${key}" in ${from} forbids hooks of your own`,
        "ask whoever manages this machine to allow Memfog's",
      );
  }
  return good("policy", "no policy of this machine forbids hooks");
}

/**
 * Each place in which a policy can stand, as {from, text}: files, what an organization's console sent, and the system's
 * own stores.
 */
function policies(place) {
  const dropIns = path.join(place.policy, "managed-settings.d");
  const names = namesIn(dropIns)
    .filter((name) => name.endsWith(".json"))
    .sort();
  const files = [
    path.join(place.claude, "remote-settings.json"),
    path.join(place.policy, "managed-settings.json"),
    ...names.map((name) => path.join(dropIns, name)),
  ];
  return [...files.map((file) => ({ from: file, text: readable(file) })), ...(STORES[process.platform]?.() ?? [])];
}

const STORES = {
  darwin: () =>
    [path.join(PREFERENCES, DOMAIN), path.join(PREFERENCES, os.userInfo().username, DOMAIN)]
      .filter((file) => fs.existsSync(file))
      .map((file) => ({ from: file, text: said("plutil", ["-convert", "json", "-o", "-", file]) })),
  win32: () => REGISTRY.map((key) => ({ from: key, text: settingsIn(said("reg", ["query", key, "/v", "Settings"])) })),
};

const said = (program, words) =>
  spawnSync(program, words, { encoding: "utf8", timeout: ANSWERS_WITHIN_MS, windowsHide: true }).stdout ?? "";

/** The value of `reg query`: a line of name, type and text. */
const settingsIn = (output) => /^\s+Settings\s+REG_(?:EXPAND_)?SZ\s+(.*)$/m.exec(output)?.[1] ?? "";

/** Its text, or nothing where it may not be read: Claude Code can not either. */
function readable(file) {
  try {
    return readIfThere(file) ?? "";
  } catch {
    return "";
  }
}

function parsed(text) {
  try {
    return JSON.parse(text.replace(/^\ufeff/, "") || "{}");
  } catch {
    return null;
  }
}

module.exports = { policy, settingsIn };
