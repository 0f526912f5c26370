"use strict";
const { compareVersions, findHosts } = require("./hosts.js");
const { events: FIRST_VERSIONS } = require("./host-events.json");

const [OLDEST] = Object.values(FIRST_VERSIONS).sort(compareVersions);

/**
 * The events that settings may name if all these versions read them: {events, hosts, oldest, isAssumed}. `events` is
 * the set of hook events that all of them support, because an unknown event makes older versions ignore the whole file;
 * without any host it is the set that every version supports. `assumed` is a version that replaces all of them.
 */
function findSupportedEvents({
  assumed = null,
  hosts = assumed ? [{ file: "--assume-version", version: assumed }] : findHosts(),
} = {}) {
  const oldest = hosts.reduce((a, b) => (a && compareVersions(a.version, b.version) <= 0 ? a : b), null);
  return { events: listSupported(oldest?.version ?? OLDEST), hosts, oldest, isAssumed: assumed !== null };
}

/** The hook events that a version supports; versions older than the table count as its first. */
const listSupported = (version) =>
  new Set(
    Object.keys(FIRST_VERSIONS).filter(
      (event) => isAlwaysSupported(event) || compareVersions(FIRST_VERSIONS[event], version) <= 0,
    ),
  );

const isAlwaysSupported = (event) => FIRST_VERSIONS[event] === OLDEST;

/** Which of these events a version does not support. */
const listUnsupported = (version, events) => events.filter((event) => !listSupported(version).has(event));

module.exports = { findSupportedEvents, listUnsupported, OLDEST };
