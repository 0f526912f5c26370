"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { LINES, begin, startHinting, submit } = require("../../testing/hinting.js");
const { call: memfog, pretendShipper, startShipper, until } = require("../../testing/scratch.js");

/** Hints of a running shipper, from the first event of a session on. */
async function startKeeping(test, options) {
  const started = await startHinting(test, options);
  const { ended } = await beginWithShipper(test, started.here, options?.begin);
  return { ...started, ended };
}

/** Begins a session, and starts the only shipper: one that the hook started could have fetched the lines, too. */
async function beginWithShipper(test, here, options) {
  pretendShipper(here);
  await begin(here, options);
  const { ended, child } = startShipper(here);
  test.after(() => child.kill("SIGKILL"));
  return { ended };
}

/** On a slow machine a hook may take the shipper for dead, and start another one that removes the lines. */
const areGone = (here) => until(() => !fs.existsSync(here.paths.hints), "the lines are gone");

const modeOf = (file) => fs.statSync(file).mode & 0o777;

test("a shipper keeps the lines of a session's folder until the session ends", async (test) => {
  const { server, here, cache, ended } = await startKeeping(test);
  await until(() => fs.existsSync(cache), "the lines are at hand");
  assert.deepEqual(server.hinted, [{ project: here.home, root: here.home }]);
  assert.deepEqual(JSON.parse(fs.readFileSync(cache)), LINES);
  assert.deepEqual([modeOf(cache), modeOf(path.dirname(cache)), modeOf(here.paths.hints)], [0o600, 0o700, 0o700]);
  const left = fs.statSync(cache).mtimeMs - Date.now();
  assert.equal(left > 500_000 && left <= 600_000, true);
  assert.match((await submit(here)).stdout, /billing\/total\.py/);
  await begin(here, { name: "session_end" });
  await ended;
  await areGone(here);
});

test("without the setting nothing is fetched, and no session of a program has lines", async (test) => {
  for (const options of [{ isOn: false }, { begin: { env: { CLAUDE_CODE_ENTRYPOINT: "sdk-cli" } } }]) {
    const { server, here, ended } = await startKeeping(test, options);
    await ended;
    assert.equal(server.events.size > 0, true);
    assert.deepEqual([server.hinted, fs.existsSync(here.paths.hints)], [undefined, false]);
  }
});

const ENDINGS = {
  "a pause": ({ here }) => memfog(here, ["pause"]),
  "a pause of the folder": ({ here }) => memfog(here, ["pause", "--project"]),
  "the switch": ({ here }) => memfog(here, ["hints", "--off"]),
  "an exclusion": ({ here }) => fs.writeFileSync(path.join(here.home, ".memfogignore"), ""),
  "a disconnect": ({ here }) => memfog(here, ["disconnect", "claude-code"]),
};
for (const [what, end] of Object.entries(ENDINGS))
  test(`${what} removes the lines, and the shipper fetches no more`, async (test) => {
    const started = await startKeeping(test);
    await until(() => fs.existsSync(started.cache), "the lines are at hand");
    await end(started);
    await started.ended;
    await areGone(started.here);
    assert.equal(started.server.hinted.length, 1);
  });

test("hints that are switched on again are at hand at once, and no folder leads out of theirs", async (test) => {
  const { server, here, cache } = await startKeeping(test, { linger: 20_000 });
  await until(() => fs.existsSync(cache), "the lines are at hand");
  await memfog(here, ["hints", "--off"]);
  await begin(here, { session: "s-9", project: `${here.home}/a/../../../../elsewhere` });
  await until(() => server.events.size > 1, "delivered");
  fs.mkdirSync(here.paths.hints);
  await until(() => !fs.existsSync(here.paths.hints), "the shipper has noticed");
  await memfog(here, ["hints"]);
  await until(() => fs.existsSync(cache), "the lines are at hand again", 5_000);
  assert.deepEqual(new Set(server.hinted.map(({ root }) => root)), new Set([here.home]));
});

test("a server that knows nothing of the folder leaves no file", async (test) => {
  const { server, here, cache } = await startHinting(test);
  server.hints = { header: "", hints: [] };
  const left = path.join(here.paths.hints, "elsewhere", "lines.json");
  fs.mkdirSync(path.dirname(left), { recursive: true });
  fs.writeFileSync(left, "");
  await beginWithShipper(test, here);
  await until(() => server.hinted?.length === 1, "the server was asked");
  await until(() => server.events.size > 0, "delivered");
  assert.deepEqual([cache, left].map(fs.existsSync), [false, false], "nor one of a shipper that was killed");
});
