"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { connect, filesIn, hook, call: memfog, until } = require("../../testing/scratch.js");
const { ship, shipOn, spool, start, waiting } = require("../../testing/shipping.js");

const DAY_MS = 86_400_000;

const indexes = (events) => events.map((event) => event.kind.data.data.index);

test("events spooled while the server is away are in the outbox, and all arrive when it is back", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 });
  server.next.push({ status: 503, headers: { "Retry-After": "1" } });
  const shipper = shipOn(test, here);
  await until(() => server.requests.length === 1, "the first attempt");
  await spool(here, { index: 1 });
  await until(
    () => filesIn(here.paths.outbox).length === 2 && filesIn(here.paths.spool).length === 0,
    "the spool is empty while the shipper waits",
  );
  await shipper.ended;
  assert.equal(server.events.size, 2);
});

test("killed between post and delete, it delivers again under the same ids", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 }, { index: 1 });
  const first = shipOn(test, here);
  server.next.push((events, store) => {
    const body = store(events);
    process.kill(first.child.pid, "SIGKILL");
    return { status: 200, body };
  });
  await first.ended;
  assert.equal(server.events.size, 2);
  assert.equal(waiting(here).length, 2);
  await ship(test, here);
  assert.equal(server.events.size, 2);
  assert.deepEqual(
    server.requests.map((request) => request.events.length),
    [2, 2],
  );
  assert.deepEqual(waiting(here), []);
});

test("killed between outbox and spool, it mints no second id", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 });
  const [name] = filesIn(here.paths.spool);
  const exact = path.join(here.home, "link");
  // A hard link restores the same file, including its time to the nanosecond.
  fs.linkSync(path.join(here.paths.spool, name), exact);
  await ship(test, here);
  fs.linkSync(exact, path.join(here.paths.spool, name));
  await ship(test, here);
  assert.equal(server.requests.length, 2);
  assert.equal(server.events.size, 1);
});

test("of many shippers that start at once one delivers", async (test) => {
  const { here, server } = await start(test, { linger: 1_000 });
  await spool(here, ...Array.from({ length: 20 }, (_, index) => ({ index })));
  const all = await Promise.all(Array.from({ length: 8 }, () => shipOn(test, here)).map((one) => one.ended));
  assert.deepEqual(all, Array(8).fill(0));
  assert.equal(server.events.size, 20);
  assert.equal(
    server.requests.reduce((sum, request) => sum + request.events.length, 0),
    20,
  );
});

test("an event that comes while the last batch is under way is delivered by the same shipper", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 });
  server.next.push((events, store) => {
    fs.writeFileSync(path.join(here.paths.spool, "late"), 'memfog 1 stop\n/p\0{"index":1}\0memfog late\n');
    return { status: 200, body: store(events) };
  });
  await ship(test, here);
  assert.equal(server.events.size, 2);
});

test("over its bound the oldest go, and an event says how many", async (test) => {
  const { here, server } = await start(test);
  for (let index = 0; index < 10; index += 1) await spool(here, { index, content: "z".repeat(10_000) });
  server.next.push({ status: 503, headers: { "Retry-After": "1" } });
  await ship(test, here, { MEMFOG_SPOOL_BYTES: "60000" });
  const events = [...server.events.values()];
  const [dropped] = events.filter((event) => event.kind.type === "SpoolDropped");
  const stored = events.filter((event) => event.kind.type === "HookEvent");
  assert.ok(stored.length > 0 && stored.length < 10);
  assert.equal(dropped.kind.data.dropped, 10 - stored.length);
  assert.deepEqual(
    indexes(stored),
    Array.from({ length: stored.length }, (_, index) => index + 10 - stored.length),
  );
});

test("what waited for more than 30 days goes, and an event says so", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 }, { index: 1 });
  const [name] = filesIn(here.paths.spool);
  const past = new Date(Date.now() - 31 * DAY_MS);
  fs.utimesSync(path.join(here.paths.spool, name), past, past);
  server.next.push({ status: 503, headers: { "Retry-After": "1" } });
  await ship(test, here);
  const types = [...server.events.values()].map((event) => event.kind.type).sort();
  assert.deepEqual(types, ["HookEvent", "SpoolDropped"]);
  assert.match((await memfog(here, ["status"])).stdout, /FIX {2}lost .*1 event\(s\) dropped/);
});

test("however much waits and however old it is, what can be delivered is", async (test) => {
  const { here, server } = await start(test);
  await spool(here, ...[0, 1, 2, 3].map((index) => ({ index, content: "z".repeat(10_000) })));
  const times = [
    new Date(Date.now() - 3_653 * DAY_MS),
    new Date(Date.now() + 3_653 * DAY_MS),
    new Date(-86_400_000),
    new Date(0),
  ];
  for (const [index, name] of filesIn(here.paths.spool).entries())
    fs.utimesSync(path.join(here.paths.spool, name), times[index], times[index]);
  await ship(test, here, { MEMFOG_SPOOL_BYTES: "20000" });
  assert.deepEqual(indexes([...server.events.values()]).sort(), [0, 1, 2, 3]);
  assert.deepEqual(waiting(here), []);
});

test("a refused token keeps all, but not beyond the bounds", async (test) => {
  const { here, server } = await start(test);
  for (let index = 0; index < 10; index += 1) await spool(here, { index, content: "z".repeat(10_000) });
  server.token = "mfg_new";
  await ship(test, here, { MEMFOG_SPOOL_BYTES: "60000" });
  const left = waiting(here).length;
  assert.ok(left > 1 && left < 10, `${left} events wait`);
});

test("where nothing moves any more the batch is halved, until what is sent comes through", async (test) => {
  const { here, server } = await start(test);
  await spool(here, ...[0, 1, 2, 3].map((index) => ({ index, content: "w".repeat(10_000) })));
  const sizes = [];
  const slow = (events, store) => {
    sizes.push(events.length);
    return events.length > 1 ? "hang" : { status: 200, body: store(events) };
  };
  server.next.push(...Array(12).fill(slow));
  await ship(test, here, { MEMFOG_TIMEOUT: "300" });
  assert.deepEqual(sizes.slice(0, 3), [4, 2, 1]);
  assert.deepEqual(indexes([...server.events.values()]), [0, 1, 2, 3]);
});

for (const form of [{ file: "/bin/sh", args: [] }, "node"])
  test(`${form === "node" ? form : "sh"}: a lease ten years ahead delays only the next session`, async (test) => {
    const { here, server } = await start(test);
    const ahead = new Date(Date.now() + 3_653 * DAY_MS);
    for (const file of [here.paths.lease, here.paths.starting]) {
      fs.writeFileSync(file, "gone");
      fs.utimesSync(file, ahead, ahead);
    }
    await hook(here, { form, payload: { index: 1 } });
    await hook(here, { form, name: "session_start", payload: { index: 2 } });
    await until(() => server.events.size === 2, "both events delivered");
  });

test("the head of a session starts no second shipper beside a living one", async (test) => {
  const { here, server } = await start(test);
  await hook(here, { name: "session_start", payload: { index: 1 } });
  await until(() => !fs.existsSync(here.paths.starting), "the second shipper has ended");
  assert.equal(server.requests.length, 0);
  assert.equal(fs.readFileSync(here.paths.lease, "utf8"), "another");
});

test("without auth.json it ends at once and touches nothing", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 });
  fs.rmSync(here.paths.auth);
  await ship(test, here);
  assert.equal(filesIn(here.paths.spool).length, 1);
  assert.equal(server.requests.length, 0);
});

test("it ends when its lease is taken from it, as a new version does", async (test) => {
  const { here, server } = await start(test, { linger: 60_000 });
  const shipper = shipOn(test, here);
  await until(() => fs.existsSync(here.paths.lease), "the shipper has the lease");
  await spool(here, { index: 0 });
  await until(() => server.events.size === 1, "the shipper delivers");
  await connect(here, server);
  assert.equal(await shipper.ended, 0);
});
