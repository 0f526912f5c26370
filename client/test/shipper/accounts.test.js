"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { call, connect, filesIn, memfog, pretendShipper } = require("../../testing/scratch.js");
const { startServer } = require("../../testing/servers/server.js");
const { ship, spool, start } = require("../../testing/shipping.js");

const BOB = {
  id: "b0b00000-0000-4000-8000-000000000000",
  email: "bob@example.org",
  display_name: null,
  email_verified: true,
};

const indexes = (server) => [...server.events.values()].map((event) => event.kind.data.data.index).sort();

/** Replaces the account of the server: from now on the server knows only this token, and returns this user. */
function switchAccount(server, user, token) {
  Object.assign(server, { user, token });
}

test("events of one account never go to another on the same server, and wait for their own", async (test) => {
  const { here, server } = await start(test);
  const alice = server.user;
  await spool(here, { index: 1 });
  switchAccount(server, BOB, "mfg_bob");
  const { code, stdout } = await connect(here, server);
  assert.equal(code, 0);
  assert.match(stdout, /1 event\(s\) wait here for alice@example\.org/);
  pretendShipper(here);
  await spool(here, { index: 2 });
  await ship(test, here);
  assert.equal((await call(here, ["flush"])).code, 0);
  assert.deepEqual(indexes(server), [2]);
  const { findings } = JSON.parse((await call(here, ["status", "--json"])).stdout);
  assert.match(findings.find((one) => one.name === "accounts").text, /1 event\(s\) wait for alice@example\.org/);
  switchAccount(server, alice, "mfg_alice");
  await connect(here, server);
  pretendShipper(here);
  await ship(test, here);
  assert.deepEqual(indexes(server), [1, 2]);
  assert.deepEqual(filesIn(here.paths.accounts), []);
});

test("nor to another server", async (test) => {
  const { here, server } = await start(test);
  const other = await startServer();
  test.after(other.stop);
  await spool(here, { index: 1 });
  server.next.push({ status: 503 });
  await call(here, ["flush"]);
  pretendShipper(here);
  await spool(here, { index: 2 });
  assert.match((await connect(here, other)).stdout, /2 event\(s\) wait here for alice@example\.org at /);
  pretendShipper(here);
  await spool(here, { index: 3 });
  await ship(test, here);
  assert.deepEqual([indexes(server), indexes(other)], [[], [3]]);
});

test("where somebody asks for it, it is", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 1 });
  switchAccount(server, BOB, "mfg_bob");
  assert.equal((await connect(here, server, "--take-waiting")).code, 0);
  pretendShipper(here);
  await ship(test, here);
  assert.deepEqual(indexes(server), [1]);
});

test("a new token of the same account keeps its waiting events, and so does a new machine name", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 1 });
  server.token = "mfg_new";
  const { stdout } = await connect(here, { ...server, url: server.url.replace("127.0.0.1", "localhost") });
  assert.doesNotMatch(stdout, /wait here/);
  pretendShipper(here);
  await ship(test, here);
  assert.deepEqual(indexes(server), [1]);
});

test("whoever writes auth.json by hand gets nothing that was captured before", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 1 });
  switchAccount(server, BOB, "mfg_bob");
  fs.writeFileSync(here.paths.auth, JSON.stringify({ url: server.url, token: "mfg_bob" }));
  await spool(here, { index: 2 });
  await ship(test, here);
  assert.deepEqual(indexes(server), [2]);
  const { findings } = JSON.parse((await call(here, ["status", "--json"])).stdout);
  assert.match(findings.find((one) => one.name === "accounts").text, /1 event\(s\) wait for alice@example\.org/);
});

test("where an older version recorded no account, the server is asked before a token changes", async (test) => {
  const { here } = await start(test);
  const other = await startServer();
  test.after(other.stop);
  other.user = BOB;
  await spool(here, { index: 1 });
  fs.rmSync(here.paths.account);
  await connect(here, other);
  pretendShipper(here);
  await ship(test, here);
  assert.deepEqual(indexes(other), []);
  assert.match((await call(here, ["status"])).stdout, /1 event\(s\) wait for alice@example\.org/);
});

test("an event that a hook is still writing when the account changes belongs to the one before", async (test) => {
  const { here, server } = await start(test);
  const file = path.join(here.paths.spool, "4711");
  fs.writeFileSync(file, 'memfog 1 stop\n/p\0{"index":1}');
  switchAccount(server, BOB, "mfg_bob");
  await connect(here, server);
  pretendShipper(here);
  fs.appendFileSync(file, "\0memfog 4711\n");
  await spool(here, { index: 2 });
  await ship(test, here);
  assert.deepEqual(indexes(server), [2]);
  assert.match((await call(here, ["status"])).stdout, /1 event\(s\) wait for alice@example\.org/);
});

test("a refusal while connecting leaves account and token as they were", async (test) => {
  const { here, server } = await start(test);
  const before = ["auth", "account"].map((name) => fs.readFileSync(here.paths[name], "utf8"));
  assert.equal((await connect(here, { ...server, token: "mfg_wrong" })).code, 1);
  assert.deepEqual(
    ["auth", "account"].map((name) => fs.readFileSync(here.paths[name], "utf8")),
    before,
  );
});

test("with --forget events of another account count as not delivered", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 1 });
  switchAccount(server, BOB, "mfg_bob");
  await connect(here, server);
  pretendShipper(here);
  assert.equal((await call(here, ["disconnect", "claude-code", "--forget"])).code, 1);
  assert.equal((await call(here, ["disconnect", "claude-code", "--forget", "--force"])).code, 0);
});

const EMPTY = {
  "--api": [["--api", ""], {}],
  "--api of blanks": [["--api", " "], {}],
  "--token": [["--token", ""], {}],
  MEMFOG_API: [[], { MEMFOG_API: "" }],
  MEMFOG_TOKEN: [[], { MEMFOG_TOKEN: "" }],
};

for (const [name, [args, env]] of Object.entries(EMPTY))
  test(`an empty ${name} is wrong usage: nothing is sent or written`, async (test) => {
    const { here, server } = await start(test);
    const before = fs.readFileSync(here.paths.auth, "utf8");
    const result = await call(
      here,
      ["connect", "claude-code", ...(/token/i.test(name) ? ["--api", server.url] : ["--token", "mfg_other"]), ...args],
      { env },
    );
    assert.equal(result.code, 2, result.stderr);
    assert.match(result.stderr, /is empty/);
    assert.equal(result.stderr.trim().split("\n").length, 1);
    assert.equal(fs.readFileSync(here.paths.auth, "utf8"), before);
    assert.equal(server.requests.length, 0);
  });

for (const name of ["MEMFOG_HOME", "CLAUDE_CONFIG_DIR"])
  test(`${name} that is no absolute path is refused, and nothing is written into the folder at hand`, async (test) => {
    const { here, server } = await start(test);
    const cwd = path.join(here.home, "work");
    fs.mkdirSync(cwd);
    for (const value of ["~/.memfog", "memfog", "./x"])
      for (const args of [["connect", "claude-code", "--token", "mfg_alice", "--api", server.url], ["status"]]) {
        const { code, stderr } = await call(here, args, { cwd, env: { [name]: value } });
        assert.deepEqual([code, filesIn(cwd)], [2, []]);
        assert.match(stderr, new RegExp(`^memfog: ${name} is ".*", which is no absolute path`));
      }
  });

test("an empty stdin is no token", async (test) => {
  const { here, server } = await start(test);
  assert.equal(
    (await memfog(here, ["connect", "claude-code", "--token", "-", "--api", server.url], { input: "\n" })).code,
    2,
  );
});

for (const HOME of ["", "not/absolute"])
  test(`HOME="${HOME}" is refused in words, and nothing is written into the folder at hand`, async (test) => {
    const { here, server } = await start(test);
    const cwd = path.join(here.home, "work");
    fs.mkdirSync(cwd);
    for (const args of [
      ["connect", "claude-code", "--token", "mfg_alice", "--api", server.url],
      ["status"],
      ["pause"],
      ["disconnect", "claude-code"],
    ]) {
      const { code, stderr } = await call(here, args, { cwd, env: { HOME } });
      assert.deepEqual([code, filesIn(cwd)], [2, []]);
      assert.match(stderr, /^memfog: HOME is .*set it to your home folder/);
    }
  });
