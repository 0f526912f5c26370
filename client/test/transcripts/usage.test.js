"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { startServer } = require("../../testing/servers/server.js");
const {
  connect,
  filesIn,
  hook,
  call: memfog,
  pretendShipper,
  scratch,
  startShipper,
  until,
} = require("../../testing/scratch.js");
const { putTranscripts } = require("../../testing/transcripts.js");

async function start(test) {
  const server = await startServer();
  test.after(server.stop);
  const here = scratch(test);
  assert.equal((await connect(here, server)).code, 0);
  pretendShipper(here);
  const [file] = putTranscripts(here, "tour");
  return { server, here, file, folder: file.slice(0, -".jsonl".length) };
}

const usageOf = (server) =>
  [...server.events.values()].filter((event) => event.kind.type === "Usage").map((event) => event.kind.data);
const stop = (here, file, name = "stop") =>
  hook(here, {
    name,
    payload: { session_id: path.basename(file, ".jsonl"), transcript_path: file, cwd: "/home/dev/my-repo" },
  });
const flush = (here) => memfog(here, ["flush"]);
function answer(id, over = {}) {
  const usage = { input_tokens: 1, output_tokens: 2 };
  const message = { id, model: "claude-x", stop_reason: "end_turn", usage, ...over };
  return `${JSON.stringify({ type: "assistant", sessionId: "s", timestamp: "2026-11-21T08:00:00.000Z", message })}\n`;
}

test("after a stop the answers of the turn are counted, once each, when they were given", async (test) => {
  const { server, here, file } = await start(test);
  await stop(here, file);
  await flush(here);
  const usage = usageOf(server);
  assert.equal(usage.length, 10);
  const one = [...server.events.values()].find((event) => event.kind.type === "Usage");
  assert.deepEqual([one.project, one.schema_version], ["/home/dev/my-repo", 1]);
  assert.deepEqual(Object.keys(one.kind.data), [
    "session_id",
    "prompt_id",
    "message_id",
    "request_id",
    "cwd",
    "model",
    "input_tokens",
    "output_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "speed",
    "service_tier",
  ]);
  const lines = fs.readFileSync(file, "utf8").split("\n");
  const { timestamp } = JSON.parse(lines.find((line) => line.includes(one.kind.data.message_id)));
  assert.ok(Math.abs(Date.parse(one.ts) - Date.parse(timestamp)) < 1);
});

test("reading it again posts nothing, what is new is posted alone", async (test) => {
  const { server, here, file } = await start(test);
  await stop(here, file);
  await flush(here);
  const requests = server.requests.length;
  fs.appendFileSync(file, answer("msg_new"));
  await stop(here, file);
  await flush(here);
  const sent = server.requests
    .slice(requests)
    .flatMap((request) => request.events)
    .filter((event) => event.kind.type === "Usage");
  assert.deepEqual(
    sent.map((event) => event.kind.data.message_id),
    ["msg_new"],
  );
});

test("a subagent's transcript is counted at its own stop, or at the session's end", async (test) => {
  const { server, here, file, folder } = await start(test);
  const [agent] = fs.readdirSync(path.join(folder, "subagents")).filter((name) => name.endsWith(".jsonl"));
  await hook(here, {
    name: "subagent_stop",
    payload: { transcript_path: file, agent_transcript_path: path.join(folder, "subagents", agent) },
  });
  await flush(here);
  assert.deepEqual(
    usageOf(server).map((one) => [one.agent_type, `agent-${one.agent_id}.jsonl`]),
    [
      ["general-purpose", agent],
      ["general-purpose", agent],
    ],
  );
  await stop(here, file, "session_end");
  await flush(here);
  assert.equal(usageOf(server).length, 12);
});

test("a transcript that was rewritten or cut is read from its start, and nothing is counted twice", async (test) => {
  const { server, here, file } = await start(test);
  await stop(here, file);
  await flush(here);
  for (const [index, content] of [answer("msg_cut"), `${" ".repeat(200_000)}\n${answer("msg_rewritten")}`].entries()) {
    fs.writeFileSync(file, content);
    await stop(here, file);
    await flush(here);
    assert.equal(usageOf(server).length, 11 + index);
  }
});

test("an answer that is half written waits for its end", async (test) => {
  const { server, here, file } = await start(test);
  const whole = answer("msg_half");
  fs.writeFileSync(
    file,
    answer("msg_open", { stop_reason: null, usage: { input_tokens: 1, output_tokens: 1 } }) + whole.slice(0, 40),
  );
  await stop(here, file);
  await flush(here);
  assert.deepEqual(usageOf(server), []);
  fs.writeFileSync(
    file,
    answer("msg_open", { stop_reason: null, usage: { input_tokens: 1, output_tokens: 1 } }) +
      answer("msg_open", { usage: { input_tokens: 1, output_tokens: 9 } }) +
      whole,
  );
  await stop(here, file);
  await flush(here);
  assert.deepEqual(
    usageOf(server).map((one) => [one.message_id, one.output_tokens]),
    [
      ["msg_open", 9],
      ["msg_half", 2],
    ],
  );
});

test("what the host writes after the hook has run is seen by the shipper that lingers", async (test) => {
  const { server, here, file } = await start(test);
  fs.writeFileSync(file, answer("msg_first"));
  await stop(here, file);
  const shipper = startShipper(here, { MEMFOG_LINGER: "20000" });
  test.after(() => shipper.child.kill("SIGKILL"));
  await until(() => usageOf(server).length === 1, "the first answer");
  fs.appendFileSync(file, answer("msg_late"));
  await until(() => usageOf(server).length === 2, "the late answer");
});

for (const [what, put] of Object.entries({
  "an absent transcript": (file) => fs.rmSync(file),
  "a folder in its place": (file) => {
    fs.rmSync(file);
    fs.mkdirSync(file);
  },
  "a binary file": (file) => fs.writeFileSync(file, Buffer.from([0, 255, 10, 254, 10])),
  "an empty one": (file) => fs.writeFileSync(file, ""),
  "answers without numbers": (file) =>
    fs.writeFileSync(
      file,
      answer("m", { usage: null }) + answer("k", { model: 7 }) + answer("n", { model: "<synthetic>" }),
    ),
}))
  test(`${what} costs nothing, and the stop is delivered`, async (test) => {
    const { server, here, file } = await start(test);
    put(file);
    await stop(here, file);
    assert.equal((await flush(here)).code, 0);
    assert.deepEqual(server.hooks(), ["stop"]);
    assert.deepEqual(filesIn(here.paths.quarantine), []);
  });

for (const args of [[], ["--project"]])
  test(`answers of a pause ${args} are not counted after it, nor does its title leave`, async (test) => {
    const { server, here } = await start(test);
    const file = path.join(here.home, "paused.jsonl");
    const line = (id, over) => {
      const made = { ...JSON.parse(answer(id)), timestamp: new Date().toISOString(), cwd: here.home, ...over };
      return `${JSON.stringify(made)}\n`;
    };
    assert.equal((await memfog(here, ["pause", ...args])).code, 0);
    fs.writeFileSync(
      file,
      line("msg_1") + line("msg_2", { cwd: undefined }) + line("x", { type: "ai-title", aiTitle: "Merger" }),
    );
    const pausedAt = Date.now();
    await until(() => Date.now() > pausedAt, "a moment within the pause");
    assert.equal((await memfog(here, ["resume", ...args])).code, 0);
    const resumedAt = Date.now();
    await until(() => Date.now() > resumedAt, "a moment after the pause");
    fs.appendFileSync(file, line("msg_3"));
    await stop(here, file);
    await flush(here);
    assert.deepEqual(
      usageOf(server).map((data) => data.message_id),
      ["msg_3"],
    );
    assert.deepEqual(
      [...server.events.values()].filter((event) => event.kind.type === "SessionTitle"),
      [],
    );
  });

test("answers and titles of lines without a folder leave no ignored folder", async (test) => {
  const { server, here } = await start(test);
  const folder = path.join(here.home, "ignored");
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, ".memfogignore"), "");
  const line = (kind) => `${JSON.stringify({ sessionId: "s", timestamp: "2026-11-21T08:00:00.000Z", ...kind })}\n`;
  const file = path.join(here.home, "bare.jsonl");
  const title = line({ type: "ai-title", aiTitle: "Merger" });
  fs.writeFileSync(file, line({ type: "system", cwd: folder }) + line({ type: "system" }) + title + answer("msg_1"));
  await stop(here, file);
  await flush(here);
  assert.deepEqual(
    [...server.events.values()].map((event) => event.kind.type),
    ["HookEvent"],
  );
});

test("a huge transcript is counted to its end, in portions", async (test) => {
  const { server, here, file } = await start(test);
  const filling = `{"type":"user","text":"${"x".repeat(1_000_000)}"}\n`;
  fs.writeFileSync(file, answer("msg_0"));
  for (let index = 1; index <= 3; index += 1) fs.appendFileSync(file, filling.repeat(33) + answer(`msg_${index}`));
  await stop(here, file);
  await until(async () => {
    await flush(here);
    return usageOf(server).length === 4;
  }, "all four answers");
});

test("a stop that comes before its transcript is written brings the last answer along", async (test) => {
  const { server, here, folder } = await start(test);
  const payload = {
    session_id: "s",
    transcript_path: `${folder}-later.jsonl`,
    cwd: "/x",
    last_assistant_message: "Done.",
  };
  await hook(here, { name: "stop", payload });
  await flush(here);
  const [event] = [...server.events.values()].filter(({ kind }) => kind.data.hook === "stop");
  assert.equal(event.kind.data.data.last_assistant_message, "Done.");
  assert.deepEqual(usageOf(server), []);
});
