"use strict";
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { pause, resume } = require("../lib/privacy/pause.js");
const { ON_LINUX, endOf, ends, notes, startHost, startTurn } = require("../testing/host-process.js");
const { start, ship } = require("../testing/shipping.js");

test("a session that runs in two processes ends with the last of them", ON_LINUX, async (test) => {
  const { server, here } = await start(test);
  const first = await startTurn(test, here);
  await ship(test, here);
  const second = startHost(test, here);
  await second.fire("session_start", { source: "resume" });
  await second.fire("prompt_submit", { prompt: "Here, too" });
  await ship(test, here);
  await second.kill();
  await ship(test, here);
  assert.deepEqual([notes(here).length, ends(server)], [1, []], "the first process still runs the session");
  await first.kill();
  await ship(test, here);
  assert.deepEqual(ends(server), [endOf(here)]);
});

test("a process that seems to run two sessions ends neither: one is of another container", ON_LINUX, async (test) => {
  const { server, here } = await start(test);
  const host = await startTurn(test, here);
  for (const hookName of ["session_start", "prompt_submit"]) await host.fire(hookName, { session_id: "s-2" });
  await ship(test, here);
  assert.equal(notes(here).length, 2);
  await host.kill();
  await ship(test, here);
  assert.deepEqual([notes(here), ends(server)], [[], []]);
});

test("a session that was closed during a pause may have been resumed then", ON_LINUX, async (test) => {
  const { server, here } = await start(test);
  const host = await startTurn(test, here);
  await ship(test, here);
  pause(here.paths);
  await host.kill();
  resume(here.paths);
  await ship(test, here);
  assert.deepEqual([notes(here), ends(server)], [[], []]);
});
