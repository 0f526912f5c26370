"use strict";
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { filesIn, memfog } = require("../../testing/scratch.js");
const { imported, said, startImports, user } = require("../../testing/shapes.js");

const COUNT = 400;

test("a connection that the server closed between two batches stops no import", async (test) => {
  const run = await startImports(test);
  for (let number = 0; number < COUNT; number += 1)
    run.put(`S${number}.jsonl`, user(`S${number}`, 0, `do ${number}`), said(`S${number}`, 1, "Done."));
  run.server.next.push((events, store) => ({ status: 200, body: store(events) }), "cut");
  const { ofHook } = await imported(run);
  assert.equal(ofHook("prompt_submit").length, COUNT);
});

test("many small transcripts go in few batches, and an import that was stopped goes on", async (test) => {
  const run = await startImports(test);
  const { server, here } = run;
  for (let number = 0; number < COUNT; number += 1) {
    const session = `S${String(number).padStart(6, "0")}`;
    run.put(`${session}.jsonl`, user(session, 0, `do ${number}`), said(session, 1, "Done."));
  }
  const before = server.requests.length;
  server.next.push((events, store) => ({ status: 200, body: store(events) }), "cut", "cut");
  const stopped = await memfog(here, ["import"]);
  assert.equal(stopped.code, 1);
  const first = server.events.size;
  assert.ok(first > 0 && first < COUNT * 4);
  const { ofHook, ofKind } = await imported(run);
  assert.deepEqual([ofHook("prompt_submit").length, ofKind("Usage").length], [COUNT, COUNT]);
  // Each batch has several hundred events.
  assert.ok(server.requests.length - before < COUNT / 20, `${server.requests.length - before} requests`);
  assert.deepEqual(filesIn(here.paths.spool), []);
});
