"use strict";
const assert = require("node:assert/strict");
const crypto = require("node:crypto");
const os = require("node:os");
const { test } = require("node:test");
const { ship, spool, start } = require("../../testing/shipping.js");
const { addEvent } = require("../../lib/shipper/outbox/outbox.js");
const { version } = require("../../package.json");

const reportsOf = (server) =>
  server.requests.map(({ headers }) => headers["memfog-machine"]).map((text) => text && JSON.parse(text));

test("the first request reports the machine in counts and versions, and nothing else", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 }, { index: 1 });
  await ship(test, here);
  assert.deepEqual(reportsOf(server), [
    { name: os.hostname(), version, build: "", waiting: 0, oldest_s: 0, refused: 0 },
  ]);
});

test("a backlog is reported at its beginning and at its end", async (test) => {
  const { here, server } = await start(test);
  for (let index = 0; index < 12; index += 1) {
    const id = crypto.randomUUID();
    const text = JSON.stringify({ id, kind: { type: "Test", data: {} }, project: "z".repeat(900_000) });
    addEvent(here.paths, { id, time: BigInt(Date.now() - 60_000 + index) * 1_000_000n, text });
  }
  await ship(test, here);
  const reports = reportsOf(server);
  assert.ok(reports.length > 2);
  assert.ok(reports[0].waiting > 0);
  assert.ok(reports[0].oldest_s >= 59);
  assert.equal(reports.at(-1).waiting, 0);
  assert.deepEqual(reports.slice(1, -1).filter(Boolean), []);
});

test("a request that failed is followed by another report", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 });
  server.next.push({ status: 503, headers: { "Retry-After": "1" } });
  await ship(test, here);
  assert.equal(reportsOf(server).filter(Boolean).length, 2);
});
