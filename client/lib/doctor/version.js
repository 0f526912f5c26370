"use strict";
const { isNewer, fetchServedClient } = require("../install/served-client.js");
const { good } = require("./finding.js");
const manifest = require("../../package.json");

/** Which client this is, and whether the server serves a newer one. */
async function version(paths, auth) {
  const offered = auth ? await fetchServedClient(auth).catch(() => null) : null;
  if (!offered || !isNewer(offered, paths)) return good("version", `memfog ${manifest.version}`);
  const other = offered.version === manifest.version ? "a newer build of it" : offered.version;
  return good("version", `memfog ${manifest.version}; the server serves ${other}: run memfog update`);
}

module.exports = { version };
