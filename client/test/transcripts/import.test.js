"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { connect, filesIn, hook, call: memfog, pretendShipper, scratch, until } = require("../../testing/scratch.js");
const { startServer } = require("../../testing/servers/server.js");
const { putTranscripts, toldByHooks } = require("../../testing/transcripts.js");

// Hooks that a transcript does not hold: messages and questions to a person.
const NOT_TOLD = new Set(["notification", "permission_request", "task_created"]);
// Members that a transcript does not hold: durations of tools, and what ran at the same time.
const NOT_HELD = [
  "duration_ms",
  "effort",
  "permission_mode",
  "model",
  "background_tasks",
  "session_crons",
  "transcript_path",
  "agent_transcript_path",
];

// Members that a hook is not given.
const NOT_GIVEN = ["prompt_source"];

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

/** Sorted, because hooks that fire at once may come in any order. */
function comparable(reported) {
  return reported
    .map(({ hook: name, payload }) => {
      const stored = Object.fromEntries(
        Object.entries(payload)
          .filter(([key]) => !NOT_HELD.includes(key) && !NOT_GIVEN.includes(key))
          .sort(),
      );
      // A subagent's transcript holds only the text of a result. The hook gets `run_in_background` only if the model
      // set it. A transcript holds neither the reason nor the prompt of a session's end.
      if (name === "session_end") {
        delete stored.reason;
        delete stored.prompt_id;
      }
      if (stored.agent_id && stored.tool_response) stored.tool_response = { stdout: stored.tool_response.stdout };
      // The transcript leaves out the analysis that the model wrote before the summary.
      if (name === "post_compact")
        stored.compact_summary = stored.compact_summary.replace(/<analysis>[\s\S]*<\/analysis>\s*/, "");
      if (stored.tool_name === "Agent") {
        stored.tool_input = { ...stored.tool_input, run_in_background: undefined };
        delete stored.tool_response;
      }
      return JSON.stringify([name, stored], (_, value) =>
        value && typeof value === "object" && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).sort())
          : value,
      );
    })
    .sort();
}

for (const name of ["tour", "interactive"])
  test(`the ${name} session's transcripts are told as the hooks told it`, async (test) => {
    const { server, here } = await start(test);
    putTranscripts(here, name);
    const done = await memfog(here, ["import"]);
    assert.deepEqual([done.code, done.stderr], [0, ""]);
    // The agent that writes the summary has no transcript of its own.
    const isSummarizer = ({ hook: name, payload }) => name === "subagent_stop" && payload.agent_type === "";
    const wanted = toldByHooks(name).filter((one) => !NOT_TOLD.has(one.hook) && !isSummarizer(one));
    const got = hooksOf(server).map((event) => ({ hook: event.kind.data.hook, payload: event.kind.data.data }));
    assert.deepEqual(comparable(got), comparable(wanted));
    assert.ok(
      hooksOf(server).every(
        (event) => event.root === "/home/dev/my-repo" && event.project.startsWith("/home/dev/my-repo"),
      ),
    );
  });

test("each answer is one Usage event, with its subagent where there was one", async (test) => {
  const { server, here } = await start(test);
  putTranscripts(here, "tour");
  await memfog(here, ["import"]);
  const usage = usageOf(server).map((event) => event.kind.data);
  assert.equal(usage.length, 12);
  assert.equal(new Set(usage.map((one) => one.message_id)).size, 12);
  assert.deepEqual(
    usage.filter((one) => one.agent_id).map((one) => one.agent_type),
    ["general-purpose", "general-purpose"],
  );
  assert.deepEqual([usage[0].model, usage[0].input_tokens, usage[0].output_tokens], ["claude-opus-5-5", 100, 20]);
  assert.ok(usage.every((one) => one.session_id && one.prompt_id && one.cwd === "/home/dev/my-repo"));
});

/** Writes a fork of the session of this transcript, with one prompt of its own. */
function writeFork(file) {
  const session = path.basename(file, ".jsonl");
  const fork = "99999999-9999-4999-8999-999999999999";
  const lines = fs.readFileSync(file, "utf8").trim().split("\n");
  const origin = `"forkedFrom":{"sessionId":"${session}"},"isSidechain"`;
  const copies = lines.map((line) => line.replaceAll(session, fork).replaceAll('"isSidechain"', origin));
  const { uuid: _, ...like } = JSON.parse(lines.find((line) => line.includes('"type":"user"')));
  const prompt = JSON.stringify({
    ...like,
    sessionId: fork,
    uuid: "88888888-8888-4888-8888-888888888888",
    timestamp: "2026-11-21T09:00:00.000Z",
    message: { role: "user", content: "Elsewhere." },
  });
  const text = [...copies.slice(0, -1), prompt, copies.at(-1)].join("\n");
  fs.writeFileSync(path.join(path.dirname(file), `${fork}.jsonl`), `${text}\n`);
  return { session, time: like.timestamp };
}

test("importing again adds nothing, and neither does a fork's copy", async (test) => {
  const { server, here } = await start(test);
  const [file] = putTranscripts(here, "tour");
  await memfog(here, ["import"]);
  const before = server.events.size;
  assert.equal((await memfog(here, ["import"])).code, 0);
  assert.equal(server.events.size, before);
  const { session, time } = writeFork(file);
  // The fork's own events are the same whether the original session was captured or imported.
  for (const captured of ["", `${session} ${BigInt(Date.parse(time)) * 1_000_000n} session_start startup\n`]) {
    fs.writeFileSync(here.paths.captured, captured);
    await memfog(here, ["import"]);
    const added = [...server.events.values()].slice(before).map(({ ts, kind }) => {
      const { hook: name, data } = kind.data;
      return [name, data.source ?? data.prompt, ts.slice(0, 19)];
    });
    const at = "2026-11-21T09:00:00";
    assert.deepEqual(added.sort(), [
      ["prompt_submit", "Elsewhere.", at],
      ["session_end", undefined, at],
      ["session_start", "fork", at],
    ]);
  }
});

test("a session ends where Claude Code says what it cost, unless somebody went on with it", async (test) => {
  const { server, here } = await start(test);
  const [file] = putTranscripts(here, "tour");
  const lines = fs.readFileSync(file, "utf8").trim().split("\n");
  const ofHook = (name) => hooksOf(server).filter((event) => event.kind.data.hook === name);
  const ends = () => ofHook("session_end").map((event) => Date.parse(event.ts));
  const cost = JSON.parse(lines.at(-1));
  const printedText = lines.map((line) => JSON.parse(line)).findLast((line) => line.type === "assistant");
  const { promptId, ...again } = JSON.parse(lines.find((line) => line.includes('"type":"user"')));
  const uuid = "77777777-7777-4777-8777-777777777777";
  fs.appendFileSync(file, `${JSON.stringify({ ...again, uuid, timestamp: printedText.timestamp })}\n`);
  await memfog(here, ["import"]);
  // The session ended and was then resumed.
  assert.deepEqual(ends(), [cost.startTime + cost.totalDuration]);
  assert.deepEqual(
    ofHook("session_start").map((event) => event.kind.data.data.source),
    ["startup", "resume"],
  );
  for (const [startTime, totalDuration, over] of [
    [cost.startTime, cost.totalDuration, cost.startTime + cost.totalDuration],
    [1, 1, Date.parse(printedText.timestamp)],
    ["x", null, Date.parse(printedText.timestamp)],
    [1e300, 1, Date.parse(printedText.timestamp)],
  ]) {
    server.events.clear();
    const last = JSON.stringify({ ...cost, startTime, totalDuration });
    fs.writeFileSync(file, `${[...lines.slice(0, -1), last].join("\n")}\n`);
    await memfog(here, ["import"]);
    assert.deepEqual(ends(), [over]);
  }
});

test("a compaction that nobody asked for is told without words", async (test) => {
  const { server, here } = await start(test);
  for (const file of putTranscripts(here, "interactive")) {
    const stored = fs
      .readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => !/local-command-caveat|<command-name>.compact|Compacted \(ctrl/.test(line));
    fs.writeFileSync(
      file,
      stored
        .join("\n")
        .replace('"trigger":"manual"', '"trigger":"auto"')
        .replace('"durationMs":147', '"durationMs":"long"'),
    );
  }
  await memfog(here, ["import"]);
  const [compaction] = hooksOf(server).filter((event) => event.kind.data.hook === "pre_compact");
  assert.deepEqual([compaction.kind.data.data.trigger, compaction.kind.data.data.custom_instructions], ["auto", null]);
  assert.equal(hooksOf(server).filter((event) => event.kind.data.data.source === "compact").length, 1);
});

test("of a session that the hooks captured only the part before it is taken", async (test) => {
  const { server, here } = await start(test);
  const [file] = putTranscripts(here, "tour");
  const reported = toldByHooks("tour");
  const session = path.basename(file, ".jsonl");
  for (const { hook: name, payload } of reported.slice(-3)) await hook(here, { name, payload });
  // Simulates hooks that were connected in the middle of the session.
  const lines = fs
    .readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const middle = lines.filter((line) => line.type === "assistant")[6].timestamp;
  await memfog(here, ["flush"]);
  assert.match(
    fs.readFileSync(here.paths.captured, "utf8"),
    new RegExp(`^${session} \\d{19} post_tool_use toolu_\\w+\n$`),
  );
  fs.writeFileSync(here.paths.captured, `${session} ${BigInt(Date.parse(middle)) * 1_000_000n}\n`);
  const live = new Set(server.events.keys());
  await memfog(here, ["import"]);
  const imported = hooksOf(server).filter((event) => !live.has(event.id));
  assert.ok(imported.length > 4);
  assert.ok(imported.every((event) => Date.parse(event.ts) < Date.parse(middle)));
  assert.ok(!imported.some((event) => ["stop", "subagent_stop"].includes(event.kind.data.hook)));
});

test("wherever in a session the hooks began, nothing is missing and nothing comes twice", async (test) => {
  const { server, here } = await start(test);
  const [file] = putTranscripts(here, "tour");
  const session = path.basename(file, ".jsonl");
  await memfog(here, ["import"]);
  const whole = hooksOf(server).sort((a, b) => Date.parse(a.ts) - Date.parse(b.ts));
  for (const first of whole) {
    server.events.clear();
    const { hook: name, data } = first.kind.data;
    // Claude Code runs a hook shortly after it writes the line of the transcript; after a tool, shortly before.
    const lag = name.startsWith("post_tool") ? -5 : 60;
    const reported =
      name === "session_start"
        ? data.source
        : (data.tool_use_id ?? (name.startsWith("subagent_") ? data.agent_id : data.prompt_id));
    fs.writeFileSync(
      here.paths.captured,
      `${session} ${BigInt(Date.parse(first.ts) + lag) * 1_000_000n} ${name} ${reported ?? ""}\n`.replace(" \n", "\n"),
    );
    await memfog(here, ["import"]);
    const before = whole.filter((event) => Date.parse(event.ts) < Date.parse(first.ts)).map((event) => event.id);
    assert.deepEqual(
      hooksOf(server)
        .map((event) => event.id)
        .sort(),
      before.sort(),
      name,
    );
  }
});

test("what the hooks have captured and nobody has delivered yet is not imported", async (test) => {
  const { server, here } = await start(test);
  putTranscripts(here, "tour");
  for (const { hook: name, payload } of toldByHooks("tour").slice(0, 3)) await hook(here, { name, payload });
  await memfog(here, ["import"]);
  assert.deepEqual(server.hooks().filter(Boolean), ["session_start", "prompt_submit", "pre_tool_use"]);
});

test("what was typed while the model was at work, and how the session was named, is told", async (test) => {
  const { server, here } = await start(test);
  const [file] = putTranscripts(here, "tour");
  const lines = fs.readFileSync(file, "utf8").trim().split("\n");
  const { message, ...like } = JSON.parse(lines.find((line) => line.includes('"type":"user"')));
  const queued = (uuid, attachment) =>
    JSON.stringify({ ...like, uuid, type: "attachment", attachment: { type: "queued_command", ...attachment } });
  lines.splice(
    -1,
    0,
    JSON.stringify({ type: "custom-title", customTitle: "My own name" }),
    queued("a1", { prompt: "This, too.", commandMode: "prompt" }),
    queued("a2", { prompt: "<task-notification>", commandMode: "task-notification" }),
  );
  fs.writeFileSync(file, `${lines.join("\n")}\n`);
  await memfog(here, ["import"]);
  const prompts = hooksOf(server)
    .filter((event) => event.kind.data.hook === "prompt_submit")
    .map((event) => event.kind.data.data);
  assert.deepEqual(prompts.map((one) => [one.prompt, one.session_title]).sort(), [
    ["Please take the tour. [[play:tour]]", undefined],
    ["This, too.", "My own name"],
  ]);
});

test("a transcript that names our stop hook was captured, even when this machine has forgotten it", async (test) => {
  const { server, here } = await start(test);
  for (const file of putTranscripts(here, "interactive"))
    fs.writeFileSync(
      file,
      fs
        .readFileSync(file, "utf8")
        .replaceAll("/usr/bin/true", "/bin/sh -c x /home/dev/.claude/hooks/memfog-hook.sh stop"),
    );
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
  assert.match(done.stdout, /Past sessions were not imported: .*Run ~\/\.memfog\/bin\/memfog import again/);
  assert.equal((await memfog(here, ["import"])).code, 0);
  assert.equal(usageOf(server).length, 12);
});

test("--dry-run counts and sends nothing, --since leaves out what was before", async (test) => {
  const { server, here } = await start(test);
  putTranscripts(here, "tour");
  const dry = await memfog(here, ["import", "--dry-run"]);
  assert.match(dry.stdout, /^Would import \d+ event\(s\) of 1 session\(s\): .*\b12 Usage\b/);
  assert.deepEqual([...server.events], []);
  assert.deepEqual(filesIn(here.paths.spool), []);
  assert.match(
    (await memfog(here, ["import", "--since", "2099-01-01"])).stdout,
    /^Imported 0 event\(s\) of 0 session\(s\)\.$/m,
  );
  assert.equal((await memfog(here, ["import", "--since", "soon"])).code, 2);
});

test("a server that is away stops it with one line, and the next import goes on", async (test) => {
  const { server, here } = await start(test);
  putTranscripts(here, "tour");
  server.next.push("cut");
  const stopped = await memfog(here, ["import"]);
  assert.equal(stopped.code, 1);
  assert.match(stopped.stderr, /Run ~\/\.memfog\/bin\/memfog import again/);
  assert.equal((await memfog(here, ["import"])).code, 0);
  assert.equal(usageOf(server).length, 12);
});

test("old events that wait are not taken for events that waited long", async (test) => {
  const { server, here } = await start(test);
  for (const file of putTranscripts(here, "tour"))
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replaceAll('"2026-', '"2001-'));
  server.next.push("cut");
  await memfog(here, ["import"]);
  fs.rmSync(here.paths.lease, { force: true });
  await hook(here, { name: "notification", payload: { a: 1 } });
  await until(() => server.hooks().includes("notification"), "the notification is delivered");
  assert.ok(![...server.events.values()].some((event) => event.kind.type === "SpoolDropped"));
});

test("torn, foreign and endless lines cost nothing but themselves", async (test) => {
  const { server, here } = await start(test);
  const [file] = putTranscripts(here, "tour");
  const text = fs.readFileSync(file, "utf8");
  fs.writeFileSync(
    file,
    '{"type":"user","mess\nnull\n[]\n"x"\n{"type":"user","message":7}\n{"type":"assistant","message":{"id":1}}\n' +
      `\u0000\n{"x":"${"y".repeat(34 * 1024 * 1024)}"}\n${text}{"type":"assistant","half`,
  );
  await memfog(here, ["import"]);
  assert.equal(usageOf(server).length, 12);
});

test("what is excluded, private or secret is treated as in a live session", async (test) => {
  const { server, here } = await start(test);
  const [file] = putTranscripts(here, "tour");
  const text = fs.readFileSync(file, "utf8");
  fs.writeFileSync(here.paths.config, '{"exclude": ["/home/dev/my-repo"]}');
  await memfog(here, ["import"]);
  assert.deepEqual([...server.events], []);
  fs.rmSync(here.paths.config);
  fs.writeFileSync(
    file,
    text.replaceAll(
      "Please take the tour. [[play:tour]]",
      `Use ghp_${"aB3dE6gH9jK2mN5pQ8sT".repeat(2).slice(0, 36)} please`,
    ),
  );
  await memfog(here, ["import"]);
  const prompt = hooksOf(server).find((event) => event.kind.data.hook === "prompt_submit").kind.data.data.prompt;
  assert.match(prompt, /^Use \[redacted:[\w-]+\] please$/);
  server.events.clear();
  fs.writeFileSync(
    file,
    text.replaceAll("Please take the tour. [[play:tour]]", "<private>Please take the tour.</private>"),
  );
  await memfog(here, ["import"]);
  assert.deepEqual(server.hooks().filter(Boolean), ["session_start"]);
});
