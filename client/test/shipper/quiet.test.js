"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { call: memfog, filesIn, hook, until } = require("../../testing/scratch.js");
const { start, ship, shipOn } = require("../../testing/shipping.js");

const INTERRUPTED = "[Request interrupted by user for tool use]";

function transcript(here, ...lines) {
  const file = path.join(here.home, ".claude", "projects", "-home-alice-repo", "s-1.jsonl");
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, "");
  for (const line of lines) append(file, line);
  return file;
}

function append(file, { seconds = 0, ...line }) {
  const timestamp = new Date(Date.now() + seconds * 1_000).toISOString();
  const around = { uuid: `u-${fs.statSync(file).size}`, timestamp, sessionId: "s-1", cwd: "/home/alice/repo" };
  fs.appendFileSync(file, `${JSON.stringify({ ...around, ...line })}\n`);
}

const user = (text, over = {}) => ({
  type: "user",
  message: { role: "user", content: [{ type: "text", text }] },
  ...over,
});
const prompt = (content) => ({ type: "user", message: { role: "user", content } });
const answer = (over = {}) => ({
  type: "assistant",
  message: { id: "m-1", role: "assistant", content: [{ type: "tool_use", id: "t-1", name: "Bash", input: {} }] },
  ...over,
});
const apiError = () => ({
  ...answer({ isApiErrorMessage: true, error: "authentication_failed" }),
  message: { id: "m-2", role: "assistant", model: "<synthetic>", content: [{ type: "text", text: "API Error: 403" }] },
});

/** A hook of the session, in a run of the host that began at this entry point. */
const fire = (here, file, name = "pre_tool_use", over = {}) =>
  hook(here, {
    name,
    payload: {
      session_id: "s-1",
      transcript_path: file,
      cwd: "/home/alice/repo",
      hook_event_name: "X",
      tool_use_id: "t-1",
      ...over,
    },
    env: { CLAUDE_CODE_ENTRYPOINT: "cli" },
  });

/** The events that no hook reported. */
const learned = (server) =>
  [...server.events.values()]
    .filter(({ kind }) => kind.type === "Interrupted" || kind.data.hook === "stop_failure")
    .map((event) => event);
const notes = (here) => filesIn(here.paths.transcripts).filter((name) => name.endsWith(".open"));

test("an interrupt is seen in the transcript when the session is quiet", async (test) => {
  const { server, here } = await start(test);
  const file = transcript(here, prompt("Do it"), answer());
  await fire(here, file);
  const shipper = shipOn(test, here, { MEMFOG_LINGER: "700" });
  await until(() => server.events.size === 1, "the hook's event arrives");
  append(file, user(INTERRUPTED));
  await until(() => learned(server).length === 1, "the interrupt arrives");
  const [event] = learned(server);
  assert.equal(event.kind.type, "Interrupted");
  assert.deepEqual(
    [event.kind.data.session_id, event.project, event.client.entrypoint],
    ["s-1", "/home/alice/repo", "cli"],
  );
  await until(() => notes(here).length === 0, "the session is no longer watched");
  assert.equal(await shipper.ended, 0);
  await memfog(here, ["import"]);
  assert.equal(learned(server).length, 1);
});

test("an error of the API is seen as well, for hosts whose hook for it is not registered", async (test) => {
  const { server, here } = await start(test);
  const file = transcript(here, prompt("Do it"), apiError());
  await fire(here, file, "prompt_submit", { prompt: "Do it" });
  await ship(test, here, { MEMFOG_LINGER: "300" });
  const [event] = learned(server);
  assert.deepEqual(
    [event.kind.data.hook, event.kind.data.data.error, event.kind.data.data.last_assistant_message],
    ["stop_failure", "authentication_failed", "API Error: 403"],
  );
});

for (const [name, lines] of Object.entries({
  "an answer": [prompt("Do it"), user(INTERRUPTED), prompt("Do that"), answer()],
  "an interrupt that is older than the last hook": [prompt("Do it"), user(INTERRUPTED, { seconds: -60 })],
  "an interrupt of a subagent": [prompt("Do it"), answer(), user(INTERRUPTED, { isSidechain: true })],
  "words of the user about interrupts": [user(`Why does it say ${INTERRUPTED}?`)],
  "a line that is torn": [prompt("Do it"), answer(), { ...user(INTERRUPTED), uuid: 7 }],
  "nothing": [],
}))
  test(`what ends with ${name} is not interrupted`, async (test) => {
    const { server, here } = await start(test);
    await fire(here, transcript(here, ...lines));
    await ship(test, here, { MEMFOG_LINGER: "200" });
    assert.deepEqual(learned(server), []);
    assert.equal(server.events.size, 1);
  });

test("a session that stopped, ended or only began is not watched", async (test) => {
  const { here } = await start(test);
  const file = transcript(here, prompt("Do it"));
  for (const [hooks, expected] of [
    [["session_start"], 0],
    [["prompt_submit"], 1],
    [["stop"], 0],
    [["post_tool_use"], 1],
    [["session_end"], 0],
  ]) {
    for (const name of hooks) await fire(here, file, name, { prompt: "Do it" });
    await ship(test, here);
    assert.equal(notes(here).length, expected, hooks.join());
  }
});
