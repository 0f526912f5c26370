"use strict";
const assert = require("node:assert/strict");
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
