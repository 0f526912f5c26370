"use strict";
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { pause, resume } = require("../../lib/privacy/pause.js");
const { noteHost } = require("../../lib/shipper/sessions/host-processes.js");
const {
  ON_LINUX,
  endOf,
  ends,
  notes,
  projectOf,
  startHost,
  startTurn,
} = require("../../testing/hooks/host-process.js");
const { start, ship } = require("../../testing/shipping.js");

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

test("a session that was passed on, and that an unknown process continues, is not watched", ON_LINUX, async (test) => {
  const { server, here } = await start(test);
  const first = await startTurn(test, here);
  await ship(test, here);
  const second = startHost(test, here);
  await second.fire("session_start", { source: "resume" });
  await ship(test, here);
  await second.kill();
  await ship(test, here);
  assert.equal(notes(here).length, 1);
  const value = { session_id: "s-1", cwd: projectOf(here) };
  noteHost(here.paths, { hook: "stop", time: BigInt(Date.now()) * 1_000_000n, hostPid: null, payload: { value } });
  await first.kill();
  await ship(test, here);
  assert.deepEqual([notes(here), ends(server)], [[], []]);
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
