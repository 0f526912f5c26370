"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { answerLine, putTranscript, uniqueId, userLine } = require("../../testing/answers.js");
const { connect, hook, call: memfog, pretendShipper, scratch } = require("../../testing/scratch.js");
const { startServer } = require("../../testing/servers/server.js");

const HOUR = 3_600_000;

async function start(test) {
  const server = await startServer();
  test.after(server.stop);
  const here = scratch(test);
  assert.equal((await connect(here, server)).code, 0);
  pretendShipper(here);
  return { server, here };
}

const fire = (here, name, file, over = {}) =>
  hook(here, {
    name,
    payload: { session_id: path.basename(file, ".jsonl"), transcript_path: file, cwd: "/x", ...over },
  });
const flush = (here) => memfog(here, ["flush"]);
const runImport = async (here) => assert.equal((await memfog(here, ["import"])).code, 0);

/** Makes everything that has been written look as if it had been written an hour ago. */
function passHour(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    const time = new Date(Date.now() - HOUR);
    if (entry.isFile()) fs.utimesSync(file, time, time);
  }
}

function passHourFor(here) {
  passHour(here.paths.transcripts);
  passHour(path.join(here.home, ".claude", "projects"));
}

/** What the server counts: of each answer of a session the largest counts that it was told. */
function counted(server) {
  const answers = new Map();
  for (const { kind } of server.events.values()) {
    if (kind.type !== "Usage") continue;
    const { session_id: session, message_id: id, answer_id: answer = id, output_tokens: output } = kind.data;
    const key = `${session} ${answer}`;
    answers.set(key, Math.max(answers.get(key) ?? 0, output));
  }
  return [...answers.values()].sort((a, b) => a - b);
}

const usageIn = (server) =>
  [...server.events.values()].filter(({ kind }) => kind.type === "Usage").map(({ kind }) => kind.data);

test("an early count of an answer gives way to a later, larger one", async (test) => {
  const { server, here } = await start(test);
  const early = answerLine("S1", 1, uniqueId("A"), { output: 1, stop: null });
  const file = putTranscript(here, "S1", [userLine("S1", 0), early]);
  await fire(here, "stop", file);
  await flush(here);
  passHourFor(here);
  await flush(here);
  assert.deepEqual(counted(server), [1]);
  fs.appendFileSync(file, answerLine("S1", 2, uniqueId("A"), { output: 500 }));
  await fire(here, "stop", file);
  await flush(here);
  await runImport(here);
  assert.deepEqual(counted(server), [500]);
  const told = server.events.size;
  await runImport(here);
  assert.equal(server.events.size, told);
});

for (const [first, second] of [
  [9, 219],
  [219, 9],
])
  test(`of an answer in two files, with ${first} and then ${second}, the larger count counts`, async (test) => {
    const { server, here } = await start(test);
    putTranscript(here, "S4", [answerLine("S4", 1, "msg_4", { output: first, stop: null })]);
    const over = { agentId: "acompact-1", isSidechain: true };
    putTranscript(here, "S4/subagents/agent-acompact-1", [answerLine("S4", 1, "msg_4", { output: second, over })]);
    await runImport(here);
    assert.deepEqual(counted(server), [219]);
  });

test("answers of a gateway that gives one id to all of them are told apart", async (test) => {
  const { server, here } = await start(test);
  putTranscript(here, "O1", [
    userLine("O1", 0),
    answerLine("O1", 1, "ocgo", { output: 100 }),
    userLine("O1", 2),
    answerLine("O1", 3, "ocgo", { output: 300 }),
  ]);
  putTranscript(here, "O2", [userLine("O2", 0), answerLine("O2", 1, "ocgo", { output: 100 })]);
  await runImport(here);
  assert.deepEqual(counted(server), [100, 100, 300]);
  assert.equal(new Set(usageIn(server).map((one) => one.answer_id)).size, 3);
});

for (const [what, ids] of Object.entries({
  "a counter": ["msg_1", "msg_1"],
  "a time": ["msg_1758123456789", "msg_1758123456789"],
  "a constant of the usual length": ["msg_000000000000000000000000", "msg_000000000000000000000000"],
  "an id of another form": ["chatcmpl-1", "chatcmpl-1"],
  "a long time": ["17581234567891234567", "17581234567891234567"],
  "the name of a model": ["answer_of-claude-opus-4-6", "answer_of-claude-opus-4-6"],
  "an id that is empty of information": [
    "00000000-0000-0000-0000-000000000000",
    "00000000-0000-0000-0000-000000000000",
  ],
}))
  test(`${what} as message id counts once in each session`, async (test) => {
    const { server, here } = await start(test);
    for (const [index, id] of ids.entries())
      putTranscript(here, `S${index}`, [userLine(`S${index}`, 0), answerLine(`S${index}`, 1, id, { output: 7 })]);
    await runImport(here);
    assert.deepEqual(counted(server), [7, 7]);
  });

for (const [where, id] of Object.entries({
  Anthropic: uniqueId("B"),
  Bedrock: "msg_bdrk_01BbCdEfGhJkLmNpQrStUv",
  Vertex: "msg_vrtx_01BbCdEfGhJkLmNpQrStUv",
  "a gateway with random ids": "4f0c2a9b-1d3e-4a5b-8c7d-9e8f7a6b5c4d",
  "another one": "202611011000ab12cd34ef56ab12cd34",
  OpenRouter: "gen-1793500000-aB3dE5fG7hJ9kL1mN2pQ",
}))
  test(`an answer of ${where} in a resumed session's copy counts once`, async (test) => {
    const { server, here } = await start(test);
    for (const session of ["S0", "S1"])
      putTranscript(here, session, [userLine(session, 0), answerLine(session, 1, id, { output: 7 })]);
    await runImport(here);
    assert.deepEqual(counted(server), [7]);
  });

test("answers of a gateway that gives no id are counted and told apart", async (test) => {
  const { server, here } = await start(test);
  for (const [index, id] of [undefined, null, "", 7].entries())
    putTranscript(here, `S${index}`, [
      userLine(`S${index}`, 0),
      answerLine(`S${index}`, 1, id, { output: 1 }),
      answerLine(`S${index}`, 2, id, { output: 2, stop: null }),
      userLine(`S${index}`, 3),
      answerLine(`S${index}`, 4, id, { output: 3 }),
    ]);
  await runImport(here);
  assert.deepEqual(counted(server), [2, 2, 2, 2, 3, 3, 3, 3]);
  const events = usageIn(server);
  assert.equal(new Set(events.map((one) => one.answer_id)).size, 8);
  assert.ok(events.every((one) => one.message_id === one.answer_id));
});

test("the lines of one answer of a gateway are one answer, also with a tool's result in between", async (test) => {
  const { server, here } = await start(test);
  const [first, second] = [1, 3].map((second) => `S1-assistant-${second}`);
  putTranscript(here, "S1", [
    userLine("S1", 0),
    answerLine("S1", 1, "ocgo", { output: 40, stop: null }),
    userLine("S1", 2, { parentUuid: first }),
    answerLine("S1", 3, "ocgo", { output: 40, over: { parentUuid: first } }),
    answerLine("S1", 4, "ocgo", { output: 45, over: { parentUuid: second } }),
    userLine("S1", 5),
    answerLine("S1", 6, "ocgo", { output: 50, over: { parentUuid: "S1-user-5" } }),
  ]);
  await runImport(here);
  assert.deepEqual(counted(server), [45, 50]);
});

test("answers of one id are told apart by their requests", async (test) => {
  const { server, here } = await start(test);
  putTranscript(here, "S1", [
    answerLine("S1", 1, "ocgo", { output: 1, over: { requestId: "r1" } }),
    answerLine("S1", 2, "ocgo", { output: 2, over: { requestId: "r2" } }),
    answerLine("S1", 3, "ocgo", { output: 3, over: { requestId: "r1" } }),
  ]);
  await runImport(here);
  assert.deepEqual(counted(server), [2, 3]);
});

test("agents of a workflow are counted with the session that started them", async (test) => {
  const { server, here } = await start(test);
  const main = putTranscript(here, "S6", [userLine("S6", 0), answerLine("S6", 1, uniqueId("C"), { output: 5 })]);
  const over = { agentId: "a1", isSidechain: true };
  const folder = "S6/subagents/workflows/wf_1";
  putTranscript(here, `${folder}/agent-a1`, [answerLine("S6", 2, uniqueId("D"), { output: 60, over })]);
  putTranscript(here, `${folder}/agent-a2`, []);
  putTranscript(here, `${folder}/journal`, ['{"type":"started","key":"k"}\n']);
  await fire(here, "session_start", main, { source: "startup" });
  await fire(here, "stop", main);
  await fire(here, "session_end", main);
  await flush(here);
  assert.deepEqual(counted(server), [5, 60]);
  const told = server.events.size;
  await runImport(here);
  assert.equal(server.events.size, told);
});

test("an answer of a subagent is counted once, if only a line about its progress is left of it too", async (test) => {
  const { server, here } = await start(test);
  const over = { agentId: "a1", isSidechain: true };
  const progress = (second, id, output) => {
    const message = JSON.parse(answerLine("S6", second, id, { output, stop: null }));
    const { uuid, timestamp, sessionId, cwd } = message;
    const data = { type: "agent_progress", agentId: "a1", message };
    return `${JSON.stringify({ type: "progress", uuid: `p-${uuid}`, timestamp, sessionId, cwd, data })}\n`;
  };
  const main = [progress(2, uniqueId("D"), 1), progress(3, uniqueId("E"), 30), progress(4, "ocgo", 7)];
  const file = putTranscript(here, "S6", [userLine("S6", 0), ...main]);
  putTranscript(here, "S6/subagents/agent-a1", [answerLine("S6", 2, uniqueId("D"), { output: 60, over })]);
  await fire(here, "stop", file);
  await flush(here);
  await runImport(here);
  assert.deepEqual(counted(server), [30, 60]);
  assert.deepEqual([...new Set(usageIn(server).map((one) => one.agent_id))], ["a1"]);
});

test("the last turn of a killed session is counted once the session is quiet", async (test) => {
  const { server, here } = await start(test);
  const line = answerLine("S7", 1, uniqueId("E"), { output: 500 });
  const file = putTranscript(here, "S7", [userLine("S7", 0), line]);
  const over = { agentId: "a1", isSidechain: true };
  putTranscript(here, "S7/subagents/agent-a1", [answerLine("S7", 2, uniqueId("F"), { output: 70, stop: null, over })]);
  await fire(here, "prompt_submit", file);
  await fire(here, "pre_tool_use", file);
  await flush(here);
  assert.deepEqual(counted(server), []);
  passHourFor(here);
  await flush(here);
  assert.deepEqual(counted(server), [70, 500]);
  assert.deepEqual(
    fs.readdirSync(here.paths.transcripts).filter((name) => name.endsWith(".quiet")),
    [],
  );
});

test("what the price depends on leaves the machine", async (test) => {
  const { server, here } = await start(test);
  const usage = {
    cache_creation_input_tokens: 70,
    cache_creation: { ephemeral_5m_input_tokens: 30, ephemeral_1h_input_tokens: 40 },
    speed: "fast",
    inference_geo: "us",
    service_tier: "priority",
    server_tool_use: { web_search_requests: 3, web_fetch_requests: 0, "a b": 1, x: "y" },
  };
  putTranscript(here, "S8", [answerLine("S8", 1, uniqueId("G"), { usage })]);
  putTranscript(here, "S9", [
    answerLine("S9", 1, uniqueId("H"), {
      usage: { speed: null, service_tier: "x\n", server_tool_use: 5, cache_creation: null },
    }),
  ]);
  await runImport(here);
  const [one, other] = usageIn(server).sort((a, b) => (a.session_id < b.session_id ? -1 : 1));
  assert.equal(one.cache_creation_5m_input_tokens, 30);
  assert.equal(one.cache_creation_1h_input_tokens, 40);
  assert.deepEqual([one.speed, one.inference_geo, one.service_tier], ["fast", "us", "priority"]);
  assert.deepEqual(one.server_tool_use, { web_search_requests: 3 });
  assert.deepEqual(
    Object.keys(other).filter((name) => /speed|tier|geo|tool|1h|5m/.test(name)),
    [],
  );
});

test("what a model asked of an advisor counts as that model's", async (test) => {
  const { server, here } = await start(test);
  const iterations = [
    { type: "message", model: null, input_tokens: 2, output_tokens: 5 },
    { type: "advisor_message", model: "claude-opus-5-5", input_tokens: 30, output_tokens: 8 },
  ];
  putTranscript(here, "SA", [answerLine("SA", 1, uniqueId("J"), { output: 5, usage: { iterations } })]);
  await runImport(here);
  assert.deepEqual(
    usageIn(server)
      .map((one) => [one.model, one.input_tokens, one.output_tokens])
      .sort(),
    [
      ["claude-opus-4-6", 10, 5],
      ["claude-opus-5-5", 30, 8],
    ],
  );
});
