"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { imported, put, said, startImports, user } = require("../../testing/shapes.js");

const session = (name, from, prompts) =>
  prompts.flatMap((prompt, index) => [user(name, from + 2 * index, prompt), said(name, from + 2 * index + 1, "Done.")]);
const promptsOf = ({ ofHook }) => ofHook("prompt_submit").map(({ prompt }) => prompt);
const numbered = (count, make) => Array.from({ length: count }, (_, number) => make(number));

/** Imports, and calls `change` once while events of the transcripts are on their way. */
function importedDuring(run, change) {
  run.server.next.push((events, store) => {
    change();
    return { status: 200, body: store(events) };
  });
  return imported(run);
}

test("a transcript that another one replaces during its import is told as it is then", async (test) => {
  const run = await startImports(test);
  run.put("S1.jsonl", ...session("S1", 0, ["old"]));
  run.put("S2.jsonl", ...session("S2", 1, ["another"]));
  const lines = session("S1", 10, ["new", "newer", "newest"]);
  await importedDuring(run, () => run.put("S1.jsonl", ...lines));
  assert.deepEqual(promptsOf(await imported(run)), ["old", "another", "new", "newer", "newest"]);
});

test("a transcript that is written anew in its place while it is read is told as it is then", async (test) => {
  const run = await startImports(test);
  const filler = "y".repeat(20_000);
  const line = (letter, number) =>
    user("S1", number, `${letter}${number} ${filler}`, { uuid: `${letter}-${number}`, timestamp: timeAfter(number) });
  const write = (letter) => run.put("S1.jsonl", ...numbered(1_200, (number) => line(letter, number)));
  write("a");
  await importedDuring(run, () => write("b"));
  run.put("S2.jsonl", ...session("S2", 0, ["another"]));
  const file = path.join(run.folder, "S1.jsonl");
  fs.appendFileSync(file, `${JSON.stringify(line("b", 1_200))}\n`);
  const told = new Set(promptsOf(await imported(run)).map((prompt) => prompt.split(" ")[0]));
  assert.deepEqual(
    numbered(1_201, (number) => `b${number}`).filter((prompt) => !told.has(prompt)),
    [],
  );
});

const timeAfter = (seconds) => new Date(Date.parse("2026-11-01T10:00:00Z") + seconds * 1_000).toISOString();

test("a transcript that grew, and of which an earlier line was rewritten, is told whole", async (test) => {
  const run = await startImports(test);
  const lines = session("S1", 0, ["one", "two", "three"]);
  run.put("S1.jsonl", ...lines);
  await imported(run);
  const other = { ...user("S1", 2, "TWO"), uuid: "u-S1-X" };
  run.put("S1.jsonl", ...lines.map((line) => (line.uuid === "u-S1-2" ? other : line)), ...session("S1", 10, ["four"]));
  assert.deepEqual(promptsOf(await imported(run)).sort(), ["TWO", "four", "one", "three", "two"]);
});

test("a transcript that is deleted while its events are on their way stops no import", async (test) => {
  const run = await startImports(test);
  run.put("S1.jsonl", ...session("S1", 0, ["first"]));
  run.put("S2.jsonl", ...session("S2", 10, ["second"]));
  const told = await importedDuring(run, () => fs.rmSync(path.join(run.folder, "S1.jsonl")));
  assert.deepEqual(promptsOf(told), ["first", "second"]);
  // Its prompts do not come again from the history of prompts.
  const file = path.join(run.here.home, ".claude", "history.jsonl");
  put(file, [entry("S1", 0, "first"), entry("S3", 20, "third")]);
  assert.deepEqual(promptsOf(await imported(run)), ["first", "second", "third"]);
});

const entry = (name, second, display) => ({
  display,
  pastedContents: {},
  timestamp: Date.parse("2026-11-01T10:00:00Z") + second * 1_000,
  project: "/x",
  sessionId: name,
});

test("a history of prompts that is replaced during its import is told as it is then", async (test) => {
  const run = await startImports(test);
  const file = path.join(run.here.home, ".claude", "history.jsonl");
  put(file, [entry("S1", 0, "old")]);
  await importedDuring(run, () => put(file, [entry("S2", 10, "new"), entry("S2", 20, "newer")]));
  put(file, [entry("S2", 10, "new"), entry("S2", 20, "newer"), entry("S2", 30, "newest")]);
  assert.deepEqual(promptsOf(await imported(run)), ["old", "new", "newer", "newest"]);
});

test("the end of a transcript whose last line was half written is read, and nothing before it", async (test) => {
  const run = await startImports(test);
  const lines = session("S1", 0, ["one", "two", "three"]);
  const whole = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  const half = whole.slice(0, whole.indexOf("three") + 2);
  const file = run.put("S1.jsonl", half);
  // The host is about to write on.
  fs.utimesSync(file, new Date(), new Date());
  assert.deepEqual(promptsOf(await imported(run)), ["one", "two"]);
  const before = run.server.requests.length;
  run.put("S1.jsonl", whole);
  assert.deepEqual(promptsOf(await imported(run)), ["one", "two", "three"]);
  const [check, ...others] = run.server.requests.slice(before);
  assert.equal(check.events.length, 1);
  assert.doesNotMatch(others.map(({ text }) => text).join(), /"(?:one|two)"/);
});

test("a transcript that was replaced during its import makes no import begin from the start", async (test) => {
  const run = await startImports(test);
  run.put("S1.jsonl", ...session("S1", 0, ["first"]));
  await imported(run);
  fs.rmSync(path.join(run.folder, "S1.jsonl"));
  put(path.join(run.here.home, ".claude", "history.jsonl"), [entry("S1", 0, "first")]);
  run.put("S2.jsonl", ...session("S2", 10, ["old"]));
  await importedDuring(run, () => run.put("S2.jsonl", ...session("S2", 20, ["new", "newer", "newest"])));
  assert.deepEqual(promptsOf(await imported(run)), ["first", "old", "new", "newer", "newest"]);
});
