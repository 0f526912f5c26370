"use strict";
const assert = require("node:assert/strict");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { shipHere } = require("./inside.js");
const { connect, filesIn, hook, pretendShipper, scratch, startShipper } = require("./scratch.js");
const { startServer } = require("./server.js");

/** A connected home whose hooks spool, and start no shipper of their own. */
async function start(test, { linger = 0, options = [] } = {}) {
  const server = await startServer();
  test.after(server.stop);
  const here = scratch(test, { linger });
  assert.equal((await connect(here, server, ...options)).code, 0);
  pretendShipper(here);
  return { server, here };
}

async function spool(here, ...payloads) {
  for (const payload of payloads) await hook(here, { payload });
}

/**
 * Ships all that waits, in a process of its own where `env` is given; hooks that come later still start no shipper,
 * which would take events from under the next one here.
 */
async function ship(test, here, env = null) {
  if (env) await shipApart(test, here, env);
  else {
    fs.rmSync(here.paths.lease, { force: true });
    await shipHere(here);
  }
  pretendShipper(here);
}

async function shipApart(test, here, env) {
  const shipper = startShipper(here, env);
  test.after(() => shipper.child.kill("SIGKILL"));
  assert.equal(await shipper.ended, 0);
}

/** Starts one that will not end by itself, since something keeps waiting. */
function shipOn(test, here, env) {
  const shipper = startShipper(here, env);
  test.after(() => shipper.child.kill("SIGKILL"));
  return shipper;
}

const waiting = (here) => [...filesIn(here.paths.spool), ...filesIn(here.paths.outbox)];
const reasons = (here) =>
  filesIn(here.paths.quarantine)
    .filter((name) => name.endsWith(".why"))
    .map((name) => JSON.parse(fs.readFileSync(path.join(here.paths.quarantine, name), "utf8")));

/** What the shipper writes where it cut this text. */
const cutMark = (text) =>
  `… [cut by memfog: ${Buffer.byteLength(text)} bytes, sha256 ${createHash("sha256").update(text).digest("hex")}]`;

module.exports = { start, spool, ship, shipOn, waiting, reasons, cutMark };
