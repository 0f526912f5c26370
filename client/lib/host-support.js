"use strict";
const { compareVersions, findHosts } = require("./hosts.js");
const { events: FIRST_VERSIONS } = require("./host-events.json");

const [OLDEST] = Object.values(FIRST_VERSIONS).sort(compareVersions);

/**
 * What may be written into settings that all of these read: {events, hosts, oldest, isAssumed}. `events` is the set of
 * hook events that each of them knows, since one that is unknown makes older versions pass over the whole file; without
 * any host it is the safe set, which every version knows. `assumed` is a version that stands for all.
 */
function findSupportedEvents({
  assumed = null,
  hosts = assumed ? [{ file: "--assume-version", version: assumed }] : findHosts(),
} = {}) {
  const oldest = hosts.reduce((a, b) => (a && compareVersions(a.version, b.version) <= 0 ? a : b), null);
  return { events: listSupported(oldest?.version ?? OLDEST), hosts, oldest, isAssumed: assumed !== null };
}

/** The hook events that a version knows; those before the table begins are taken for its first. */
const listSupported = (version) =>
  new Set(
    Object.keys(FIRST_VERSIONS).filter(
      (event) => isAlwaysSupported(event) || compareVersions(FIRST_VERSIONS[event], version) <= 0,
    ),
  );

const isAlwaysSupported = (event) => FIRST_VERSIONS[event] === OLDEST;

/** What an entry for these events would do to that host: the events it does not know. */
const listUnsupported = (version, events) => events.filter((event) => !listSupported(version).has(event));

module.exports = { findSupportedEvents, listUnsupported, OLDEST };
