"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const { test } = require("node:test");
const { SILENT, connected, testHook } = require("../../testing/hooks/hook-forms.js");
const { entryOf, fire, hook, until } = require("../../testing/scratch.js");

testHook({ name: "node", form: "node" });

test("the entry for a hook whose file is gone exits 0: dash alone would exit 2, which blocks tools", async (test) => {
  const { here } = await connected(test);
  fs.rmSync(here.hookFile("sh"));
  assert.deepEqual(await fire(entryOf(here, "PreToolUse"), { env: here.environment, input: "{}" }), SILENT);
});

test("the hook does not wait for the shipper it starts, nor lends it its streams", async (test) => {
  const { here, server } = await connected(test, { linger: 20_000 });
  // `close` fires only after every holder of stdout has ended: a shipper that inherited stdout would delay it by 20 s.
  const started = Date.now();
  await hook(here);
  assert.ok(Date.now() - started < 5_000);
  await until(() => server.events.size === 1, "delivered");
});

test("options for Node in the session's environment do not reach the shipper", async (test) => {
  const { here, server } = await connected(test);
  await hook(here, { env: { NODE_OPTIONS: "--require=/nowhere/at-all.js" } });
  await until(() => server.events.size === 1, "delivered");
});
