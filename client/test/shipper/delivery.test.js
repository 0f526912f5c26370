"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const { test } = require("node:test");
const { connect, filesIn, hook, call: memfog, until } = require("../../testing/scratch.js");
const { startServer } = require("../../testing/servers/server.js");
const { reasons, ship, shipOn, spool, start, waiting } = require("../../testing/shipping.js");

const indexes = (events) => events.map((event) => event.kind.data.data.index);

test("rejected events are set aside with the reason, and their neighbors are done", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 }, { index: 1 }, { index: 2 });
  server.next.push((events, store) => ({
    status: 200,
    body: {
      ...store([events[0], events[2]]),
      rejected: [{ index: 1, id: events[1].id, code: "bad_kind", detail: "no" }],
    },
  }));
  await ship(test, here);
  assert.deepEqual(indexes([...server.events.values()]), [0, 2]);
  assert.deepEqual(waiting(here), []);
  assert.deepEqual(
    reasons(here).map(({ code, detail }) => ({ code, detail })),
    [{ code: "bad_kind", detail: "no" }],
  );
});

test("an event rejected as too large is cut and sent again", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { content: "x".repeat(200_000) });
  server.next.push((events) => ({
    status: 200,
    body: { accepted: 0, rejected: [{ index: 0, id: events[0].id, code: "too_large", detail: "" }] },
  }));
  await ship(test, here);
  assert.equal(server.events.size, 1);
  assert.match([...server.events.values()][0].kind.data.data.content, /cut by memfog: 200000 bytes/);
});

for (const status of [400, 422])
  test(`${status}: the one offender is found and set aside, the others are delivered`, async (test) => {
    const { here, server } = await start(test);
    await spool(here, ...[0, 1, 2, 3, 4, 5, 6].map((index) => ({ index })));
    const picky = (events, store) =>
      indexes(events).includes(5)
        ? { status, body: { code: "bad_body", detail: "five" } }
        : { status: 200, body: store(events) };
    server.next.push(...Array(20).fill(picky));
    await ship(test, here);
    assert.deepEqual(indexes([...server.events.values()]).sort(), [0, 1, 2, 3, 4, 6]);
    assert.deepEqual(
      reasons(here).map((reason) => reason.detail),
      ["five"],
    );
  });

test("413: the batch is halved, and a single event is cut until it passes", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 }, { index: 1, content: "y".repeat(400_000) }, { index: 2 });
  const narrow = (events, store) =>
    JSON.stringify(events).length > 150_000
      ? { status: 413, body: "<h1>Too large" }
      : { status: 200, body: store(events) };
  server.next.push(...Array(20).fill(narrow));
  await ship(test, here);
  assert.deepEqual(indexes([...server.events.values()]).sort(), [0, 1, 2]);
  assert.deepEqual(filesIn(here.paths.quarantine), []);
});

test("413 for whatever it sends: what can not be cut further is set aside", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 });
  server.next.push({ status: 413 });
  await ship(test, here);
  assert.equal(reasons(here)[0].code, "too_large");
});

for (const status of [401, 403])
  test(`${status}: it keeps all, says so in status, and hooks start no other for a while`, async (test) => {
    const { here, server } = await start(test);
    await spool(here, { index: 0 });
    server.next.push({ status, body: { code: "no" } });
    await ship(test, here);
    assert.equal(waiting(here).length, 1);
    await hook(here, { payload: { index: 1 } });
    assert.equal(fs.existsSync(here.paths.starting), false);
    const { code, stdout } = await memfog(here, ["status"]);
    assert.equal(code, 1);
    assert.match(stdout, new RegExp(`refused the token \\(${status}\\)`));
    await connect(here, server);
    await hook(here, { payload: { index: 2 } });
    await until(() => server.events.size === 3, "all events delivered after a new connect");
  });

const NO_ANSWERS = {
  "a portal's 200": { status: 200, body: "<h1>Welcome to the hotel" },
  "a 200 that does not add up": { status: 200, body: { accepted: 1 } },
  "a 200 that counts too many": { status: 200, body: { accepted: 2, duplicates: 1 } },
  "a 200 that rejects what was not sent": {
    status: 200,
    body: { accepted: 1, rejected: [{ index: 9, code: "bad_id" }] },
  },
  "an empty 200": { status: 200, body: {} },
  "a portal's 400": { status: 400, body: "<h1>Bad request" },
  "404": { status: 404, body: { code: "not_found" } },
  "408": { status: 408 },
  "500": { status: 500, body: "oops" },
  "503": { status: 503 },
  "a cut connection": "cut",
};

for (const [name, answer] of Object.entries(NO_ANSWERS))
  test(`${name}: nothing is deleted, and it is tried again`, async (test) => {
    const { here, server } = await start(test);
    await spool(here, { index: 0 }, { index: 1 });
    server.next.push(answer);
    const shipper = shipOn(test, here);
    await until(() => server.requests.length === 1, "the first attempt");
    await until(() => server.events.size === 2, "the second attempt");
    assert.equal(await shipper.ended, 0);
    assert.deepEqual(waiting(here), []);
    assert.deepEqual(filesIn(here.paths.quarantine), []);
  });

test("429: Retry-After is waited for", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 });
  const times = [];
  server.next.push(() => {
    times.push(Date.now());
    return { status: 429, headers: { "Retry-After": "2" } };
  });
  server.next.push((events, store) => {
    times.push(Date.now());
    return { status: 200, body: store(events) };
  });
  await ship(test, here);
  assert.ok(times[1] - times[0] >= 1_950);
});

test("a redirect to another host is not followed, and the token stays", async (test) => {
  const { here, server } = await start(test);
  const other = await startServer();
  test.after(other.stop);
  await spool(here, { index: 0 });
  for (const status of [301, 302, 307, 308]) server.next.push({ status, headers: { Location: `${other.url}/ingest` } });
  const shipper = shipOn(test, here);
  await until(() => server.events.size === 1, "delivered by the server itself", 60_000);
  assert.equal(await shipper.ended, 0);
  assert.equal(other.requests.length, 0);
});
