"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { hook } = require("../../testing/scratch.js");
const { imported, put, said, startImports, user } = require("../../testing/shapes.js");

const at = (second) => Date.parse("2026-11-01T10:00:00Z") + second * 1000;
const entry = (second, display, more = {}) => ({
  display,
  pastedContents: {},
  timestamp: at(second),
  project: "/x",
  ...more,
});
const historyOf = (run) => path.join(run.here.home, ".claude", "history.jsonl");
const told = ({ hooks }) =>
  hooks.map((one) => [one.hook, one.session_id, one.prompt ?? one.source ?? one.reason ?? "", one.second]);

test("prompts whose transcripts are gone come back as sessions of prompts, marked so", async (test) => {
  const run = await startImports(test);
  run.put("S1.jsonl", user("S1", 0, "here"), said("S1", 1, "Yes."));
  put(historyOf(run), [
    entry(0, "here", { sessionId: "S1" }),
    entry(2, "gone [Pasted text #1 +2 lines]", {
      sessionId: "S2",
      pastedContents: { 1: { id: 1, type: "text", content: "a\nb" } },
    }),
    entry(3, "/clear", { sessionId: "S2" }),
    entry(4, "!ls", { sessionId: "S2" }),
    entry(5, "/review all", { sessionId: "S2" }),
    '{"display":"half\n7\n',
    { display: "no time", project: "/x" },
  ]);
  const all = await imported(run);
  assert.deepEqual(
    told(all).filter(([, session]) => session === "S2"),
    [
      ["session_start", "S2", "history", 2],
      ["prompt_submit", "S2", "gone a\nb", 2],
      ["prompt_submit", "S2", "/review all", 5],
      ["session_end", "S2", "transcript_deleted", 5],
    ],
  );
  assert.equal(told(all).length, 3 + 4);
  assert.match(all.stdout, /^Skipped lines: 1 no JSON, 1 no record, 1 without a prompt\.$/m);
});

test("an older history, which names no session, adds no prompt twice", async (test) => {
  const run = await startImports(test);
  run.put("S1.jsonl", user("S1", 0, "here"), said("S1", 1, "Yes."));
  put(historyOf(run), [
    entry(1, "here"),
    entry(5, "gone"),
    entry(6, "gone, too"),
    entry(7, "elsewhere", { project: "/y" }),
    entry(86_400, "tomorrow"),
  ]);
  const sessions = {};
  for (const { session_id: session, cwd, prompt } of (await imported(run)).ofHook("prompt_submit"))
    if (session !== "S1") sessions[session] = [...(sessions[session] ?? []), `${cwd} ${prompt}`];
  assert.deepEqual(
    Object.values(sessions)
      .map((prompts) => prompts.join())
      .sort(),
    ["/x gone,/x gone, too", "/x tomorrow", "/y elsewhere"],
  );
});

test("a second import reads only what is new, and the end of a transcript brings nothing twice", async (test) => {
  const run = await startImports(test);
  const transcript = run.put("S1.jsonl", user("S1", 0, "here"), said("S1", 1, "Yes."));
  const history = put(historyOf(run), [entry(0, "here", { sessionId: "S1" }), entry(2, "gone", { sessionId: "S2" })]);
  const before = told(await imported(run));
  fs.rmSync(transcript);
  fs.appendFileSync(history, `${JSON.stringify(entry(3, "here, too", { sessionId: "S1" }))}\n`);
  assert.deepEqual(told(await imported(run)), before);
  fs.appendFileSync(history, `${JSON.stringify(entry(4, "new", { sessionId: "S3" }))}\n`);
  const added = told(await imported(run)).filter(([, session]) => session === "S3");
  assert.deepEqual(
    added.map(([name]) => name),
    ["session_start", "prompt_submit", "session_end"],
  );
});

test("a session that hooks captured comes from no history", async (test) => {
  const run = await startImports(test);
  await hook(run.here, { name: "prompt_submit", payload: { session_id: "S4", prompt: "live", cwd: "/x" } });
  const later = { timestamp: Date.now() + 60_000 };
  put(historyOf(run), [
    entry(0, "live", { sessionId: "S4" }),
    entry(1, "before the hooks"),
    entry(2, "after the first hook", later),
  ]);
  assert.deepEqual(
    (await imported(run))
      .ofHook("prompt_submit")
      .map((one) => one.prompt)
      .sort(),
    ["before the hooks", "live"],
  );
});

test("a history is excluded, private and secret like all else", async (test) => {
  const run = await startImports(test);
  fs.writeFileSync(run.here.paths.config, '{"exclude": ["/secret"]}');
  put(historyOf(run), [
    entry(0, "one", { sessionId: "S1", project: "/secret" }),
    entry(1, `Use ghp_${"aB3dE6gH9jK2mN5pQ8sT".repeat(2).slice(0, 36)}`, { sessionId: "S2" }),
    entry(2, "<private>mine</private>", { sessionId: "S2" }),
  ]);
  const prompts = (await imported(run)).ofHook("prompt_submit").map((one) => one.prompt);
  assert.equal(prompts.length, 1);
  assert.match(prompts[0], /^Use \[redacted:[\w-]+\]$/);
});
