"use strict";
const { readAuth } = require("../auth.js");
const { looked } = require("../doctor/finding.js");
const { host } = require("../doctor/host.js");
const { overhead } = require("../doctor/overhead.js");
const { queue } = require("../doctor/queue.js");
const { server } = require("../doctor/server.js");
const { version } = require("../doctor/version.js");
const { counts } = require("../queue-status.js");
const { readState } = require("../shipper/state.js");
const { asTyped } = require("../typed.js");

/**
 * {ok, findings: [{name, ok, text, remedy}], waiting, quarantined, last_delivery}; every finding that is not ok has its
 * remedy.
 */
async function status(place) {
  const state = readState(place);
  const auth = readAuth(place);
  let counted = {};
  const looks = {
    settings: () => host(place),
    server: () => server(place, auth),
    version: () => version(place, auth),
    delivery: () => queue(place, (counted = counts(place)), state),
    overhead,
  };
  const findings = [];
  for (const [name, look] of Object.entries(looks)) findings.push(...(await orProblem(name, look)));
  const { waiting = null, quarantined = null } = counted;
  return {
    ok: findings.every((one) => one.ok),
    findings: findings.map((one) => typable(place, one)),
    waiting,
    quarantined,
    last_delivery: state.last_delivery ?? null,
  };
}

/** Where one look fails the others are told all the same. */
async function orProblem(name, look) {
  try {
    return [await look()].flat();
  } catch (error) {
    return [
      looked(name, () => {
        throw error;
      }),
    ];
  }
}

const typable = (place, finding) => ({
  ...finding,
  text: asTyped(place, finding.text),
  remedy: finding.remedy && asTyped(place, finding.remedy),
});

module.exports = { status };
