"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const { test } = require("node:test");
const { imported, resulted, said, startImports, used, user } = require("../../testing/shapes.js");

const line = (record) => JSON.stringify(record);
const NULS = "\0".repeat(150_000);
const heard = ({ hooks }) => hooks.map(({ hook, second }) => `${hook} ${second}`);

test("marks, NULs, torn records and a missing line end take no good record with them", async (test) => {
  const run = await startImports(test);
  const file = run.put(
    "S26.jsonl",
    `\ufeff${line(user("S26", 0, "first"))}\n`,
    `${line(said("S26", 1, "one"))}\0\0\0\n\0\0${line(user("S26", 2, "second"))}\n`,
    `${NULS}${line(said("S26", 3, "two"))}\n`,
    `${line(user("S26", 4, "third")).slice(0, 90)}${line(user("S26", 5, "fourth"))}\n`,
    `${line(said("S26", 6, "three"))}${line(user("S26", 7, "fifth"))}\n${NULS}\n`,
    `${line(said("S26", 8, "four")).slice(0, 50)}\0\0${line(said("S26", 9, "five"))}`,
  );
  const told = await imported(run);
  assert.deepEqual(heard(told), [
    ...["session_start 0", "prompt_submit 0", "stop 1", "prompt_submit 2", "stop 3", "prompt_submit 5", "stop 6"],
    ...["prompt_submit 7", "stop 9"],
  ]);
  assert.equal(told.ofKind("Usage").length, 4);
  assert.match(told.stdout, /^Skipped lines: 1 incomplete, 1 no JSON\.$/m);
  // What was read is not read again, and what is written after it is.
  fs.appendFileSync(file, `\n${line(user("S26", 10, "sixth"))}\n`);
  assert.deepEqual(heard(await imported(run)).slice(-1), ["prompt_submit 10"]);
});

test("a last line without its end is left while the file is being written, and comes later", async (test) => {
  const run = await startImports(test);
  const file = run.put("S1.jsonl", user("S1", 0, "first"), line(said("S1", 1, "one")));
  const now = new Date();
  fs.utimesSync(file, now, now);
  assert.deepEqual(heard(await imported(run)), ["session_start 0", "prompt_submit 0"]);
  fs.appendFileSync(file, "\n");
  assert.deepEqual(heard(await imported(run)), ["session_start 0", "prompt_submit 0", "stop 1"]);
});

/** The same messages again, with new uuids and one time, as a host writes them after an interrupt. */
const copied = (lines, second) =>
  lines.map((one, index) => ({
    ...one,
    uuid: `copy-${second}-${index}`,
    timestamp: `2026-11-01T10:00:${second}.000Z`,
  }));

test("a conversation that stands twice in its file is told once, and goes on", async (test) => {
  const run = await startImports(test);
  const lines = [
    user("S27", 0, "first"),
    used("S27", 1, "Bash", "toolu_01FirstCommand", { command: "ls" }),
    resulted("S27", 2, "toolu_01FirstCommand", "a"),
    said("S27", 3, "one"),
    user("S27", 4, "again"),
    said("S27", 5, "two"),
    user("S27", 6, "never answered"),
  ];
  run.put("S27.jsonl", ...lines, ...copied(lines, 20), user("S27", 30, "second"), said("S27", 31, "three"));
  const told = heard(await imported(run));
  assert.deepEqual(told, [
    ...["session_start 0", "prompt_submit 0", "pre_tool_use 1", "post_tool_use 2", "stop 3", "prompt_submit 4"],
    ...["stop 5", "prompt_submit 6", "prompt_submit 30", "stop 31"],
  ]);
});

test("what a person typed twice is told twice, and gateways with one id tell each answer", async (test) => {
  const run = await startImports(test);
  const answer = (second) => said("S1", second, "t", { id: "ocgo" });
  run.put(
    "S1.jsonl",
    ...[user("S1", 0, "go on"), answer(1), user("S1", 2, "go on"), answer(3), user("S1", 4, "go on")],
    ...[used("S1", 5, "Bash", "call_0", {}, { id: "ocgo" }), resulted("S1", 6, "call_0", "a")],
    ...[used("S1", 7, "Bash", "call_0", {}, { id: "ocgo" }), resulted("S1", 8, "call_0", "b"), answer(9)],
  );
  const { ofHook } = await imported(run);
  assert.deepEqual(
    [ofHook("prompt_submit"), ofHook("stop"), ofHook("post_tool_use")].map((told) => told.length),
    [3, 3, 2],
  );
});

test("a first line of another session begins neither, and doubles nothing", async (test) => {
  const run = await startImports(test);
  run.put("SA.jsonl", user("SA", 0, "plan it"), said("SA", 1, "A plan."));
  const remainder = [
    user("SA", 2, [{ type: "text", text: "[Request interrupted by user for tool use]" }]),
    user("SA", 3, "plan it", { uuid: "copy-of-a-prompt" }),
  ];
  const plan = user("SB", 4, "Implement the plan", { planContent: "# p" });
  run.put("SB.jsonl", ...remainder, plan, said("SB", 5, "Done."));
  run.put("SC.jsonl", user("SX", 6, [{ type: "text", text: "[Request interrupted by user]" }]), user("SC", 7, "go"));
  // A file whose name is no session's, and one that begins with a conversation of a session that is gone.
  run.put("copy of SD.jsonl", user("SD", 8, "mine"), said("SD", 9, "Yes."));
  run.put("SF.jsonl", user("SE", 10, "old"), said("SE", 11, "Old."), user("SF", 12, "new"));
  const { hooks, ofHook } = await imported(run);
  assert.deepEqual(
    ofHook("session_start").map((one) => [one.session_id, one.source]),
    [
      ["SA", "startup"],
      ["SB", "clear"],
      ["SC", "startup"],
      ["SD", "startup"],
      ["SE", "startup"],
      ["SF", "startup"],
    ],
  );
  assert.deepEqual(
    ofHook("prompt_submit").map((one) => one.prompt),
    ["plan it", "Implement the plan", "go", "mine", "old", "new"],
  );
  assert.ok(!hooks.some((one) => one.session_id === "SX"));
});

test("a transcript that was replaced, or a subagent's file with another parent, is told as it is", async (test) => {
  const run = await startImports(test);
  const more = { agentId: "a1", isSidechain: true, parentUuid: null };
  const name = "S1/subagents/agent-a1.jsonl";
  const lines = [user("S1", 1, "look", more), said("S1", 2, "Seen.", more)];
  run.put("S1.jsonl", user("S1", 0, "first"), said("S1", 9, "one"));
  run.put(name, ...lines);
  const before = heard(await imported(run));
  run.put(name, ...lines, ...lines.map((one) => ({ ...one, parentUuid: "another" })), said("S1", 3, "More.", more));
  assert.deepEqual(heard(await imported(run)), before);
  run.put("S1.jsonl", user("S1", 20, "another beginning"), said("S1", 21, "two"));
  assert.deepEqual(heard(await imported(run)).slice(-2), ["prompt_submit 20", "stop 21"]);
});

test("a transcript that was imported and can no longer be read stops no later import", async (test) => {
  const run = await startImports(test);
  const file = run.put("S1.jsonl", user("S1", 0, "first"), said("S1", 1, "one"));
  await imported(run);
  fs.rmSync(file);
  fs.symlinkSync("S1.jsonl", file);
  run.put("S2.jsonl", user("S2", 2, "second"));
  assert.deepEqual(
    (await imported(run)).ofHook("prompt_submit").map(({ prompt }) => prompt),
    ["first", "second"],
  );
});
