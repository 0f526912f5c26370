"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const { test } = require("node:test");
const { imported, resulted, said, startImports, used, user } = require("../../testing/shapes.js");

const REFUSED = "The user doesn't want to proceed with this tool use. The tool use was rejected.";
const INTERRUPTED = "[Request interrupted by user for tool use]";
const prompts = ({ ofHook }) => ofHook("prompt_submit").map(({ prompt }) => prompt);

test("a tool that was stopped halfway ends as interrupted; one that was denied never ran", async (test) => {
  const run = await startImports(test);
  const commit = (session, denial) => [
    user(session, 0, "commit"),
    used(session, 1, "Bash", `toolu_01Commit${session}`, { command: "git commit -qm x" }),
    resulted(session, 2, `toolu_01Commit${session}`, REFUSED, { isError: true, ...denial }),
    user(session, 3, [{ type: "text", text: INTERRUPTED }]),
  ];
  run.put("S14.jsonl", ...commit("S14", {}));
  run.put("S14b.jsonl", ...commit("S14b", { toolDenialKind: "user-rejected" }));
  run.put("S14c.jsonl", ...commit("S14c", { non_execution_kind: "user-rejected" }));
  run.put("S14d.jsonl", ...commit("S14d", { toolDenialKind: "user-rejected", toolDenialBeforeRun: false }));
  // What a program that uses the host as a library is told of each result.
  const note = { id: "toolu_01CommitS14e", non_execution_kind: "permission-rule" };
  run.put("S14e.jsonl", ...commit("S14e", { tool_result_meta: [note] }));
  run.put("S14f.jsonl", ...commit("S14f", { tool_result_meta: [{ ...note, id: "toolu_01Another" }] }));
  const { hooks, ofHook } = await imported(run);
  assert.deepEqual(
    ofHook("post_tool_failure").map((one) => [one.session_id, one.is_interrupt, one.error]),
    [
      ["S14", true, REFUSED],
      ["S14d", true, REFUSED],
      ["S14f", true, REFUSED],
    ],
  );
  assert.equal(ofHook("pre_tool_use").length, 6);
  assert.ok(!hooks.some(({ prompt }) => prompt?.includes("interrupted")));
});

test("a tool that failed by itself was not interrupted", async (test) => {
  const run = await startImports(test);
  run.put(
    "S1.jsonl",
    user("S1", 0, "x"),
    used("S1", 1, "Bash", "toolu_01Failed", {}),
    resulted("S1", 2, "toolu_01Failed", "Exit code 1", { isError: true }),
  );
  assert.deepEqual(
    (await imported(run)).ofHook("post_tool_failure").map((one) => one.is_interrupt),
    [false],
  );
});

test("an answer without a stop reason ends its turn if a prompt or the end of the transcript follows", async (test) => {
  const run = await startImports(test);
  const open = { stop: null };
  run.put(
    "S1.jsonl",
    user("S1", 0, "mend the total"),
    said("S1", 1, "I look at it.", { ...open, id: "msg_01AnAnswerWithACall" }),
    used("S1", 2, "Bash", "toolu_01Look", { command: "make" }, { ...open, id: "msg_01AnAnswerWithACall" }),
    resulted("S1", 3, "toolu_01Look", "fine"),
    said("S1", 4, "Half of it works.", open),
    said("S1", 5, "Now all of it works.", open),
    user("S1", 6, "thanks"),
    said("S1", 7, "I go on", open),
    user("S1", 8, [{ type: "text", text: INTERRUPTED }]),
    user("S1", 9, "and the rest"),
    said("S1", 10, "The rest works, too.", open),
  );
  const { ofHook } = await imported(run);
  assert.deepEqual(
    ofHook("stop").map((one) => one.last_assistant_message),
    ["Now all of it works.", "The rest works, too."],
  );
});

test("a turn that ended in an error of the API ends, with its words in any language", async (test) => {
  const run = await startImports(test);
  const failed = (session, text, more) =>
    run.put(
      `${session}.jsonl`,
      user(session, 0, "hi"),
      said(session, 1, text, {
        id: `0${session.slice(1)}000000-0000-4000-8000-000000000000`,
        isApiErrorMessage: true,
        ...more,
      }),
    );
  failed("S15", "API Error: 403 denied", { error: "authentication_failed" });
  failed("S16", "Kein Guthaben", {});
  const { ofHook } = await imported(run);
  assert.deepEqual(
    ofHook("stop_failure").map((one) => [one.session_id, one.error, one.last_assistant_message]),
    [
      ["S15", "authentication_failed", "API Error: 403 denied"],
      ["S16", "api_error", "Kein Guthaben"],
    ],
  );
  assert.deepEqual(ofHook("stop"), []);
});

test("a program's prompt stands in its session, told as one of a program", async (test) => {
  const run = await startImports(test);
  run.put(
    "S16.jsonl",
    user("S16", 0, "Summarize this", { isMeta: true, promptSource: "sdk", entrypoint: "sdk-cli" }),
    said("S16", 1, "Done."),
    user("S16", 2, "A remark of the host", { isMeta: true }),
  );
  const told = await imported(run);
  assert.deepEqual(
    told.ofHook("prompt_submit").map((one) => [one.prompt, one.prompt_source]),
    [["Summarize this", "sdk"]],
  );
  assert.deepEqual(told.events.map(({ ts, client }) => [client.entrypoint ?? "", ts.slice(17, 19)]).slice(0, 2), [
    ["sdk-cli", "00"],
    ["sdk-cli", "00"],
  ]);
});

test("a picture or a document alone is a prompt, with its kind and size", async (test) => {
  const run = await startImports(test);
  const source = (media, data) => ({ type: "base64", media_type: media, data });
  const picture = { type: "image", source: source("image/png", "A".repeat(16_000)) };
  run.put(
    "S19.jsonl",
    user("S19", 0, [picture]),
    said("S19", 1, "A cat."),
    user("S19", 2, [{ type: "document", title: "Bill", source: source("application/pdf", "AAAA") }]),
    user("S19", 3, [picture, { type: "image", source: { type: "url", url: "http://x/y.png" } }]),
    user("S19", 4, [picture, { type: "text", text: "What is it?" }]),
    user("S19", 5, [{ type: "image" }]),
  );
  assert.deepEqual(prompts(await imported(run)), [
    "[a picture: image/png, 12 kB]",
    "[a document: Bill, application/pdf, 3 bytes]",
    "[a picture: image/png, 12 kB] [a picture]",
    "What is it?",
    "[a picture]",
  ]);
});

test("a warning of an older host is the host's, with its mark or without", async (test) => {
  const run = await startImports(test);
  const caveat =
    "Caveat: The messages below were generated by the user while running local commands. DO NOT respond to these.";
  run.put(
    "S20.jsonl",
    user("S20", 0, caveat),
    user("S20", 1, [{ type: "text", text: caveat }]),
    user("S20", 2, `<local-command-caveat>${caveat}</local-command-caveat>`),
    user("S20", 3, "Caveat: this is mine"),
    said("S20", 4, "Yes."),
  );
  assert.deepEqual(prompts(await imported(run)), ["Caveat: this is mine"]);
});

test("content in an unusual form says what it says, or is counted", async (test) => {
  const run = await startImports(test);
  run.put(
    "S21.jsonl",
    user("S21", 0, ["do it"]),
    user("S21", 1, { type: "text", text: "alone" }),
    user("S21", 2, [{ type: "speech", text: "spoken" }]),
    user("S21", 3, [7, null, { type: "hologram" }]),
    user("S21", 4, 7),
  );
  const told = await imported(run);
  assert.deepEqual(prompts(told), ["do it", "alone", "spoken"]);
  assert.match(told.stdout, /^Skipped lines: 2 of an unknown form\.$/m);
});

test("lines of unknown kinds and no records are passed over and counted, without a trace", async (test) => {
  const run = await startImports(test);
  run.put(
    "S1.jsonl",
    user("S1", 0, "x"),
    { type: "hologram", sessionId: "S1", uuid: "h1", timestamp: "2026-11-01T10:00:01Z", message: { content: "no" } },
    { type: "system", sessionId: "S1", uuid: "h2", timestamp: "2026-11-01T10:00:02Z" },
    { tpye: "user", sessionId: "S1", uuid: "h3", timestamp: "2026-11-01T10:00:03Z", message: { content: "no" } },
    '"text"\n7\n[1]\nnull\n{"type":"user","mess\n',
    { type: "<b>bad</b>" },
    { type: "user", sessionId: "S1", uuid: "h4", timestamp: "then", message: { content: "no" } },
    said("S1", 9, "Done."),
  );
  const told = await imported(run);
  assert.deepEqual(
    told.hooks.map(({ hook }) => hook),
    ["session_start", "prompt_submit", "stop"],
  );
  const [, skipped] = /^Skipped lines: (.*)\.$/m.exec(told.stdout);
  assert.deepEqual(skipped.split(", ").sort(), [
    "1 no JSON",
    "1 of an unknown kind (?)",
    "1 of an unknown kind (hologram)",
    "1 of an unknown kind (system)",
    "1 without a time",
    "1 without a type",
    "4 no record",
  ]);
});

test("no lone surrogate and no NUL in a transcript stops what stands behind it", async (test) => {
  const run = await startImports(test);
  const file = run.put(
    "S1.jsonl",
    user("S1", 0, "half \ud83d and \u0000 in it"),
    used("S1", 1, "Bash", "toolu_01Surrogate", { command: "cat \udc00" }),
    resulted("S1", 2, "toolu_01Surrogate", "\u0000\ud800"),
    said("S1", 3, "Done."),
  );
  assert.ok(fs.readFileSync(file, "utf8").includes("\\ud83d"));
  const { hooks } = await imported(run);
  assert.deepEqual(
    hooks.map(({ hook }) => hook),
    ["session_start", "prompt_submit", "pre_tool_use", "post_tool_use", "stop"],
  );
  assert.equal(hooks[1].prompt, "half \ud83d and \u0000 in it");
});
