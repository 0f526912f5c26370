"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { test } = require("node:test");
const { findLocalServer } = require("../../lib/account/local-server.js");
const { connect, call: memfog, scratch, well } = require("../../testing/scratch.js");
const { startServer } = require("../../testing/servers/server.js");

async function start(test, device = []) {
  const server = await startServer();
  test.after(server.stop);
  Object.assign(server, { device });
  return { server, here: scratch(test) };
}

const authOf = (here) => JSON.parse(fs.readFileSync(here.paths.auth, "utf8"));
const login = (here, server, ...args) => memfog(here, ["connect", "claude-code", "--api", server.url, ...args]);

test("without a token it shows a code, waits for the approval and connects", async (test) => {
  const { here, server } = await start(test, ["authorization_pending", "cut", "authorization_pending"]);
  const done = await login(here, server);
  assert.equal(done.code, 0);
  assert.match(done.stderr, new RegExp(`${server.url}/device\\?user_code=BCDF-GHJK[^]*BCDF-GHJK`));
  assert.equal(done.stderr.includes(server.token) || done.stdout.includes(server.token), false);
  assert.deepEqual(authOf(here), { url: server.url, token: server.token });
  assert.deepEqual(server.logins[0].body, { client_name: `Claude Code on ${os.hostname()}`, scopes: ["full"] });
  assert.deepEqual(
    server.logins.slice(1).map((one) => one.body),
    Array(4).fill({ device_code: "d-1" }),
  );
});

test("--capture-only asks for the smaller scope", async (test) => {
  const { here, server } = await start(test);
  assert.equal((await login(here, server, "--capture-only")).code, 0);
  assert.deepEqual(server.logins[0].body.scopes, ["capture"]);
});

for (const [code, message] of Object.entries({
  access_denied: /request was denied/,
  expired_token: /not approved in time/,
}))
  test(`${code} changes nothing`, async (test) => {
    const { here, server } = await start(test, ["authorization_pending", code]);
    const { code: exit, stderr } = await login(here, server);
    assert.equal(exit, 1);
    assert.match(stderr, message);
    assert.equal(fs.existsSync(here.paths.home) || fs.existsSync(here.settings), false);
  });

test("a code that nobody approves ends with its time", async (test) => {
  const { here, server } = await start(test, Array(1_000).fill("authorization_pending"));
  server.expires = 0.2;
  assert.match((await login(here, server)).stderr, /not approved in time/);
});

test("slow_down is obeyed", async (test) => {
  const { here, server } = await start(test, ["slow_down"]);
  server.expires = 1;
  // slow_down adds five seconds to the interval, which is longer than the code is valid. So there is no second poll.
  assert.equal((await login(here, server)).code, 1);
  assert.equal(server.logins.length, 2);
});

test("a machine whose token was revoked asks to be let in anew", async (test) => {
  const { here, server } = await start(test);
  await connect(here, server);
  server.token = "mfg_fresh";
  assert.equal((await memfog(here, ["connect", "claude-code"])).code, 0);
  assert.deepEqual(authOf(here), { url: server.url, token: "mfg_fresh" });
});

test("a token that was given and is refused stays the user's to mend", async (test) => {
  const { here, server } = await start(test);
  const { code, stderr } = await login(here, server, "--token", "mfg_wrong");
  assert.equal(code, 1);
  assert.match(stderr, /does not know this token/);
  assert.deepEqual(server.logins, []);
});

test("a Memfog that runs on this machine is found by itself, and only a living one on loopback", async (test) => {
  const { here, server } = await start(test);
  const data = path.join(here.home, ".local", "share", "memfog");
  fs.mkdirSync(data, { recursive: true });
  fs.writeFileSync(path.join(data, "server.json"), JSON.stringify({ url: server.url }));
  assert.equal((await memfog(here, ["connect", "claude-code"])).code, 0);
  assert.equal(authOf(here).url, server.url);
});

test("that Memfog's own account lets its machine in without a browser", async (test) => {
  const { here, server } = await start(test);
  const data = path.join(here.home, ".local", "share", "memfog");
  fs.mkdirSync(data, { recursive: true });
  const tells = (token) => fs.writeFileSync(path.join(data, "server.json"), JSON.stringify({ url: server.url, token }));
  tells(server.token);
  assert.equal((await memfog(here, ["connect", "claude-code"])).code, 0);
  assert.deepEqual(authOf(here), { url: server.url, token: server.token });
  // After the data directory was created again, the old token is unknown.
  server.token = "mfg_fresh";
  tells("mfg_fresh");
  assert.equal((await memfog(here, ["connect", "claude-code"])).code, 0);
  assert.equal(authOf(here).token, "mfg_fresh");
  assert.deepEqual(server.logins, []);
  // A capture-only token needs a device login, and so does a token that was revoked.
  fs.rmSync(here.paths.auth);
  await memfog(here, ["connect", "claude-code", "--capture-only"]);
  assert.deepEqual(server.logins[0].body.scopes, ["capture"]);
  fs.rmSync(here.paths.auth);
  tells("mfg_revoked");
  assert.equal((await memfog(here, ["connect", "claude-code"])).code, 0);
  assert.equal(server.logins.filter((one) => one.body.client_name).length, 2);
});

for (const url of [
  "http://127.0.0.1:9",
  "http://192.0.2.1:8000",
  "https://evil.example",
  "http://127.0.0.1.evil.example",
  7,
])
  test(`a file that names ${url} leads nowhere`, async (test) => {
    const { here } = await start(test);
    fs.writeFileSync(path.join(here.home, "server.json"), JSON.stringify({ url }));
    assert.equal(await findLocalServer({ MEMFOG_DATA: here.home }), null);
  });

test("--extra connects five hooks more, and without it they go again", async (test) => {
  const { here, server } = await start(test);
  assert.match((await connect(here, server, "--extra")).stdout, /17 hooks are now in/);
  const events = () => Object.keys(JSON.parse(fs.readFileSync(here.settings, "utf8")).hooks);
  assert.equal(events().length, 17);
  assert.deepEqual(events().slice(12), [
    "PermissionRequest",
    "PermissionDenied",
    "StopFailure",
    "PostCompact",
    "TaskCreated",
  ]);
  await well(here);
  assert.match((await connect(here, server, "--extra")).stdout, /17 hooks were in/);
  await connect(here, server);
  assert.equal(events().length, 12);
  await memfog(here, ["disconnect", "claude-code"]);
  assert.equal(fs.existsSync(here.settings), false);
});
