"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { test } = require("node:test");
const { findEdit, prepareEdits, prepareLines } = require("../../lib/why/match.js");
const { call, run, scratch } = require("../../testing/scratch.js");

/** A server that knows no edits, and of each commit one act; `asked` has the paths of its requests, `names` files. */
async function startHistory(test) {
  const [asked, names] = [[], []];
  const listener = http.createServer(({ url }, outgoing) => {
    asked.push(url.split("?")[0]);
    if (url.includes("path=")) names.push(new URLSearchParams(url.split("?")[1]).get("path"));
    const acts = [{ kind: "commit", session_id: "s-1", session_title: "Tidy up" }];
    outgoing.end(JSON.stringify({ changes: [], next_cursor: null, acts }));
  });
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  test.after(() => listener.close());
  return { asked, names, url: `http://127.0.0.1:${listener.address().port}` };
}

test("a file that can not be read is told in words", async (test) => {
  const here = scratch(test);
  fs.mkdirSync(here.paths.home);
  fs.writeFileSync(here.paths.auth, JSON.stringify({ url: "http://127.0.0.1:9", token: "mfg_alice" }));
  fs.mkdirSync(path.join(here.home, "folder"));
  fs.symlinkSync("itself", path.join(here.home, "itself"));
  for (const [name, says] of Object.entries({
    nothing: "nothing does not exist",
    folder: "folder can not be read (it is no file)",
    itself: "itself is a link to itself",
  })) {
    const { code, stderr } = await call(here, ["why", name]);
    assert.deepEqual([code, stderr.trim()], [1, `memfog: ${says}`]);
  }
});

test("the server is asked once for the commit that the files of a diff share", async (test) => {
  const { asked, url } = await startHistory(test);
  const here = scratch(test);
  fs.mkdirSync(here.paths.home);
  fs.writeFileSync(here.paths.auth, JSON.stringify({ url, token: "mfg_alice" }));
  const git = (...args) =>
    run("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], { cwd: here.home });
  await git("init", "-q");
  fs.writeFileSync(path.join(here.home, ".gitignore"), ".*\n");
  await git("commit", "-q", "--allow-empty", "-m", "Begin");
  for (const name of ["a", "b", "c"]) fs.writeFileSync(path.join(here.home, name), `The line of ${name}\n`);
  await git("add", "a", "b", "c");
  await git("commit", "-q", "-m", "Work");
  const report = await call(here, ["why", "--since", "HEAD~1", "--json"]);
  assert.deepEqual(
    JSON.parse(report.stdout).map((line) => [line.path, line.commit_sessions]),
    ["a", "b", "c"].map((name) => [name, ["s-1"]]),
  );
  assert.equal(asked.filter((one) => one.startsWith("/api/commits/")).length, 1);
});

test("no name of an excluded file or folder within a repository is asked about", async (test) => {
  const { names, url } = await startHistory(test);
  const here = scratch(test);
  fs.mkdirSync(path.join(here.home, "secret"), { recursive: true });
  fs.mkdirSync(here.paths.home);
  fs.writeFileSync(here.paths.auth, JSON.stringify({ url, token: "mfg_alice" }));
  const git = (...args) =>
    run("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], { cwd: here.home });
  await git("init", "-q");
  fs.writeFileSync(path.join(here.home, ".gitignore"), ".*\n");
  await git("commit", "-q", "--allow-empty", "-m", "Begin");
  fs.writeFileSync(path.join(here.home, ".memfogignore"), "*.key\n/secret\n");
  for (const name of ["a", "b.key", "secret/c"]) fs.writeFileSync(path.join(here.home, name), `The line of ${name}\n`);
  await git("add", "a", "b.key", "secret/c");
  await git("commit", "-q", "-m", "Work");
  for (const name of ["b.key", "secret/c:1"])
    assert.match((await call(here, ["why", name])).stderr, /is excluded or paused/);
  for (const args of [
    ["--since", "HEAD~1"],
    ["--commit", "HEAD"],
  ])
    assert.match((await call(here, ["why", ...args])).stdout, /2 more file\(s\) of this diff were left out/);
  assert.deepEqual([...new Set(names)], ["a"]);
});

test("of a wrapped string that several edits wrote, the neighbors decide", () => {
  const edit = (id, line) => ({ id, ts: `2026-01-0${id}T00:00:00Z`, hunks: [[`+${line}`]] });
  const edits = prepareEdits([
    edit(1, "a_sum = order.add_a('price of the whole order', rate, 1)"),
    edit(2, "b_sum = order.add_b('price of the whole order', rate, 2)"),
  ]);
  const wrapped = (name, last) => [
    `${name}_sum = order.add_${name}(`,
    "  'price of the whole order',",
    `  rate, ${last})`,
  ];
  const file = prepareLines([...wrapped("a", 1), ...wrapped("b", 2)], (line) => line);
  const found = [0, 1, 2, 3, 4, 5].map((at) => findEdit(file, at, edits, Number.MAX_SAFE_INTEGER)?.change.id);
  assert.deepEqual(found, [1, 1, 1, 2, 2, 2]);
});

test("a closing bracket after a line that stands in many calls is of no edit that has another call", () => {
  const hunks = [['+log.warn("it failed", text("error", problem.message), text("plan", plan.name));']];
  const edits = prepareEdits([{ id: 1, ts: "2026-01-01T00:00:00Z", hunks }]);
  const call = (...lines) => ["log.debug(", ...lines, '  text("error", problem.message),', ");", "return true;"];
  const file = prepareLines([...call('  "nothing was found",'), ...call('  text("id", other.id),')], (line) => line);
  const found = file.texts.map((_, at) => findEdit(file, at, edits, Number.MAX_SAFE_INTEGER)?.change.id ?? null);
  assert.deepEqual([found[3], found[8]], [null, null]);
  const wrapped = [
    "log.warn(",
    '  "it failed",',
    '  text("error", problem.message),',
    '  text("plan", plan.name),',
    ");",
  ];
  const own = prepareLines(wrapped, (line) => line);
  assert.equal(findEdit(own, 4, edits, Number.MAX_SAFE_INTEGER).change.id, 1);
});

test("a wrapped line of another script is no line of brackets", () => {
  const edits = prepareEdits([
    { id: 1, ts: "2026-01-01T00:00:00Z", hunks: [["+説明(「この処理は失敗しました。もう一度試してください」)"]] },
  ]);
  const file = prepareLines(["説明(", "  「この処理は失敗しました。もう一度試してください」", ")"], (line) => line);
  assert.equal(findEdit(file, 1, edits, Number.MAX_SAFE_INTEGER)?.change.id, 1);
});
