"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const { test } = require("node:test");
const { call, hook } = require("../../testing/scratch.js");
const { imported, said, startImports, user } = require("../../testing/shapes.js");

const custom = (session, customTitle) => ({ type: "custom-title", customTitle, sessionId: session });
const own = (session, aiTitle) => ({ type: "ai-title", aiTitle, sessionId: session });
const titles = ({ ofKind }) => ofKind("SessionTitle").map((one) => [one.session_id, one.by, one.title]);

test("the titles of a transcript are told with their authors, each change once", async (test) => {
  const run = await startImports(test);
  const file = run.put(
    "S18.jsonl",
    own("S18", "Login form"),
    user("S18", 0, "mend the login form"),
    own("S18", "Login form mended"),
    own("S18", "Login form mended"),
    said("S18", 1, "Done."),
    custom("S18", "mine"),
    custom("S18", "yours"),
    custom("S18", "mine"),
  );
  const expected = [
    ["S18", "host", "Login form"],
    ["S18", "host", "Login form mended"],
    ["S18", "person", "mine"],
    ["S18", "person", "yours"],
    ["S18", "person", "mine"],
  ];
  assert.deepEqual(titles(await imported(run)), expected);
  fs.appendFileSync(file, `${JSON.stringify(custom("S18", "mine"))}\n${JSON.stringify(user("S18", 5, "on"))}\n`);
  const told = await imported(run);
  assert.deepEqual(titles(told), expected);
  assert.equal(told.ofHook("prompt_submit").at(-1).session_title, "mine");
  assert.ok(told.ofKind("SessionTitle").every(({ cwd }) => cwd === "/x"));
});

test("a summary belongs to the session in which its last line lies", async (test) => {
  const run = await startImports(test);
  const summary = (text, leafUuid) => ({ type: "summary", summary: text, leafUuid });
  run.put("SA.jsonl", user("SA", 0, "one"), said("SA", 1, "Yes."));
  run.put(
    ...["SB.jsonl", summary("About A", "a-SA-1"), summary("Gone", "gone-1"), summary("Gone, too", "gone-2")],
    ...[summary("About B", "a-SB-3"), user("SB", 2, "two"), said("SB", 3, "Yes.")],
  );
  run.put("SC.jsonl", summary("Continued", "gone-3"), user("SC", 4, "three"), said("SC", 5, "Yes."));
  run.put("SD.jsonl", user("SD", 6, "four"), said("SD", 7, "Yes."), summary("About D", "a-SD-7"));
  const expected = [
    ["SA", "host", "About A"],
    ["SB", "host", "About B"],
    ["SC", "host", "Continued"],
    ["SD", "host", "About D"],
  ];
  assert.deepEqual(titles(await imported(run)).sort(), expected);
  run.put("SE.jsonl", user("SE", 8, "five"));
  assert.deepEqual(titles(await imported(run)).sort(), expected);
});

test("a summary whose last line lies in a transcript that was read before is no title", async (test) => {
  const run = await startImports(test);
  const summary = (text, leafUuid) => ({ type: "summary", summary: text, leafUuid });
  run.put("SA.jsonl", user("SA", 0, "one"), said("SA", 1, "Yes."));
  run.put(
    ...["SB.jsonl", user("SB", 2, "two"), summary("About A", "a-SA-1"), summary("About B", "u-SB-2")],
    ...[said("SB", 3, "Yes."), summary("More about A", "u-SA-0"), summary("More about B", "a-SB-3")],
  );
  assert.deepEqual(titles(await imported(run)), [
    ["SB", "host", "About B"],
    ["SB", "host", "More about B"],
  ]);
});

test("a transcript without a message is no session, though it has a title", async (test) => {
  const run = await startImports(test);
  const command = { ...user("S1", 0, ""), type: "system", subtype: "local_command", content: "<command-name>/mcp" };
  run.put("S1.jsonl", command, own("S1", "Settings"), custom("S1", "mine"));
  run.put("S2.jsonl", { ...command, uuid: "c2", sessionId: "S2" }, own("S2", "Settings"), user("S2", 1, "go"));
  const told = await imported(run);
  assert.deepEqual(titles(told), [["S2", "host", "Settings"]]);
  assert.ok(!JSON.stringify(told.events).includes("S1"));
});

test("no title of the host is sent where a part of a prompt was private; a person's own name is", async (test) => {
  const run = await startImports(test);
  run.put(
    "S1.jsonl",
    user("S1", 0, "pay <private>Ada</private>"),
    own("S1", "Paying Ada"),
    custom("S1", "bills"),
    said("S1", 1, "Done."),
  );
  run.put("S2.jsonl", user("S2", 2, [{ type: "text", text: "<private>Ada</private>" }]), own("S2", "Ada"));
  const told = await imported(run);
  assert.deepEqual(titles(told), [["S1", "person", "bills"]]);
  assert.ok(!JSON.stringify(told.events).includes("Ada"));
});

test("hooks and an import tell the same titles, with the same ids", async (test) => {
  const run = await startImports(test);
  const { server, here } = run;
  const lines = [user("S1", 0, "x"), own("S1", "First"), said("S1", 1, "Done."), own("S1", "Second")];
  const file = run.put("S1.jsonl", ...lines);
  const stop = async () => {
    await hook(here, { name: "stop", payload: { session_id: "S1", transcript_path: file, cwd: "/x" } });
    assert.equal((await call(here, ["flush"])).code, 0);
  };
  await stop();
  fs.appendFileSync(file, `${JSON.stringify(custom("S1", "mine"))}\n`);
  await stop();
  const live = [...server.events.values()].filter(({ kind }) => kind.type === "SessionTitle");
  assert.deepEqual(
    live.map(({ kind }) => kind.data.title),
    ["First", "Second", "mine"],
  );
  const before = server.events.size;
  await imported(run);
  assert.deepEqual(
    [...server.events.values()].slice(before).filter(({ kind }) => kind.type === "SessionTitle"),
    [],
  );
  server.events.clear();
  const again = await imported(run);
  const withoutClient = ({ client: _, ...event }) => event;
  assert.deepEqual(
    again.events.filter(({ kind }) => kind.type === "SessionTitle").map(withoutClient),
    live.map(withoutClient),
  );
});

test("what is no title is passed over", async (test) => {
  const run = await startImports(test);
  run.put("S1.jsonl", own("S1", 7), custom("S1", " "), own("S1"), user("S1", 0, "x"), custom(7, "seven"));
  assert.deepEqual(titles(await imported(run)), [["S1", "person", "seven"]]);
  run.put("S2.jsonl", custom("S2", "a name and nothing else"));
  assert.equal(titles(await imported(run)).length, 1);
});

test("the pull requests to which the host links a session are reported once", async (test) => {
  const run = await startImports(test);
  const url = "https://github.com/ada/engine/pull/7";
  const link = { type: "pr-link", sessionId: "S19", prNumber: 7, prUrl: url, prRepository: "ada/engine" };
  const later = { ...link, timestamp: new Date(Date.now() - 60_000).toISOString() };
  // The six members of such a line in real transcripts, also of GitLab.
  const other = "https://gitlab.com/ada/mills/engine/-/merge_requests/12";
  const ofGitLab = { ...later, prNumber: 12, prUrl: other, prRepository: "ada/mills/engine" };
  run.put("S19.jsonl", user("S19", 0, "open a pull request"), said("S19", 1, "Done."), later, later, link, ofGitLab);
  const requests = ({ ofKind }) =>
    ofKind("PullRequest").map(({ session_id, url, number, cwd }) => [session_id, url, number, cwd]);
  const expected = [
    ["S19", url, 7, "/x"],
    ["S19", other, 12, "/x"],
  ];
  assert.deepEqual(requests(await imported(run)), expected);
  assert.deepEqual(requests(await imported(run)), expected);
});
