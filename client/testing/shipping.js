"use strict";
const assert = require("node:assert/strict");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { shipHere } = require("./inside.js");
const { connect, filesIn, hook, pretendShipper, scratch, startShipper } = require("./scratch.js");
const { startServer } = require("./servers/server.js");

/** A connected home whose hooks write to the spool but start no shipper. */
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
 * Ships all waiting events, in a separate process if `env` is given. Later hooks still start no shipper, which would
 * take events that the next call here should ship.
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

/** Starts a shipper that does not end by itself, because events keep waiting. */
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

/** The mark that the shipper writes where it cuts this text. */
const cutMark = (text) =>
  `… [cut by memfog: ${Buffer.byteLength(text)} bytes, sha256 ${createHash("sha256").update(text).digest("hex")}]`;

module.exports = { start, spool, ship, shipOn, waiting, reasons, cutMark };
