"use strict";
const { readAuth } = require("./auth.js");
const { host } = require("./doctor/host.js");
const { overhead } = require("./doctor/overhead.js");
const { queue } = require("./doctor/queue.js");
const { server } = require("./doctor/server.js");
const { readState } = require("./shipper/state.js");
const { counts } = require("./waiting.js");

/** {ok, findings: [{name, ok, text, remedy}], waiting, quarantined, last_delivery}; every finding that is not ok has its remedy. */
async function status(place) {
  const state = readState(place);
  const counted = counts(place);
  const findings = [...host(place), ...(await server(place, readAuth(place))), ...queue(place, counted, state), overhead()];
  const { waiting, quarantined } = counted;
  return { ok: findings.every((one) => one.ok), findings, waiting, quarantined, last_delivery: state.last_delivery ?? null };
}

module.exports = { status };
