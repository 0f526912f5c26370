"use strict";
const { listUnsupported } = require("../hosts/host-support.js");
const { entries } = require("../install/install.js");
const { findOtherRoots } = require("../settings/config-roots.js");
const { readState } = require("../shipper/state.js");
const { bad, CONNECT, good } = require("./finding.js");

/**
 * Whether our hooks are among those that Claude Code runs, are correct, and are all that the installed versions
 * support.
 */
function hooks(paths, settingsFiles, support) {
  const disabled = findDisabled(settingsFiles, support);
  if (disabled) return disabled;
  const mainFile = settingsFiles.reduce((a, b) => (b.entries.length > a.entries.length ? b : a));
  const plugin = findPlugin(settingsFiles);
  if (plugin && mainFile.entries.length === 0) return good("hooks", `the hooks of the plugin ${plugin}`);
  return (
    CHECKS.map((check) => check({ paths, settingsFiles, mainFile, support })).find(Boolean) ??
    good("hooks", `${describeCount(paths, mainFile, support)}${otherHostNote(paths)}`)
  );
}

const CHECKS = [findStrange, findMissing, findUnconnected];

/** The finding about settings that keep hooks from running at all, or null. */
function findDisabled(settingsFiles, { hosts }) {
  const disabling = settingsFiles.find((one) => one.settings.disableAllHooks === true);
  if (disabling) return bad("hooks", `"disableAllHooks" is on in ${disabling.file}`, "remove it, or no hook runs");
  // Older versions ignore the whole file if it names an event that they do not support.
  for (const { file, entries: found } of settingsFiles)
    for (const host of hosts) {
      const events = listUnsupported(
        host.version,
        found.map(({ event }) => event),
      );
      if (events.length)
        return bad(
          "hooks",
          `Claude Code ${host.version} (${host.file}) does not support ${events.join(", ")}, ` +
            `and may ignore all of ${file}`,
          CONNECT,
        );
    }
  return null;
}

/**
 * Finds entries of earlier versions, entries that lost a key when Claude Code rewrote the file, and those with other
 * paths.
 */
function findStrange({ paths, settingsFiles }) {
  const lines = new Set(
    ["user", "project"]
      .flatMap((registration) => entries(paths, undefined, { withExtra: true, registration }))
      .map(({ group }) => group.hooks[0].command),
  );
  const { file, strange = [] } =
    settingsFiles
      .map((one) => ({ ...one, strange: one.entries.filter(({ handler }) => !lines.has(handler.command)) }))
      .find((one) => one.strange.length) ?? {};
  return strange.length
    ? bad(
        "hooks",
        `${strange.length} of the entries in ${file} are of an earlier version, or have other paths`,
        CONNECT,
      )
    : null;
}

function findMissing({ paths, mainFile, support }) {
  const lacking = wantedEntries(paths, support).filter(
    ({ event }) => !mainFile.entries.some((one) => one.event === event),
  );
  if (lacking.length === 0) return null;
  return bad(
    "hooks",
    `${describeCount(paths, mainFile, support)}, without ${lacking.map(({ event }) => event).join(", ")}`,
    CONNECT,
  );
}

function findUnconnected({ paths, mainFile, support }) {
  const other = findOtherRoots(paths).find(({ isInUse }) => isInUse);
  return other
    ? bad(
        "hooks",
        `${describeCount(paths, mainFile, support)}, none in ${other.folder}, where Claude Code keeps sessions as well`,
        `set CLAUDE_CONFIG_DIR=${other.folder} and ${CONNECT}`,
      )
    : null;
}

const wantedEntries = (paths, { events }) => entries(paths, undefined, { events });

function describeCount(paths, mainFile, support) {
  const wanted = wantedEntries(paths, support);
  const presentCount = wanted.filter(({ event }) => mainFile.entries.some((one) => one.event === event)).length;
  const unknown = support.oldest ? "" : " (no Claude Code was found here, so only those that every version supports)";
  return `${presentCount} of ${wanted.length} hooks in ${mainFile.file}${unknown}`;
}

function otherHostNote(paths) {
  const { stranger: foreign } = readState(paths);
  return foreign ? `; ${foreign.count} event(s) of ${foreign.host} were left out` : "";
}

/** Our plugin by its name in the settings, `memfog@marketplace`, if it is enabled. */
const findPlugin = (settingsFiles) =>
  settingsFiles
    .flatMap(({ settings }) => Object.entries(settings.enabledPlugins ?? {}))
    .find(([name, on]) => name.startsWith("memfog@") && on === true)?.[0];

module.exports = { hooks, findDisabled };
