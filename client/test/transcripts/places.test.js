"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { imported, put, resulted, said, startImports, time, used, user } = require("../../testing/shapes.js");

test("linked folders are followed, each real folder once; a link that leads nowhere is told", async (test) => {
  const run = await startImports(test);
  const projects = path.dirname(run.folder);
  const real = path.join(run.here.home, "real");
  put(path.join(real, "S22.jsonl"), [user("S22", 0, "x")]);
  put(path.join(real, "deeper", "S23.jsonl"), [user("S23", 1, "y")]);
  fs.mkdirSync(projects, { recursive: true });
  fs.symlinkSync(real, path.join(projects, "-link"));
  fs.symlinkSync(real, path.join(projects, "-another"));
  fs.symlinkSync(projects, path.join(real, "up"));
  fs.symlinkSync(path.join(run.here.home, "gone"), path.join(projects, "-gone"));
  const { ofHook, stdout } = await imported(run);
  assert.deepEqual(
    ofHook("prompt_submit").map((one) => one.prompt),
    ["x", "y"],
  );
  assert.match(stdout, /^ {2}\S+-gone is a link that leads to no file$/m);
  assert.match(stdout, /^Skipped 1 file/m);
});

const captured = (session, second) => ({
  type: "system",
  subtype: "stop_hook_summary",
  uuid: `h-${session}-${second}`,
  sessionId: session,
  timestamp: time(second),
  hookInfos: [{ command: "/home/x/.claude/hooks/memfog-hook.sh stop" }],
});
const agent = { agentId: "0a1b2c3d", isSidechain: true };

test("a subagent's file beside that of its session belongs to it, by the session that its lines name", async (test) => {
  const run = await startImports(test);
  run.put("S25.jsonl", user("S25", 0, "x"), said("S25", 1, "Done."), captured("S25", 2));
  run.put("agent-0a1b2c3d.jsonl", user("S25", 5, "look", agent), said("S25", 6, "Seen.", agent));
  run.put("S26.jsonl", user("S26", 3, "y"), said("S26", 4, "Done."));
  run.put("agent-1a1b2c3d.jsonl", user("S26", 7, "look", { ...agent, agentId: "1a1b2c3d" }));
  const { hooks, ofHook } = await imported(run);
  assert.deepEqual([...new Set(hooks.map((one) => one.session_id))], ["S26"]);
  assert.deepEqual(
    ofHook("subagent_start").map((one) => [one.agent_id, path.basename(one.transcript_path)]),
    [["1a1b2c3d", "S26.jsonl"]],
  );
});

test("agents at any depth belong to the session above, and the journal beside them is none", async (test) => {
  const run = await startImports(test);
  const deep = { agentId: "a1", isSidechain: true };
  run.put("S6.jsonl", user("S6", 0, "x"), said("S6", 1, "Done."));
  run.put("S6/subagents/workflows/wf_1/agent-a1.jsonl", user("S6", 2, "look", deep), said("S6", 3, "Seen.", deep));
  run.put("S6/subagents/workflows/wf_1/journal.jsonl", { type: "started", key: "k" });
  run.put("S6/subagents/workflows/wf_1/agent-a2.jsonl");
  const { ofHook, stdout } = await imported(run);
  assert.deepEqual(
    ["subagent_start", "subagent_stop"]
      .flatMap(ofHook)
      .map((one) => [one.agent_id, path.basename(one.transcript_path)]),
    [
      ["a1", "S6.jsonl"],
      ["a1", "S6.jsonl"],
    ],
  );
  assert.ok(!stdout.includes("Skipped"));
});

test("the host's own background agents are no subagents", async (test) => {
  const run = await startImports(test);
  run.put("S29.jsonl", user("S29", 0, "x"), said("S29", 1, "Done."));
  const ids = [
    ...["aprompt_suggestion-0123abcd", "acompact-0123abcd", "aside_question-0123abcd", "asession_memory-0123abcd"],
    ...["a0123abcd", "areviewer-0123abcd"],
  ];
  for (const agentId of ids) {
    const more = { agentId, isSidechain: true };
    run.put(`S29/subagents/agent-${agentId}.jsonl`, user("S29", 2, "x", { ...more, uuid: agentId }), {
      ...said("S29", 3, "Guess.", { ...more, id: `msg_01Answer${agentId.replace(/\W/g, "")}` }),
      uuid: `answer of ${agentId}`,
    });
  }
  const { ofHook, ofKind } = await imported(run);
  assert.deepEqual(
    ofHook("subagent_start")
      .map((one) => one.agent_id)
      .sort(),
    ["a0123abcd", "areviewer-0123abcd"],
  );
  assert.equal(ofHook("subagent_stop").length, 2);
  assert.deepEqual(
    ofKind("Usage")
      .map((one) => one.agent_type ?? "")
      .sort(),
    ["", "", "", "compact", "prompt_suggestion", "session_memory", "side_question"],
  );
});

const side = (line, name, parentUuid) => ({ ...line, isSidechain: true, parentUuid, uuid: `${line.uuid}-${name}` });

/** The lines of a subagent of this name in the file of its session: its prompt, a tool call, its report. */
function sideLines(name) {
  const root = side(user("S30", 2, `look at ${name}`), name, null);
  const grep = side(used("S30", 3, "Grep", `toolu_01GrepNumber${name}`), name, root.uuid);
  const found = side(resulted("S30", 4, `toolu_01GrepNumber${name}`, "1"), name, grep.uuid);
  return [root, grep, found, side(said("S30", 5, `Seen ${name}.`), name, found.uuid)];
}

function taskLines(name) {
  const id = `toolu_01TaskNumber${name}`;
  const call = used("S30", 1, "Task", id, { prompt: `look at ${name}`, subagent_type: `kind-${name}` });
  const result = resulted("S30", 6, id, `Seen ${name}.`, { toolUseResult: { content: [] } });
  return [call, result].map((line) => ({ ...line, uuid: `${line.uuid} of ${name}` }));
}

test("subagents within their session's file are told apart by their roots, inside their tool call", async (test) => {
  const run = await startImports(test);
  const [[taskA, resultA], [taskB, resultB]] = ["A", "B"].map(taskLines);
  const [linesA, linesB] = ["A", "B"].map(sideLines);
  const interleaved = linesA.flatMap((line, index) => [linesB[index], line]);
  run.put("S30.jsonl", user("S30", 0, "go"), taskA, taskB, ...interleaved, resultA, resultB, said("S30", 7, "Done."));
  const { hooks, ofHook } = await imported(run);
  const stops = ofHook("subagent_stop").map((one) => [one.agent_type, one.last_assistant_message]);
  assert.deepEqual(stops.sort(), [
    ["kind-A", "Seen A."],
    ["kind-B", "Seen B."],
  ]);
  const calls = ofHook("post_tool_use").map((one) => [
    one.tool_use_id.slice(8),
    one.agent_type ?? one.tool_response.agentId,
  ]);
  const idOf = (name) => ofHook("subagent_start").find((one) => one.agent_type === `kind-${name}`).agent_id;
  assert.deepEqual(calls.sort(), [
    ["GrepNumberA", "kind-A"],
    ["GrepNumberB", "kind-B"],
    ["TaskNumberA", idOf("A")],
    ["TaskNumberB", idOf("B")],
  ]);
  assert.equal(
    new Set(hooks.map((one) => `${one.hook} ${one.second} ${one.agent_id ?? one.tool_use_id}`)).size,
    hooks.length,
  );
  assert.equal(ofHook("prompt_submit").length, 1);
});
