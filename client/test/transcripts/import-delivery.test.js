"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { filesIn, memfog } = require("../../testing/scratch.js");
const { said, startImports, user } = require("../../testing/shapes.js");
const { reasons, waiting } = require("../../testing/shipping.js");

/** A connected home with one session of three prompts; the second one is long. */
async function start(test) {
  const run = await startImports(test);
  const long = `second ${"y".repeat(400_000)}`;
  const prompts = ["first", long, "third"].flatMap((prompt, index) => [
    user("S1", 2 * index, prompt),
    said("S1", 2 * index + 1, "Done."),
  ]);
  run.put("S1.jsonl", ...prompts);
  return run;
}

const promptsOf = (events) =>
  events.filter(({ kind }) => kind.data.hook === "prompt_submit").map(({ kind }) => kind.data.data.prompt);
const arrived = ({ server }) => promptsOf([...server.events.values()]);

test("what the server rejects of an import is set aside with the reason, the rest arrives", async (test) => {
  const run = await start(test);
  run.server.next.push((events, store) => {
    const index = events.findIndex((event) => promptsOf([event])[0] === "third");
    const rejected = [{ index, id: events[index].id, code: "bad_kind", detail: "no" }];
    return { status: 200, body: { ...store(events.filter((_, at) => at !== index)), rejected } };
  });
  assert.equal((await memfog(run.here, ["import"])).code, 0);
  assert.deepEqual(
    arrived(run).map((prompt) => prompt.slice(0, 6)),
    ["first", "second"],
  );
  assert.deepEqual(
    reasons(run.here).map(({ code, detail }) => [code, detail]),
    [["bad_kind", "no"]],
  );
  assert.deepEqual(waiting(run.here), []);
});

test("what is too large for the server is cut, and nothing else of the import is", async (test) => {
  const run = await start(test);
  const narrow = (events, store) =>
    JSON.stringify(events).length > 150_000 ? { status: 413, body: "" } : { status: 200, body: store(events) };
  run.server.next.push(...Array(30).fill(narrow));
  assert.equal((await memfog(run.here, ["import"])).code, 0);
  const [first, second, third] = arrived(run).sort();
  assert.deepEqual([first, third], ["first", "third"]);
  assert.match(second, /^second y+.*cut by memfog: \d+ bytes/s);
  assert.deepEqual(filesIn(run.here.paths.quarantine), []);
});

for (const [what, answer] of Object.entries({
  "a server that fails": { status: 500, body: {} },
  "a token that is refused": { status: 401, body: { code: "invalid_token" } },
  "a connection that is cut": "cut",
}))
  test(`with ${what} the events of an import wait, and flush delivers them`, async (test) => {
    const run = await start(test);
    run.server.next.push(answer);
    assert.equal((await memfog(run.here, ["import"])).code, 1);
    assert.deepEqual(arrived(run), []);
    assert.equal(waiting(run.here).length, 10);
    assert.equal((await memfog(run.here, ["flush"])).code, 0);
    assert.deepEqual(
      arrived(run).map((prompt) => prompt.slice(0, 6)),
      ["first", "second", "third"],
    );
    assert.deepEqual(waiting(run.here), []);
  });

const sizeOf = (folder) =>
  filesIn(folder).reduce((sum, name) => sum + fs.statSync(path.join(folder, name)).size, 0) / 1e6;

test("while the server does not answer, an import reads at most 64 MB ahead, and keeps no more on the disk", {
  skip: !fs.existsSync("/proc/self/io"),
}, async (test) => {
  const run = await startImports(test);
  const long = "y".repeat(900_000);
  for (let number = 10; number < 60; number += 1) {
    const session = `S${number}`;
    const prompts = ["go", long, long].map((prompt, second) => user(session, second, `${number} ${prompt}`));
    run.put(`${session}.jsonl`, ...prompts, said(session, 9, "Done."));
  }
  run.server.next.push("hang");
  const report = path.join(run.here.home, "report.json");
  const preload = path.join(__dirname, "..", "..", "bench", "usage-report.cjs");
  const env = { MEMFOG_TIMEOUT: "1500", MEMFOG_BENCH_REPORT: report, NODE_OPTIONS: `--require ${preload}` };
  const { code, stderr } = await memfog(run.here, ["import"], { env });
  assert.equal(code, 1);
  assert.match(stderr, /nothing is lost/);
  const { read_mb: readMb } = JSON.parse(fs.readFileSync(report, "utf8"));
  // The transcripts have 90 MB.
  assert.ok(readMb < 64, `${readMb} MB read`);
  const kept = sizeOf(run.here.paths.outbox) + sizeOf(run.here.paths.spool);
  assert.ok(kept > 5 && kept < 64, `${kept} MB on the disk`);
});
