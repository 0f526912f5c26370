"use strict";
const { unknownTo } = require("../host-knows.js");
const { entries } = require("../install.js");
const { otherRoots } = require("../roots.js");
const { readState } = require("../shipper/state.js");
const { bad, CONNECT, good } = require("./finding.js");

/**
 * Whether our hooks are among what Claude Code runs, are what they should be, and all that the installed versions know.
 */
function hooks(place, looked, known) {
  const hindered = neverRun(looked, known);
  if (hindered) return hindered;
  const best = looked.reduce((a, b) => (b.entries.length > a.entries.length ? b : a));
  const plugin = pluginIn(looked);
  if (plugin && best.entries.length === 0) return good("hooks", `the hooks of the plugin ${plugin}`);
  return (
    CHECKS.map((check) => check({ place, looked, best, known })).find(Boolean) ??
    good("hooks", `${countOf(place, best, known)}${aside(place)}`)
  );
}

const CHECKS = [leftovers, missing, unconnected];

/** The finding of what keeps hooks of these settings from running at all, or null. */
function neverRun(looked, { hosts }) {
  const disabling = looked.find((one) => one.settings.disableAllHooks === true);
  if (disabling) return bad("hooks", `"disableAllHooks" is on in ${disabling.file}`, "remove it, or no hook runs");
  // Older versions pass over the whole file for one event that they do not know.
  for (const { file, entries: found } of looked)
    for (const host of hosts) {
      const events = unknownTo(
        host.version,
        found.map(({ event }) => event),
      );
      if (events.length)
        return bad(
          "hooks",
          `Claude Code ${host.version} (${host.file}) does not know ${events.join(", ")}, ` +
            `and may pass over the whole of ${file}`,
          CONNECT,
        );
    }
  return null;
}

/**
 * Entries of earlier versions, those that lost a part when the host rewrote the file, and those that lead elsewhere.
 */
function leftovers({ place, looked }) {
  const lines = new Set(
    ["user", "project"]
      .flatMap((registration) => entries(place, undefined, { withExtra: true, registration }))
      .map(({ group }) => group.hooks[0].command),
  );
  const { file, strange = [] } =
    looked
      .map((one) => ({ ...one, strange: one.entries.filter(({ handler }) => !lines.has(handler.command)) }))
      .find((one) => one.strange.length) ?? {};
  return strange.length
    ? bad("hooks", `${strange.length} of the entries in ${file} are of an earlier version, or lead elsewhere`, CONNECT)
    : null;
}

function missing({ place, best, known }) {
  const lacking = wantedOf(place, known).filter(({ event }) => !best.entries.some((one) => one.event === event));
  if (lacking.length === 0) return null;
  return bad(
    "hooks",
    `${countOf(place, best, known)}, without ${lacking.map(({ event }) => event).join(", ")}`,
    CONNECT,
  );
}

function unconnected({ place, best, known }) {
  const other = otherRoots(place).find(({ isInUse }) => isInUse);
  return other
    ? bad(
        "hooks",
        `${countOf(place, best, known)}, none in ${other.folder}, where Claude Code keeps sessions as well`,
        `set CLAUDE_CONFIG_DIR=${other.folder} and ${CONNECT}`,
      )
    : null;
}

const wantedOf = (place, { events }) => entries(place, undefined, { events });

function countOf(place, best, known) {
  const wanted = wantedOf(place, known);
  const there = wanted.filter(({ event }) => best.entries.some((one) => one.event === event)).length;
  const unknown = known.oldest ? "" : " (no Claude Code was found here, so those that every version knows)";
  return `${there} of ${wanted.length} hooks in ${best.file}${unknown}`;
}

function aside(place) {
  const { stranger } = readState(place);
  return stranger ? `; ${stranger.count} event(s) of ${stranger.host} were left out` : "";
}

/** Our plugin as Claude Code names it, `memfog@marketplace`, where the settings have it switched on. */
const pluginIn = (looked) =>
  looked
    .flatMap(({ settings }) => Object.entries(settings.enabledPlugins ?? {}))
    .find(([name, on]) => name.startsWith("memfog@") && on === true)?.[0];

module.exports = { hooks, neverRun };
