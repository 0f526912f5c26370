"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { startServer } = require("../testing/server.js");
const { connect, filesIn, hook, memfog, pretendShipper, scratch, until } = require("../testing/scratch.js");
const { putTranscripts, toldByHooks } = require("../testing/transcripts.js");

// A transcript does not hold them: what a person was told, which tasks were done.
const NOT_TOLD = new Set(["notification", "task_completed"]);
// Nor these fields, which say how long a hook's tool took and what ran beside it.
const NOT_HELD = ["duration_ms", "effort", "permission_mode", "model", "background_tasks", "session_crons", "transcript_path", "agent_transcript_path"];

async function start(test) {
  const server = await startServer();
  test.after(server.stop);
  const here = scratch(test);
  assert.equal((await connect(here, server)).code, 0);
  pretendShipper(here);
  return { server, here };
}

const hooksOf = (server) => [...server.events.values()].filter((event) => event.kind.type === "HookEvent");
const usageOf = (server) => [...server.events.values()].filter((event) => event.kind.type === "Usage");

/** Sorted, since hooks that fire at once may be told in any order. */
function comparable(told) {
  return told.map(({ hook: name, payload }) => {
    const kept = Object.fromEntries(Object.entries(payload).filter(([key]) => !NOT_HELD.includes(key)).sort());
    // A subagent's transcript holds the text of a result, not the parts of it. The hook is given the agent's default as absent, and as false where the model said so.
    // Nor why a session ended, and under which prompt.
    if (name === "session_end") { delete kept.reason; delete kept.prompt_id; }
    if (kept.agent_id) delete kept.tool_response;
    if (kept.tool_name === "Agent") { kept.tool_input = { ...kept.tool_input, run_in_background: undefined }; delete kept.tool_response; }
    return JSON.stringify([name, kept], (_, value) => (value && typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value));
  }).sort();
}

for (const name of ["tour", "interactive"]) test(`the ${name} session's transcripts are told as the hooks told it`, async (test) => {
  const { server, here } = await start(test);
  putTranscripts(here, name);
  const done = await memfog(here, ["import"]);
  assert.deepEqual([done.code, done.stderr], [0, ""]);
  // The agent that sums up leaves no transcript of its own.
  const isSummariser = ({ hook: name, payload }) => name === "subagent_stop" && payload.agent_type === "";
  const wanted = toldByHooks(name).filter((one) => !NOT_TOLD.has(one.hook) && !isSummariser(one));
  const got = hooksOf(server).map((event) => ({ hook: event.kind.data.hook, payload: event.kind.data.data }));
  assert.deepEqual(comparable(got), comparable(wanted));
  assert.ok(hooksOf(server).every((event) => event.root === "/home/dev/my-repo" && event.project.startsWith("/home/dev/my-repo")));
});

test("each answer is one Usage event, with its subagent where there was one", async (test) => {
  const { server, here } = await start(test);
  putTranscripts(here, "tour");
  await memfog(here, ["import"]);
  const usage = usageOf(server).map((event) => event.kind.data);
  assert.equal(usage.length, 12);
  assert.equal(new Set(usage.map((one) => one.message_id)).size, 12);
  assert.deepEqual(usage.filter((one) => one.agent_id).map((one) => one.agent_type), ["general-purpose", "general-purpose"]);
  assert.deepEqual([usage[0].model, usage[0].input_tokens, usage[0].output_tokens], ["claude-opus-5-5", 100, 20]);
  assert.ok(usage.every((one) => one.session_id && one.prompt_id && one.cwd === "/home/dev/my-repo"));
});

test("importing again adds nothing, and neither does a fork's copy", async (test) => {
  const { server, here } = await start(test);
  const [file] = putTranscripts(here, "tour");
  await memfog(here, ["import"]);
  const before = server.events.size;
  assert.equal((await memfog(here, ["import"])).code, 0);
  assert.equal(server.events.size, before);
  const session = path.basename(file, ".jsonl");
  const fork = "99999999-9999-4999-8999-999999999999";
  fs.writeFileSync(path.join(path.dirname(file), `${fork}.jsonl`), fs.readFileSync(file, "utf8").replaceAll(session, fork).replaceAll('"isSidechain"', `"forkedFrom":{"sessionId":"${session}"},"isSidechain"`));
  await memfog(here, ["import"]);
  const added = [...server.events.values()].slice(before).map((event) => [event.kind.data.hook, event.kind.data.data.source]);
  // That it ended is the fork's own.
  assert.deepEqual(added, [["session_start", "fork"], ["session_end", undefined]]);
});

test("a session ends where Claude Code says what it cost, unless somebody went on with it", async (test) => {
  const { server, here } = await start(test);
  const [file] = putTranscripts(here, "tour");
  const lines = fs.readFileSync(file, "utf8").trim().split("\n");
  const ends = () => hooksOf(server).filter((event) => event.kind.data.hook === "session_end").map((event) => Date.parse(event.ts));
  const cost = JSON.parse(lines.at(-1));
  const said = lines.map((line) => JSON.parse(line)).filter((line) => line.type === "assistant").at(-1);
  const { promptId, ...again } = JSON.parse(lines.find((line) => line.includes('"type":"user"')));
  fs.appendFileSync(file, `${JSON.stringify({ ...again, uuid: "77777777-7777-4777-8777-777777777777", timestamp: said.timestamp })}\n`);
  await memfog(here, ["import"]);
  assert.deepEqual(ends(), []);
  for (const [startTime, totalDuration, over] of [[cost.startTime, cost.totalDuration, cost.startTime + cost.totalDuration], [1, 1, Date.parse(said.timestamp)], ["x", null, Date.parse(said.timestamp)], [1e300, 1, Date.parse(said.timestamp)]]) {
    server.events.clear();
    fs.writeFileSync(file, `${[...lines.slice(0, -1), JSON.stringify({ ...cost, startTime, totalDuration })].join("\n")}\n`);
    await memfog(here, ["import"]);
    assert.deepEqual(ends(), [over]);
  }
});

test("a compaction that nobody asked for is told without words", async (test) => {
  const { server, here } = await start(test);
  for (const file of putTranscripts(here, "interactive")) {
    const kept = fs.readFileSync(file, "utf8").split("\n").filter((line) => !/local-command-caveat|<command-name>.compact|Compacted \(ctrl/.test(line));
    fs.writeFileSync(file, kept.join("\n").replace('"trigger":"manual"', '"trigger":"auto"').replace('"durationMs":147', '"durationMs":"long"'));
  }
  await memfog(here, ["import"]);
  const [compaction] = hooksOf(server).filter((event) => event.kind.data.hook === "pre_compact");
  assert.deepEqual([compaction.kind.data.data.trigger, compaction.kind.data.data.custom_instructions], ["auto", null]);
  assert.equal(hooksOf(server).filter((event) => event.kind.data.data.source === "compact").length, 1);
});

test("of a session that the hooks captured only the part before it is taken", async (test) => {
  const { server, here } = await start(test);
  const [file] = putTranscripts(here, "tour");
  const told = toldByHooks("tour");
  const session = path.basename(file, ".jsonl");
  for (const { hook: name, payload } of told.slice(-3)) await hook(here, { name, payload });
  // As if the hooks had begun in the middle of it.
  const lines = fs.readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const middle = lines.filter((line) => line.type === "assistant")[6].timestamp;
  await memfog(here, ["flush"]);
  assert.match(fs.readFileSync(here.place.captured, "utf8"), new RegExp(`^${session} \\d{19}\n$`));
  fs.writeFileSync(here.place.captured, `${session} ${BigInt(Date.parse(middle)) * 1_000_000n}\n`);
  const live = new Set(server.events.keys());
  await memfog(here, ["import"]);
  const imported = hooksOf(server).filter((event) => !live.has(event.id));
  assert.ok(imported.length > 4);
  assert.ok(imported.every((event) => Date.parse(event.ts) < Date.parse(middle)));
  assert.ok(!imported.some((event) => ["stop", "subagent_stop"].includes(event.kind.data.hook)));
});

test("a transcript that names our stop hook was captured, even when this machine has forgotten it", async (test) => {
  const { server, here } = await start(test);
  for (const file of putTranscripts(here, "interactive")) fs.writeFileSync(file, fs.readFileSync(file, "utf8").replaceAll("/usr/bin/true", "/bin/sh -c x /home/dev/.claude/hooks/memfog-hook.sh stop"));
  await memfog(here, ["import"]);
  assert.deepEqual(hooksOf(server), []);
  assert.equal(usageOf(server).length, 11);
});

test("connecting to a server on this machine brings past sessions along, unless told not to", async (test) => {
  const server = await startServer();
  test.after(server.stop);
  const here = scratch(test);
  putTranscripts(here, "interactive");
  assert.match((await connect(here, server, "--no-import")).stdout, /^Next: use Claude Code as always/m);
  assert.match((await connect(here, server, "--project-only")).stdout, /^Next: use Claude Code as always/m);
  assert.deepEqual([...server.events], []);
  const done = await connect(here, server);
  assert.match(done.stdout, /^Next: see 2 past session\(s\) at http/m);
  assert.equal(done.stdout.trim().split("\n").length, 5);
  const before = server.events.size;
  assert.ok(before > 20);
  await connect(here, server);
  assert.equal(server.events.size, before);
});

test("past sessions that do not arrive are no reason not to be connected", async (test) => {
  const server = await startServer();
  test.after(server.stop);
  const here = scratch(test);
  putTranscripts(here, "tour");
  server.next.push("cut");
  const done = await connect(here, server);
  assert.equal(done.code, 0);
  assert.match(done.stdout, /Past sessions did not come along: .*Run memfog import again/);
  assert.equal((await memfog(here, ["import"])).code, 0);
  assert.equal(usageOf(server).length, 12);
});

test("--dry-run counts and sends nothing, --since leaves out what was before", async (test) => {
  const { server, here } = await start(test);
  putTranscripts(here, "tour");
  const dry = await memfog(here, ["import", "--dry-run"]);
  assert.match(dry.stdout, /^Would import \d+ event\(s\) of 1 session\(s\): .*\b12 Usage\b/);
  assert.deepEqual([...server.events], []);
  assert.deepEqual(filesIn(here.place.spool), []);
  assert.match((await memfog(here, ["import", "--since", "2099-01-01"])).stdout, /^Imported 0 event\(s\) of 0 session\(s\)\.$/m);
  assert.equal((await memfog(here, ["import", "--since", "soon"])).code, 2);
});

test("a server that is away stops it with one line, and the next import goes on", async (test) => {
  const { server, here } = await start(test);
  putTranscripts(here, "tour");
  server.next.push("cut");
  const stopped = await memfog(here, ["import"]);
  assert.equal(stopped.code, 1);
  assert.match(stopped.stderr, /Run memfog import again/);
  assert.equal((await memfog(here, ["import"])).code, 0);
  assert.equal(usageOf(server).length, 12);
});

test("old events that wait are not taken for events that waited long", async (test) => {
  const { server, here } = await start(test);
  for (const file of putTranscripts(here, "tour")) fs.writeFileSync(file, fs.readFileSync(file, "utf8").replaceAll('"2026-', '"2001-'));
  server.next.push("cut");
  await memfog(here, ["import"]);
  fs.rmSync(here.place.lease, { force: true });
  await hook(here, { name: "notification", payload: { a: 1 } });
  await until(() => server.hooks().includes("notification"), "the shipper delivers");
  assert.ok(![...server.events.values()].some((event) => event.kind.type === "SpoolDropped"));
});

test("torn, foreign and endless lines cost nothing but themselves", async (test) => {
  const { server, here } = await start(test);
  const [file] = putTranscripts(here, "tour");
  const text = fs.readFileSync(file, "utf8");
  fs.writeFileSync(file, `{"type":"user","mess\nnull\n[]\n"x"\n{"type":"user","message":7}\n{"type":"assistant","message":{"id":1}}\n\u0000\n{"x":"${"y".repeat(34 * 1024 * 1024)}"}\n${text}{"type":"assistant","half`);
  await memfog(here, ["import"]);
  assert.equal(usageOf(server).length, 12);
});

test("what is excluded, private or secret is treated as in a live session", async (test) => {
  const { server, here } = await start(test);
  const [file] = putTranscripts(here, "tour");
  const text = fs.readFileSync(file, "utf8");
  fs.writeFileSync(here.place.config, '{"exclude": ["/home/dev/my-repo"]}');
  await memfog(here, ["import"]);
  assert.deepEqual([...server.events], []);
  fs.rmSync(here.place.config);
  fs.writeFileSync(file, text.replaceAll("Please take the tour. [[play:tour]]", `Use ghp_${"aB3dE6gH9jK2mN5pQ8sT".repeat(2).slice(0, 36)} please`));
  await memfog(here, ["import"]);
  const prompt = hooksOf(server).find((event) => event.kind.data.hook === "prompt_submit").kind.data.data.prompt;
  assert.match(prompt, /^Use \[redacted:[\w-]+\] please$/);
  server.events.clear();
  fs.writeFileSync(file, text.replaceAll("Please take the tour. [[play:tour]]", "<private>Please take the tour.</private>"));
  await memfog(here, ["import"]);
  assert.deepEqual(server.hooks().filter(Boolean), ["session_start"]);
});
