"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");
const path = require("node:path");
const { test } = require("node:test");
const { commands } = require("../../lib/commands/index.js");
const { table } = require("../../lib/hooks.js");
const { version } = require("../../package.json");
const { startServer } = require("../../testing/servers/server.js");
const { asNobody } = require("../../testing/user.js");
const {
  CLIENT,
  call,
  connect,
  entryOf,
  filesIn,
  fire,
  hook,
  memfog,
  pretendShipper,
  run,
  scratch,
  until,
  well,
} = require("../../testing/scratch.js");

async function start(test, options) {
  const server = await startServer();
  test.after(server.stop);
  return { server, here: scratch(test, options) };
}

test("connect says in five lines what it did and what to do next", async (test) => {
  const { here, server } = await start(test);
  const { code, stdout, stderr } = await connect(here, server);
  assert.equal(code, 0);
  assert.equal(stderr, "");
  const lines = stdout.trim().split("\n");
  assert.equal(lines.length, 5);
  assert.match(lines[0], /alice@example\.org/);
  assert.equal(lines[1].includes(here.settings), true);
});

test("connect keeps url and token where only their owner reads them", async (test) => {
  const { here, server } = await start(test);
  await connect(here, server, "--api", `${server.url}/`);
  assert.deepEqual(JSON.parse(fs.readFileSync(here.paths.auth, "utf8")), { url: server.url, token: "mfg_alice" });
  assert.equal(fs.statSync(here.paths.auth).mode & 0o777, 0o600);
  assert.equal(fs.statSync(here.paths.home).mode & 0o777, 0o700);
});

test("connect registers the twelve hooks, each found by grep, with a time limit", async (test) => {
  const { here, server } = await start(test);
  await connect(here, server);
  for (const { hook: name, event } of table) {
    const entry = entryOf(here, event);
    assert.equal(entry.command.startsWith(`set -- ${name} user; `), true);
    assert.match(JSON.stringify(entry), /memfog/);
    assert.equal(entry.timeout, 10);
    assert.equal(entry.async, undefined);
  }
  assert.equal(table.length, 12);
});

test("every entry delivers its event when it is run as the host would run it", async (test) => {
  const { here, server } = await start(test);
  await connect(here, server);
  for (const { event } of table) {
    const result = await fire(entryOf(here, event), {
      env: { ...here.environment, CLAUDE_PROJECT_DIR: "/p" },
      input: JSON.stringify({ cwd: "/p", hook_event_name: event }),
    });
    assert.deepEqual(result, { code: 0, signal: null, stdout: "", stderr: "" });
  }
  await until(() => server.events.size === 12, "twelve events are delivered");
  assert.deepEqual([...server.hooks()].sort(), table.map((row) => row.hook).sort());
});

test("the token comes from the option, stdin or the environment, and at last from the machine", async (test) => {
  const { here, server } = await start(test);
  const api = ["--api", server.url];
  assert.equal(
    (await memfog(here, ["connect", "claude-code", "--token", "-", ...api], { input: "mfg_alice\n" })).code,
    0,
  );
  assert.equal((await call(here, ["connect", "claude-code"])).code, 0);
  fs.rmSync(here.paths.home, { recursive: true });
  assert.equal(
    (await call(here, ["connect", "claude-code"], { env: { MEMFOG_TOKEN: "mfg_alice", MEMFOG_API: server.url } })).code,
    0,
  );
});

test("a known token is not sent to another server", async (test) => {
  const { here, server } = await start(test);
  await connect(here, server);
  const other = await startServer();
  test.after(other.stop);
  const { code, stderr } = await call(here, ["connect", "claude-code", "--api", other.url]);
  assert.equal(code, 1);
  assert.match(stderr, /No API token/);
});

for (const [how, spoil] of Object.entries({
  "is closed to its owner": (file) => fs.chmodSync(file, 0o000),
  "is no JSON": (file) => fs.writeFileSync(file, '{"url": "http://'),
  "names no server": (file) => fs.writeFileSync(file, "null"),
  "is a folder": (file) => fs.rmSync(file) ?? fs.mkdirSync(file),
}))
  test(`a token is sent nowhere by guess where auth.json ${how}`, async (test) => {
    const { here, server } = await start(test);
    await connect(here, server);
    spoil(here.paths.auth);
    const user = asNobody(here);
    for (const args of [[], ["--token", "mfg_alice"]]) {
      const { code, stderr } = await memfog(here, ["connect", "claude-code", ...args], user);
      assert.equal(code, 1);
      assert.match(stderr, /auth\.json does not say which server is in use; name that server with --api URL/);
      assert.doesNotMatch(stderr, /app\.memfog/);
    }
    if (how === "is a folder") fs.rmdirSync(here.paths.auth);
  });

test("without a token it says where to find one", async (test) => {
  const { here, server } = await start(test);
  const { code, stderr } = await call(here, ["connect", "claude-code", "--api", server.url]);
  assert.equal(code, 1);
  assert.match(stderr, /dashboard/);
  assert.equal(stderr.includes(server.url), true);
});

async function answering(test, status, headers = {}, body = "") {
  const listener = http.createServer((_, outgoing) => {
    outgoing.writeHead(status, headers);
    outgoing.end(body);
  });
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  test.after(() => listener.close());
  return `http://127.0.0.1:${listener.address().port}`;
}

/** A server that says this to whoever connects. */
async function greeting(test, text) {
  const listener = net.createServer((socket) => socket.on("error", () => {}).end(text));
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  test.after(() => listener.close());
  return `http://127.0.0.1:${listener.address().port}`;
}

const REFUSALS = {
  "a token that is refused (401)": [(test) => answering(test, 401), /does not know this token/],
  "a token without the right (403)": [(test) => answering(test, 403), /refuses this token/],
  "a portal's page": [
    (test) => answering(test, 200, { "Content-Type": "text/html" }, "<h1>Welcome to the hotel"),
    /does not answer like a Memfog server/,
  ],
  "a redirect": [
    (test) => answering(test, 302, { Location: "https://elsewhere.example/" }),
    /redirects to https:\/\/elsewhere/,
  ],
  "a server that is ill": [(test) => answering(test, 503), /busy or failing/],
  "nobody at the port": [async () => "http://127.0.0.1:9", /can not be reached \(ECONNREFUSED\)/],
  "no TLS at the port": [
    async (test) => (await answering(test, 200)).replace("http:", "https:"),
    /does not speak https \(EPROTO\): if it speaks http, write http:/,
  ],
  "another protocol, by https": [
    async (test) => (await greeting(test, "SSH-2.0-OpenSSH_9.2\r\n")).replace("http:", "https:"),
    /does not speak https/,
  ],
  "another protocol, by http": [(test) => greeting(test, "220 mail.example ESMTP\r\n"), /does not speak http .*port/],
  "no address": [async () => "memfog", /not a server address/],
};

for (const [name, [serve, message]] of Object.entries(REFUSALS))
  test(`connect changes nothing and says one line about ${name}`, async (test) => {
    const here = scratch(test);
    const url = await serve(test);
    const { code, stdout, stderr } = await call(here, ["connect", "claude-code", "--token", "mfg_alice", "--api", url]);
    assert.equal(code, 1);
    assert.match(stderr, message);
    assert.equal(stderr.trim().split("\n").length, 1);
    assert.equal(stdout, "");
    assert.deepEqual(filesIn(here.home), []);
  });

test("CLAUDE_CONFIG_DIR and MEMFOG_HOME are honored, by the hook as well", async (test) => {
  const { here, server } = await start(test);
  const env = {
    CLAUDE_CONFIG_DIR: path.join(here.home, "it's a config"),
    MEMFOG_HOME: path.join(here.home, "my $memory"),
  };
  assert.equal(
    (await call(here, ["connect", "claude-code", "--token", "mfg_alice", "--api", server.url], { env })).code,
    0,
  );
  const { hooks } = JSON.parse(fs.readFileSync(path.join(env.CLAUDE_CONFIG_DIR, "settings.json"), "utf8"));
  // The environment of the session does not have to name the folder.
  await fire(hooks.Stop[0].hooks[0], { env: here.environment, input: `{"cwd":${JSON.stringify(here.home)}}` });
  await until(() => server.events.size === 1, "delivered");
  assert.deepEqual(filesIn(here.home).sort(), ["it's a config", "my $memory"]);
  fs.rmSync(path.join(env.MEMFOG_HOME, "auth.json"));
});

test("--project-only touches the folder's own settings alone", async (test) => {
  const { here, server } = await start(test);
  const cwd = path.join(here.home, "project");
  fs.mkdirSync(cwd);
  assert.equal(
    (
      await call(here, ["connect", "claude-code", "--token", "mfg_alice", "--api", server.url, "--project-only"], {
        cwd,
      })
    ).code,
    0,
  );
  assert.equal(fs.existsSync(here.settings), false);
  const local = path.join(cwd, ".claude", "settings.local.json");
  assert.equal(Object.keys(JSON.parse(fs.readFileSync(local, "utf8")).hooks).length, 12);
  await well(here, { cwd });
  await call(here, ["disconnect", "claude-code"], { cwd });
  assert.equal(fs.existsSync(local), false);
});

test("disconnect takes the files out and keeps what waits; --forget takes all, but not what waits", async (test) => {
  const { here, server } = await start(test);
  await connect(here, server);
  pretendShipper(here);
  await hook(here);
  const refused = await call(here, ["disconnect", "claude-code", "--forget"]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /1 event\(s\) are not delivered/);
  assert.equal(fs.existsSync(here.settings), true);
  assert.match((await call(here, ["disconnect", "claude-code"])).stdout, /1 event\(s\) not delivered/);
  assert.deepEqual(filesIn(path.join(here.home, ".claude")), []);
  assert.equal(filesIn(here.paths.spool).length, 1);
  assert.equal((await call(here, ["disconnect", "claude-code", "--forget", "--force"])).code, 0);
  assert.deepEqual(filesIn(here.home), [".claude"]);
});

test("disconnect where nothing is connected says so and exits 0", async (test) => {
  const here = scratch(test);
  const { code, stdout } = await call(here, ["disconnect", "claude-code"]);
  assert.equal(code, 0);
  assert.match(stdout, /No settings had/);
});

test("status is 0 when all is well", async (test) => {
  const { here, server } = await start(test);
  await connect(here, server);
  const report = await well(here);
  assert.equal(report.waiting, 0);
  assert.equal(
    report.findings.every((one) => one.ok === (one.remedy === null)),
    true,
  );
});

test("flush delivers what waits and exits 0; with the server gone it exits 1 and loses nothing", async (test) => {
  const { here, server } = await start(test);
  await connect(here, server);
  pretendShipper(here);
  for (const index of [1, 2, 3]) await hook(here, { payload: { index } });
  server.next.push({ status: 503 });
  const failed = await call(here, ["flush"]);
  assert.equal(failed.code, 1);
  assert.match(failed.stdout, /3 left/);
  const done = await call(here, ["flush"]);
  assert.equal(done.code, 0);
  assert.match(done.stdout, /Delivered 3 event\(s\), 0 left/);
  assert.equal(server.events.size, 3);
});

const USAGE = {
  "an unknown command": ["frobnicate"],
  "an unknown option": ["status", "--loud"],
  "no tool": ["connect"],
  "another tool": ["connect", "vim"],
  "a word too many": ["status", "now"],
  "a missing value": ["connect", "claude-code", "--token"],
};

for (const [name, args] of Object.entries(USAGE))
  test(`it exits 2 with one line for ${name}`, async (test) => {
    const { code, stdout, stderr } = await memfog(scratch(test), args);
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.equal(stderr.trim().split("\n").length, 1);
    assert.match(stderr, /--help/);
  });

test("help is there for the program and each command, and the version is the package's", async (test) => {
  const here = scratch(test);
  for (const command of Object.keys(commands)) {
    assert.match((await call(here, ["--help"])).stdout, new RegExp(`memfog ${command}`));
    const { code, stdout } = await call(here, [command, "--help"]);
    assert.equal(code, 0);
    assert.match(stdout, /Exit codes/);
  }
  assert.equal((await memfog(here, ["--version"])).stdout, `${version}\n`);
});

test("the packed package runs offline from anywhere, and the hook outlives it", async (test) => {
  const { here, server } = await start(test);
  const env = { ...here.environment, npm_config_offline: "true", npm_config_cache: path.join(here.home, "npm-cache") };
  const packed = await run("npm", ["pack", "--json", "--pack-destination", here.home, CLIENT], { env, cwd: here.home });
  const [{ filename, files }] = JSON.parse(packed.stdout);
  assert.deepEqual([...new Set(files.map((file) => file.path.split("/")[0]))].sort(), [
    "LICENSE",
    "README.md",
    "bin",
    "hooks",
    "lib",
    "package.json",
  ]);
  const tarball = path.join(here.home, filename);
  const result = await run(
    "npx",
    ["-y", `file:${tarball}`, "connect", "claude-code", "--token", "mfg_alice", "--api", server.url],
    { env, cwd: here.home },
  );
  assert.deepEqual({ code: result.code, lines: result.stdout.trim().split("\n").length }, { code: 0, lines: 5 });
  fs.rmSync(env.npm_config_cache, { recursive: true, force: true });
  fs.rmSync(tarball);
  await hook(here);
  await until(() => server.events.size === 1, "delivered by the installed copy");
  assert.match(
    (await run(path.join(here.paths.home, "bin", "memfog"), ["status"], { env: here.environment })).stdout,
    /12 of 12 hooks/,
  );
});

test("a server that serves the package is its default server", async (test) => {
  const { here, server } = await start(test);
  const copy = path.join(here.home, "package");
  for (const part of ["bin", "hooks", "lib", "package.json"])
    fs.cpSync(path.join(CLIENT, part), path.join(copy, part), { recursive: true });
  const manifest = JSON.parse(fs.readFileSync(path.join(copy, "package.json"), "utf8"));
  fs.writeFileSync(path.join(copy, "package.json"), JSON.stringify({ ...manifest, memfog: { api: server.url } }));
  const result = await run(
    process.execPath,
    [path.join(copy, "bin", "memfog.js"), "connect", "claude-code", "--token", "mfg_alice"],
    { env: here.environment, cwd: here.home },
  );
  assert.equal(result.code, 0);
  assert.equal(JSON.parse(fs.readFileSync(here.paths.auth, "utf8")).url, server.url);
});

test("connecting a new version replaces the program and leaves one", async (test) => {
  const { here, server } = await start(test);
  await connect(here, server);
  const [first] = filesIn(here.paths.clients);
  fs.renameSync(path.join(here.paths.clients, first), path.join(here.paths.clients, "0.0.9-older"));
  await connect(here, server);
  assert.deepEqual(filesIn(here.paths.clients), [first]);
  await hook(here);
  await until(() => server.events.size === 1, "delivered");
});
