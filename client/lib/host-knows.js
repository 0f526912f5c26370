"use strict";
const { compareVersions, findHosts } = require("./hosts.js");
const { events: FIRST } = require("./host-events.json");

const [OLDEST] = Object.values(FIRST).sort(compareVersions);

/**
 * What may be written into settings that all of these read: {events, hosts, oldest, isAssumed}. `events` is the set of
 * hook events that each of them knows, since one that is unknown makes older versions pass over the whole file; without
 * any host it is the safe set, which every version knows. `assumed` is a version that stands for all.
 */
function whatHostsKnow({
  assumed = null,
  hosts = assumed ? [{ file: "--assume-version", version: assumed }] : findHosts(),
} = {}) {
  const oldest = hosts.reduce((a, b) => (a && compareVersions(a.version, b.version) <= 0 ? a : b), null);
  return { events: eventsOf(oldest?.version ?? OLDEST), hosts, oldest, isAssumed: assumed !== null };
}

/** The hook events that a version knows; those before the table begins are taken for its first. */
const eventsOf = (version) =>
  new Set(Object.keys(FIRST).filter((event) => isSafe(event) || compareVersions(FIRST[event], version) <= 0));

const isSafe = (event) => FIRST[event] === OLDEST;

/** What an entry for these events would do to that host: the events it does not know. */
const unknownTo = (version, events) => events.filter((event) => !eventsOf(version).has(event));

module.exports = { whatHostsKnow, unknownTo, OLDEST };
