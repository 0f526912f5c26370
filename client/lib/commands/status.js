"use strict";
const { readAuth } = require("../account/auth.js");
const { formatCommands } = require("../command-text.js");
const { commits } = require("../doctor/commits.js");
const { runCheck } = require("../doctor/finding.js");
const { host } = require("../doctor/host.js");
const { overhead } = require("../doctor/overhead.js");
const { queue } = require("../doctor/queue.js");
const { server } = require("../doctor/server.js");
const { version } = require("../doctor/version.js");
const { countQueue } = require("../queue-status.js");
const { readState } = require("../shipper/state.js");

/**
 * {ok, findings: [{name, ok, text, remedy}], waiting, quarantined, last_delivery}; every finding that is not ok has a
 * remedy.
 */
async function status(paths) {
  const state = readState(paths);
  const auth = readAuth(paths);
  let queueCounts = {};
  const checks = {
    settings: () => host(paths),
    server: () => server(paths, auth),
    version: () => version(paths, auth),
    delivery: () => queue(paths, (queueCounts = countQueue(paths)), state),
    commits: () => commits(paths),
    overhead,
  };
  const findings = [];
  for (const [name, check] of Object.entries(checks)) findings.push(...(await runSafely(name, check)));
  const { waiting = null, quarantined = null } = queueCounts;
  return {
    ok: findings.every((finding) => finding.ok),
    findings: findings.map((finding) => formatFinding(paths, finding)),
    waiting,
    quarantined,
    last_delivery: state.last_delivery ?? null,
  };
}

/** If one check fails, the others still report. */
async function runSafely(name, check) {
  try {
    return [await check()].flat();
  } catch (error) {
    return [
      runCheck(name, () => {
        throw error;
      }),
    ];
  }
}

const formatFinding = (paths, finding) => ({
  ...finding,
  text: formatCommands(paths, finding.text),
  remedy: finding.remedy && formatCommands(paths, finding.remedy),
});

module.exports = { status };
