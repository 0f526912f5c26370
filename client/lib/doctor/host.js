"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { namesIn, readIfThere } = require("../files.js");
const { entries, isInstalled, nodeOfHook } = require("../install.js");
const { inspect } = require("../settings-file.js");
const { bad, CONNECT, good } = require("./finding.js");
const { wrongType } = require("./settings-types.js");

const OLDEST_NODE = 20;
const DEFAULT_RETENTION = 30;

/** Findings about Claude Code: what it reads, what it may run, and whether our hooks are among it. */
function host(place) {
  const looked = [place.settings, place.sharedSettings, place.projectSettings].map((file) => ({ file, ...inspect(file) }));
  const broken = looked.find((one) => !one.valid) ?? withWrongType(looked);
  return [
    broken ? bad("settings", `${broken.reason}`, `mend ${broken.file}: Claude Code passes over the whole of it, and says nothing`) : good("settings", "Claude Code can read its settings"),
    ...(looked.some((one) => !one.valid) ? [] : [hooks(place, looked)]),
    policy(place), files(place), node(place), retention(looked),
  ];
}

function withWrongType(looked) {
  const wrong = looked.map((one) => ({ ...one, reason: wrongType(one.settings) })).find((one) => one.reason);
  return wrong && { ...wrong, reason: `${wrong.reason} in ${wrong.file}` };
}

function hooks(place, looked) {
  const disabling = looked.find((one) => one.settings.disableAllHooks === true);
  if (disabling) return bad("hooks", `"disableAllHooks" is on in ${disabling.file}`, "remove it, or no hook runs");
  const all = entries(place).length;
  const best = looked.reduce((a, b) => (b.entries.length > a.entries.length ? b : a));
  const plugin = pluginIn(looked);
  if (plugin && best.entries.length === 0) return good("hooks", `the hooks of the plugin ${plugin}`);
  const text = `${best.entries.length} of ${all} hooks in ${best.file}`;
  return best.entries.length >= all ? good("hooks", text) : bad("hooks", text, CONNECT);
}

/** Our plugin as Claude Code names it, `memfog@marketplace`, where the settings have it switched on. */
const pluginIn = (looked) => looked.flatMap(({ settings }) => Object.entries(settings.enabledPlugins ?? {}))
  .find(([name, on]) => name.startsWith("memfog@") && on === true)?.[0];

/** A policy of the machine's owner stands above all settings; under it our hooks may be there, and silently never run. */
function policy(place) {
  for (const file of policyFiles(place.policy)) {
    const settings = readPolicy(file);
    const key = settings && ["allowManagedHooksOnly", "disableAllHooks"].find((one) => settings[one] === true);
    if (key) return bad("policy", `"${key}" in ${file} forbids hooks of your own`, "ask whoever manages this machine to allow Memfog's");
  }
  return good("policy", "no policy of this machine forbids hooks");
}

const policyFiles = (folder) => [path.join(folder, "managed-settings.json"),
  ...namesIn(path.join(folder, "managed-settings.d")).filter((name) => name.endsWith(".json")).map((name) => path.join(folder, "managed-settings.d", name))];

function readPolicy(file) {
  try {
    return JSON.parse(readIfThere(file) ?? "{}");
  } catch {
    return null;
  }
}

function files(place) {
  if (!isInstalled(place)) return bad("files", `hook files are missing in ${place.hooks}`, CONNECT);
  return good("files", `hook files in ${place.hooks}`);
}

function node(place) {
  const major = Number(process.versions.node.split(".")[0]);
  const text = `Node ${process.versions.node}`;
  if (major < OLDEST_NODE) return bad("node", `${text} is older than ${OLDEST_NODE}`, `install Node ${OLDEST_NODE} or later, then ${CONNECT}`);
  const used = nodeOfHook(place);
  if (used && !fs.existsSync(used)) return bad("node", `${used}, which the hooks start, is gone`, CONNECT);
  return good("node", text);
}

function retention(looked) {
  const days = looked.findLast((one) => typeof one.settings.cleanupPeriodDays === "number")?.settings.cleanupPeriodDays ?? DEFAULT_RETENTION;
  return good("retention", `Claude Code deletes its transcripts after ${days} days ("cleanupPeriodDays"); what Memfog has stays`);
}

module.exports = { host, policy };
