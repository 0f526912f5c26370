"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { dropCache, writeCache } = require("../../lib/hints/hint-cache.js");
const { matchHints, splitWords } = require("../../lib/hints/match.js");
const { LINES, TOTAL, begin, startHinting, submit } = require("../../testing/hinting.js");
const { shells } = require("../../testing/hooks/shells.js");
const { call: memfog, filesIn, pretendShipper } = require("../../testing/scratch.js");

const FORMS = [...shells().map((shell) => [shell.name, shell]), ["node", "node"]];
const FILE_LINE = `${LINES.header}\n${LINES.hints[0].line}`;
const SILENT = { code: 0, signal: null, stdout: "", stderr: "" };

/** A home whose cache holds `LINES`, as a running shipper keeps it. */
async function start(test, options) {
  const started = await startHinting(test, options);
  pretendShipper(started.here);
  writeCache(started.here.paths, started.here.home, LINES);
  return started;
}

const textOf = ({ stdout }) => JSON.parse(stdout).hookSpecificOutput.additionalContext;

for (const [name, form] of FORMS)
  test(`${name}: a prompt that names a known file is given its line once in a session`, async (test) => {
    const { here } = await start(test);
    const { stdout, ...rest } = await submit(here, { form });
    assert.deepEqual(rest, { code: 0, signal: null, stderr: "" });
    assert.deepEqual(JSON.parse(stdout), {
      hookSpecificOutput: { hookEventName: "UserPromptSubmit", additionalContext: FILE_LINE },
    });
    assert.deepEqual(await submit(here, { form }), SILENT);
    assert.deepEqual(await submit(here, { form, prompt: "continue", session: "s-2" }), SILENT);
    assert.equal(textOf(await submit(here, { form, session: "s-3" })), FILE_LINE);
    assert.equal(filesIn(here.paths.spool).length, 6);
  });

test("what a hint said is an event of the session, by its numbers alone", async (test) => {
  const { server, here } = await start(test);
  await submit(here, { payload: { prompt_id: "p-1" } });
  await memfog(here, ["flush"]);
  const [given] = [...server.events.values()].filter((event) => event.kind.type === "ContextInjected");
  assert.deepEqual(given.kind.data, {
    session_id: "s-1",
    prompt_id: "p-1",
    cwd: here.home,
    source: "prompt",
    tokens: Math.ceil(FILE_LINE.length / 4),
    items: [{ id: 7, tokens: 20 }],
    characters: FILE_LINE.length,
    cut: false,
  });
});

test("a line that the start of the session gave is not given again; a later start begins anew", async (test) => {
  const { server, here } = await start(test);
  server.context = { markdown: "# Memory", tokens: 2, items: [{ id: 7, tokens: 20 }] };
  await begin(here);
  assert.deepEqual(await submit(here), SILENT);
  server.context = { markdown: "# Memory", tokens: 2, items: [] };
  await begin(here, { session: "s-1" });
  assert.equal(textOf(await submit(here, { payload: { prompt_id: "p-2" } })), FILE_LINE);
});

const QUIET = {
  "switched off": (here) => ({ config: "{}", prompt: TOTAL, here }),
  "an excluded folder": (here) => ({ config: JSON.stringify({ hints: true, exclude: [here.home] }) }),
  "settings that can not be read": () => ({ config: "{" }),
  "a private part": () => ({ prompt: "Look at this. <private>billing/total.py</private>" }),
  "a prompt of the host": () => ({ prompt: "<task-notification>billing/total.py</task-notification>" }),
  "a session of a program": () => ({ env: { CLAUDE_CODE_ENTRYPOINT: "sdk-cli" } }),
  "a folder without lines": (here) => ({ project: path.join(here.home, "other") }),
  "no text": () => ({ prompt: 7 }),
  "no session": () => ({ payload: { session_id: null } }),
};
for (const [what, make] of Object.entries(QUIET))
  for (const form of [undefined, "node"])
    test(`${what} gives no hint (${form ?? "sh"})`, async (test) => {
      const { here } = await start(test);
      const { config, ...options } = make(here);
      if (config) fs.writeFileSync(here.paths.config, config);
      assert.deepEqual(await submit(here, { form, ...options }), SILENT);
      assert.equal(filesIn(here.paths.spool).length, 1);
    });

test("lines that are broken, too old or too far ahead give no hint", async (test) => {
  const { here, cache } = await start(test);
  for (const content of ["", "{", "[]", '{"hints": 7, "header": ""}', '{"hints": [null], "header": ""}']) {
    fs.writeFileSync(cache, content);
    const soon = new Date(Date.now() + 60_000);
    fs.utimesSync(cache, soon, soon);
    assert.deepEqual(await submit(here), SILENT);
  }
  fs.writeFileSync(cache, JSON.stringify(LINES));
  for (const minutes of [-1, 11]) {
    const time = new Date(Date.now() + minutes * 60_000);
    fs.utimesSync(cache, time, time);
    for (const form of [undefined, "node"]) assert.deepEqual(await submit(here, { form }), SILENT);
  }
});

test("of two registrations one speaks", async (test) => {
  const { here } = await start(test);
  const reported = await Promise.all(["user", "project"].map((registration) => submit(here, { registration })));
  assert.deepEqual(reported.map(({ stdout }) => stdout !== "").sort(), [false, true]);
});

test("a pause and a disconnect remove the lines", async (test) => {
  const { here, cache } = await start(test);
  for (const words of [["pause", "--project"], ["pause"], ["hints", "--off"], ["disconnect", "claude-code"]]) {
    writeCache(here.paths, here.home, LINES);
    assert.equal((await memfog(here, words)).code, 0);
    assert.equal(fs.existsSync(cache), false, words.join(" "));
  }
});

test("one command switches hints on and off, and leaves other settings as they are", async (test) => {
  const { here } = await startHinting(test, { isOn: false });
  assert.match((await memfog(here, ["hints"])).stdout, /^Hints are on/);
  assert.deepEqual(JSON.parse(fs.readFileSync(here.paths.config)), { hints: true });
  assert.match((await memfog(here, ["status"])).stdout, /privacy .*; hints are on/);
  fs.writeFileSync(here.paths.config, '\ufeff{"hints": true, "exclude": ["~/x"]}');
  assert.equal((await memfog(here, ["hints", "--off"])).stdout, "Hints are off.\n");
  assert.deepEqual(JSON.parse(fs.readFileSync(here.paths.config)), { exclude: ["~/x"] });
  fs.renameSync(here.paths.config, path.join(here.home, "kept.json"));
  fs.symlinkSync("../kept.json", here.paths.config);
  assert.equal((await memfog(here, ["hints"])).code, 0);
  assert.deepEqual(JSON.parse(fs.readFileSync(path.join(here.home, "kept.json"))), { exclude: ["~/x"], hints: true });
  fs.writeFileSync(here.paths.config, "{");
  assert.equal((await memfog(here, ["hints"])).code, 1);
  dropCache(here.paths);
});

const ids = (prompt, options) => matchHints(LINES.hints, prompt, options).map(({ id }) => id);

test("a line is called for by a key, or by three of its words", () => {
  assert.deepEqual(ids("look at total.py"), [7]);
  assert.deepEqual(ids("the total pyramid"), []);
  assert.deepEqual(ids("Round all taxes to one cent"), [8]);
  assert.deepEqual(ids("Round the taxes"), []);
  assert.deepEqual(ids("round taxes by cent in billing/total.py"), [7, 8]);
  assert.deepEqual(ids("total.py", { given: new Set([7]) }), []);
  assert.deepEqual(ids("total.py", { session: "old" }), []);
  assert.deepEqual(ids(`${"x ".repeat(2_000)}total.py`), []);
});

test("at most three lines are given, and a few hundred tokens", () => {
  const hints = Array.from({ length: 9 }, (_, id) => ({ ...LINES.hints[0], id, tokens: id ? 100 : 900 }));
  assert.deepEqual(
    matchHints(hints, "total.py").map(({ id }) => id),
    [1, 2],
  );
  assert.equal(
    matchHints(
      hints.map((hint) => ({ ...hint, tokens: 1 })),
      "total.py",
    ).length,
    3,
  );
});

test("a text is split at signs, digits and capitals, without accents", () => {
  assert.deepEqual(splitWords("src/TaxReport.py parseJSONBody2 Größe_läuft"), [
    ...["src", "tax", "report", "py", "parse", "json", "body", "2", "gro", "ß", "e", "lauft"],
  ]);
});
