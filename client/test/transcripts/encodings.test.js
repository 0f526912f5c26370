"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const { test } = require("node:test");
const { readUsage } = require("../../lib/transcripts/usage/usage-records.js");
const { imported, said, startImports, user } = require("../../testing/shapes.js");

const heard = ({ hooks }) => hooks.map(({ hook, second }) => `${hook} ${second}`);
const ENCODINGS = {
  "UTF-16": (text) => Buffer.from(text, "utf16le"),
  "UTF-16 in the other order": (text) => Buffer.from(text, "utf16le").swap16(),
};
// Its units hold the byte of a line end in either half.
const PROMPT = "first: \u0a0a \u0a00 \u010a 日本 😀";
// More than one chunk of the reader.
const LONG = "ж".repeat(700_000);
const toText = (lines) => lines.map((line) => `${JSON.stringify(line)}\r\n`).join("");

for (const [name, encode] of Object.entries(ENCODINGS))
  test(`a transcript that a shell copied as ${name} is read like any other, and what is added`, async (test) => {
    const run = await startImports(test);
    const file = run.put("S1.jsonl", "");
    const lines = [user("S1", 0, PROMPT), said("S1", 1, "one"), user("S1", 2, LONG), said("S1", 3, "two")];
    write(file, encode(`\ufeff${toText(lines)}`));
    const told = await imported(run);
    assert.deepEqual(heard(told), ["session_start 0", "prompt_submit 0", "stop 1", "prompt_submit 2", "stop 3"]);
    const [first, long] = told.ofHook("prompt_submit");
    assert.equal(first.prompt, PROMPT);
    assert.ok(long.prompt.startsWith("жжж"));
    assert.deepEqual([told.ofKind("Usage").length, told.stdout.includes("Skipped")], [2, false]);
    // Its last line has no line end, and a torn character behind it.
    const more = [encode(JSON.stringify(user("S1", 4, "third"))), Buffer.from("x")];
    write(file, Buffer.concat([fs.readFileSync(file), ...more]));
    assert.deepEqual(heard(await imported(run)).slice(5), ["prompt_submit 4"]);
  });

test("a transcript that a program wrote anew, with blanks in it, is told and counted the same", async (test) => {
  const answer = (second, out) => {
    const line = said("S1", second, "t", { id: "ocgo" });
    return { ...line, message: { ...line.message, usage: { input_tokens: 1, output_tokens: out } } };
  };
  const lines = [user("S1", 0, "first"), answer(1, 100), user("S1", 2, "second"), answer(3, 300), answer(4, 400)];
  const [compact, wide] = await Promise.all(
    [(line) => JSON.stringify(line), toWideText].map(async (write) => {
      const run = await startImports(test);
      run.put("S1.jsonl", lines.map((line) => `${write(line)}\n`).join(""));
      const told = await imported(run);
      return [heard(told), told.ofKind("Usage").map((one) => one.output_tokens)];
    }),
  );
  assert.deepEqual(compact[1].sort(), [100, 400]);
  assert.deepEqual(wide, compact);
});

test("an import counts the answers of a gateway under the ids that the shipper gives them", async (test) => {
  const run = await startImports(test);
  const progress = { type: "progress", data: { message: user("S1", 2, "of a subagent") } };
  const [one, other] = [1, 3].map((second) => said("S1", second, "t", { id: "ocgo" }));
  const file = run.put("S1.jsonl", user("S1", 0, "first"), one, { ...progress, uuid: "p" }, other);
  const { events } = await imported(run);
  const sent = events.filter(({ kind }) => kind.type === "Usage").map(({ id }) => id);
  assert.deepEqual(
    sent.sort(),
    readUsage(file, { isComplete: true })
      .events.map(({ id }) => id)
      .sort(),
  );
});

/** JSON as Python writes it. */
function toWideText(value) {
  if (Array.isArray(value)) return `[${value.map(toWideText).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${toWideText(one)}`);
  return `{${members.join(", ")}}`;
}

test("of UTF-16, too, only the part before Memfog captured the session is taken", async (test) => {
  const run = await startImports(test);
  const file = run.put("S1.jsonl", "");
  const stopped = (second, command) => ({
    ...user("S1", second, ""),
    type: "system",
    subtype: "stop_hook_summary",
    hookInfos: [{ command }],
  });
  const lines = [
    ...[user("S1", 0, "first"), said("S1", 1, "one"), stopped(2, "other.sh")],
    ...[user("S1", 3, "second"), said("S1", 4, "two"), stopped(5, "/home/a/.claude/hooks/memfog-hook.sh")],
  ];
  write(file, ENCODINGS["UTF-16"](`\ufeff${toText(lines)}`));
  assert.deepEqual(heard(await imported(run)), ["session_start 0", "prompt_submit 0", "stop 1"]);
});

test("UTF-16 without a mark is read, and what is no text is told as lines that are no JSON", async (test) => {
  const run = await startImports(test);
  for (const [index, encode] of Object.values(ENCODINGS).entries())
    write(run.put(`S${index}.jsonl`, ""), encode(toText([user(`S${index}`, 0, "first"), said(`S${index}`, 1, "one")])));
  const bytes = Buffer.from([0xff, 0xfe, 1, 2, 10, 0, 3, 200, 10, 0, 7]);
  write(run.put("S2.jsonl", ""), bytes);
  const { stdout, hooks } = await imported(run);
  assert.equal(hooks.length, 6);
  assert.match(stdout, /^Skipped lines: 2 no JSON\.\n {2}2 in .*S2\.jsonl$/m);
});

/** Writes a file that looks as if it was written an hour ago. */
function write(file, bytes) {
  fs.writeFileSync(file, bytes);
  const before = new Date(Date.now() - 3_600_000);
  fs.utimesSync(file, before, before);
}
