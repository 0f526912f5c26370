"use strict";
const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { hooks: pluginHooks } = require("../../hooks/hooks.json");
const { openTurnFolder } = require("../../lib/context/turn-folder.js");
const { startServer } = require("../../testing/servers/server.js");
const { shells } = require("../../testing/hooks/shells.js");
const {
  CLIENT,
  connect,
  filesIn,
  fire,
  hook,
  call: memfog,
  pretendShipper,
  scratch,
  until,
} = require("../../testing/scratch.js");

const FORMS = [...shells().map((shell) => [shell.name, shell]), ["node", "node"]];
const MEMORY = {
  markdown: "# Memory\n\n- The tests run with `script/test`. ✓ 🜂\n",
  tokens: 12,
  items: [{ id: "o-1", tokens: 12 }],
};

async function start(test) {
  const server = await startServer();
  test.after(server.stop);
  const here = scratch(test);
  assert.equal((await connect(here, server)).code, 0);
  pretendShipper(here);
  server.context = MEMORY;
  return { server, here };
}

const begin = (here, { source = "startup", ...options } = {}) =>
  hook(here, {
    name: "session_start",
    payload: { session_id: "s-1", cwd: here.home, hook_event_name: "SessionStart", source },
    project: here.home,
    ...options,
  });
const textOf = ({ stdout }) => JSON.parse(stdout).hookSpecificOutput.additionalContext;

for (const [name, form] of FORMS) {
  for (const source of ["startup", "clear", "compact"])
    test(`${name}: a session that begins by ${source} is told what there is to know`, async (test) => {
      const { server, here } = await start(test);
      const reported = await begin(here, { form, source });
      assert.deepEqual([reported.code, reported.stderr], [0, ""]);
      assert.deepEqual(JSON.parse(reported.stdout), {
        hookSpecificOutput: { hookEventName: "SessionStart", additionalContext: MEMORY.markdown },
      });
      assert.deepEqual(server.asked[0].query, { project: here.home, root: here.home, source });
      assert.equal(server.asked[0].headers.authorization, `Bearer ${server.token}`);
    });

  for (const source of ["resume", "fork", undefined])
    test(`${name}: a session that begins by ${source} is told nothing`, async (test) => {
      const { server, here } = await start(test);
      assert.equal((await begin(here, { form, source: source ?? 7 })).stdout, "");
      assert.deepEqual(server.asked, []);
      await memfog(here, ["flush"]);
      assert.deepEqual(server.hooks(), ["session_start"]);
    });

  test(`${name}: the start of a session is captured even when the shipper takes its file at once`, async (test) => {
    const { server, here } = await start(test);
    fs.rmSync(here.paths.lease);
    const reported = await begin(here, { form });
    assert.equal(textOf(reported), MEMORY.markdown);
    await memfog(here, ["flush"]);
    assert.equal(server.hooks().filter((one) => one === "session_start").length, 1);
  });
}

test("what was injected is an event of the session, named and not repeated", async (test) => {
  const { server, here } = await start(test);
  await begin(here);
  await memfog(here, ["flush"]);
  const injected = [...server.events.values()].find((event) => event.kind.type === "ContextInjected");
  assert.deepEqual(injected.kind.data, {
    session_id: "s-1",
    cwd: here.home,
    source: "startup",
    tokens: 12,
    items: MEMORY.items,
    characters: MEMORY.markdown.length,
    cut: false,
  });
  assert.deepEqual([injected.project, injected.root], [here.home, here.home]);
});

test("a text near ten thousand characters is cut, and never within a character", async (test) => {
  const { server, here } = await start(test);
  for (const length of [9_800, 9_801, 30_000]) {
    server.context = { ...MEMORY, markdown: "🜂".repeat(length).slice(0, length) };
    const text = textOf(await begin(here));
    assert.equal(text.length <= 9_800 && text.isWellFormed(), true);
    assert.equal(text.endsWith("[cut here; ask Memfog for more]"), length > 9_800);
  }
});

for (const [name, letter] of Object.entries({
  quotes: '"',
  "line ends": "\n",
  backslashes: "\\",
  "control characters": "\u0001",
}))
  test(`a text of ${name} is counted as JSON has it: what is printed stays below the host's limit`, async (test) => {
    const { server, here } = await start(test);
    server.context = { ...MEMORY, markdown: `# What matters${letter.repeat(9_700)}x` };
    const text = textOf(await begin(here));
    assert.equal(JSON.stringify(text).length <= 10_000, true);
    assert.equal(text.startsWith("# What matters") && text.endsWith("[cut here; ask Memfog for more]"), true);
  });

const TROUBLE = {
  "401": (outgoing) => outgoing.writeHead(401).end("{}"),
  "404, a server that has no memory yet": (outgoing) => outgoing.writeHead(404).end("{}"),
  "500": (outgoing) => outgoing.writeHead(500).end("{}"),
  "a portal's page": (outgoing) => outgoing.writeHead(200, { "Content-Type": "text/html" }).end("<html>Sign in</html>"),
  "JSON of another shape": (outgoing) => outgoing.writeHead(200).end('{"markdown":7}'),
  "a redirect": (outgoing) => outgoing.writeHead(302, { Location: "http://127.0.0.1:9/" }).end(),
  "an answer that breaks off": (outgoing) => {
    outgoing.writeHead(200, { "Content-Length": "99" });
    outgoing.write("{");
    setTimeout(() => outgoing.destroy(), 50);
  },
  "chunks of no size": (outgoing) =>
    outgoing.socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n{"markdown":"x"}\r\n0\r\n\r\n'),
  "no HTTP": (outgoing) => outgoing.socket.end("220 ready\r\n\r\n"),
  "an empty memory": (outgoing) => outgoing.writeHead(200).end('{"markdown":" ","tokens":0,"items":[]}'),
  "silence": () => {},
  "an answer drop by drop": (outgoing) => {
    outgoing.writeHead(200);
    const timer = setInterval(() => outgoing.write(" "), 100);
    outgoing.on("close", () => clearInterval(timer));
  },
};
for (const [what, answer] of Object.entries(TROUBLE))
  for (const form of [undefined, "node"])
    test(`${what} prints nothing (${form ?? "sh"})`, async (test) => {
      const { server, here } = await start(test);
      server.context = answer;
      const reported = await begin(here, { form });
      assert.deepEqual([reported.code, reported.stdout, reported.stderr], [0, "", ""]);
      assert.equal(server.asked.length, 1);
      assert.equal(filesIn(here.paths.spool).length, 1);
    });

/** A text as chunks of HTTP. */
const chunked = (parts) =>
  Buffer.concat([
    ...parts.flatMap((part) => [Buffer.from(`${part.length.toString(16)};x=1\r\n`), part, Buffer.from("\r\n")]),
    Buffer.from("0\r\n\r\n"),
  ]);

for (const [form, head, encode] of [
  ["a length", (body) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}`, (parts) => Buffer.concat(parts)],
  ["chunks", () => "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked", chunked],
  ["an end", () => "HTTP/1.0 200 OK", (parts) => Buffer.concat(parts)],
])
  test(`an answer with ${form} is read, in whatever pieces it arrives`, async (test) => {
    const { server, here } = await start(test);
    server.context = async (outgoing) => {
      const body = Buffer.from(JSON.stringify(MEMORY));
      const parts = [body.subarray(0, 67), body.subarray(67)];
      const bytes = Buffer.concat([Buffer.from(`${head(body)}\r\n\r\n`), encode(parts)]);
      for (let at = 0; at < bytes.length; at += 9) {
        outgoing.socket.write(bytes.subarray(at, at + 9));
        await new Promise(setImmediate);
      }
      outgoing.socket.end();
    };
    assert.equal(textOf(await begin(here)), MEMORY.markdown);
  });

test("a server that is gone, a payload that is no JSON and one setting print nothing", async (test) => {
  const { server, here } = await start(test);
  assert.equal((await hook(here, { name: "session_start", payload: "{" })).stdout, "");
  fs.writeFileSync(here.paths.config, '{"context": false}');
  assert.equal((await begin(here)).stdout, "");
  assert.deepEqual(server.asked, []);
  fs.rmSync(here.paths.config);
  await server.stop();
  assert.deepEqual(await begin(here), { code: 0, signal: null, stdout: "", stderr: "" });
});

test("a hook without its program says so once a day where it can, and captures", async (test) => {
  const { server, here } = await start(test);
  fs.rmSync(here.paths.clients, { recursive: true });
  const { stdout, ...rest } = await begin(here);
  assert.match(JSON.parse(stdout).systemMessage, /its program does not start here/);
  assert.deepEqual(rest, { code: 0, signal: null, stderr: "" });
  for (const form of [undefined, "node"])
    assert.deepEqual(await begin(here, { form }), { code: 0, signal: null, stdout: "", stderr: "" });
  assert.equal(filesIn(here.paths.spool).length, 3);
  assert.deepEqual(server.asked, []);
});

test("a refused token is told at the start of a session, once a day", async (test) => {
  const { server, here } = await start(test);
  server.token = "mfg_other";
  await begin(here);
  assert.equal((await memfog(here, ["flush"])).code, 1);
  fs.rmSync(here.paths.lease, { force: true });
  const { startShipper } = require("../../testing/scratch.js");
  await hook(here, { name: "stop" });
  await startShipper(here).ended;
  assert.match(JSON.parse((await begin(here)).stdout).systemMessage, /refused the token.*memfog connect/);
  assert.equal((await begin(here)).stdout, "");
});

test("a project that is kept back, or a setting that can not be read, asks nothing of the server", async (test) => {
  const { server, here } = await start(test);
  for (const config of [JSON.stringify({ exclude: [here.home] }), "{"]) {
    fs.writeFileSync(here.paths.config, config);
    assert.equal((await begin(here)).stdout, "");
    assert.deepEqual(server.asked, []);
  }
});

const entriesAt = (file) => JSON.parse(fs.readFileSync(file, "utf8")).hooks.SessionStart.at(-1).hooks.at(-1);
/** The folder in which the hooks of one start agree. */
const turnsOf = (here) => openTurnFolder(here.paths, here.environment.TMPDIR);
const printed = (all) => all.filter(({ stdout }) => stdout !== "").map(textOf);

test("hooks in both user and project settings give context once per start of a session", async (test) => {
  const { server, here } = await start(test);
  assert.equal((await connect(here, server, "--project-only")).code, 0);
  const entries = [entriesAt(here.settings), entriesAt(path.join(here.home, ".claude", "settings.local.json"))];
  assert.deepEqual(
    entries.map(({ command }) => /session_start (\w+)/.exec(command)[1]),
    ["user", "project"],
  );
  const beginBoth = (source) =>
    Promise.all(
      entries.map((entry) =>
        fire(entry, {
          input: JSON.stringify({ session_id: "s-1", cwd: here.home, hook_event_name: "SessionStart", source }),
          env: { ...here.environment, CLAUDE_PROJECT_DIR: here.home },
        }),
      ),
    );
  for (const source of ["startup", "clear", "compact", "compact"]) {
    const reported = await beginBoth(source);
    assert.deepEqual(printed(reported), [MEMORY.markdown], source);
    for (const { code, stderr } of reported) assert.deepEqual([code, stderr], [0, ""]);
  }
  assert.equal(server.asked.length, 4);
  assert.deepEqual(printed(await beginBoth("resume")), []);
  await memfog(here, ["flush"]);
  const kinds = [...server.events.values()].map((event) => event.kind.type);
  assert.deepEqual(
    [kinds.filter((kind) => kind === "HookEvent").length, kinds.filter((kind) => kind === "ContextInjected").length],
    [5, 4],
  );
});

/** Another home, beside the first one and on the same machine, that is connected with these options. */
async function startBeside(test, here, server, ...options) {
  const other = scratch(test, { temporary: here.environment.TMPDIR });
  assert.equal((await connect(other, server, ...options)).code, 0);
  pretendShipper(other);
  return other;
}

const START = { session_id: "s-1", cwd: "/p", hook_event_name: "SessionStart", source: "startup" };

/** Fires one start of a session in each home, at the same moment: [home, registration]. */
const beginAll = (fired, form) =>
  Promise.all(
    fired.map(([here, registration]) => hook(here, { form, name: "session_start", registration, payload: START })),
  );

/** The same by the plugin, which has its home from the environment. */
const beginByPlugin = (here) =>
  fire(pluginHooks.SessionStart[0].hooks[0], {
    input: JSON.stringify(START),
    env: { ...here.environment, CLAUDE_PLUGIN_ROOT: CLIENT, CLAUDE_PROJECT_DIR: "/home/alice/repo" },
  });

for (const [name, form] of FORMS)
  test(`${name}: user and project settings, another home and a plugin give context once`, async (test) => {
    const { server, here } = await start(test);
    const other = await startBeside(test, here, server);
    const third = await startBeside(test, here, server, "--plugin");
    const fired = [here, other].flatMap((home) => ["user", "project"].map((one) => [home, one]));
    for (const count of [1, 2]) {
      const all = await Promise.all([beginAll(fired, form), beginByPlugin(third)]);
      assert.deepEqual(printed(all.flat()), [MEMORY.markdown]);
      assert.equal(server.asked.length, count);
    }
    for (const home of [here, other, third]) await memfog(home, ["flush"]);
    const kinds = [...server.events.values()].map((event) => event.kind.type).sort();
    assert.deepEqual(kinds, ["ContextInjected", "ContextInjected", "HookEvent", "HookEvent"]);
  });

test("of two homes the one speaks that gives context; homes of two accounts give both theirs", async (test) => {
  const { server, here } = await start(test);
  const other = await startBeside(test, here, server);
  fs.writeFileSync(here.paths.config, '{"context": false}');
  for (const order of [
    [here, other],
    [other, here],
  ])
    assert.deepEqual(printed(await beginAll(order.map((home) => [home, "user"]))), [MEMORY.markdown]);
  fs.rmSync(here.paths.config);
  const account = JSON.parse(fs.readFileSync(other.paths.account, "utf8"));
  fs.writeFileSync(other.paths.account, JSON.stringify({ ...account, key: "another" }));
  assert.equal(printed(await beginAll([here, other].map((home) => [home, "user"]))).length, 2);
});

test("where others can write into the shared folder, each home has its own", async (test) => {
  const { here } = await start(test);
  const shared = path.dirname(turnsOf(here));
  assert.equal(fs.statSync(shared).mode & 0o777, 0o700);
  fs.chmodSync(shared, 0o777);
  assert.equal(turnsOf(here), here.paths.startTurns);
  fs.rmSync(shared, { recursive: true });
  fs.symlinkSync(here.home, shared);
  assert.equal(turnsOf(here), here.paths.startTurns);
  fs.rmSync(shared);
  fs.mkdirSync(shared, { mode: 0o700 });
  fs.writeFileSync(path.join(shared, JSON.parse(fs.readFileSync(here.paths.account, "utf8")).key), "");
  assert.equal(turnsOf(here), here.paths.startTurns);
  const missing = path.join(here.home, "missing");
  assert.equal(openTurnFolder(here.paths, missing), here.paths.startTurns);
  assert.equal(fs.existsSync(missing), false);
  assert.equal(textOf(await begin(here)), MEMORY.markdown);
});

test("where the shared folder takes no file, the hooks of one home agree all the same", async (test) => {
  const { here } = await start(test);
  // The folder's path is as long as one may be: that of a file in it is too long.
  const below = path.relative(here.environment.TMPDIR, turnsOf(here));
  const length = 4_050 - here.home.length - below.length;
  const deep = path.join(
    here.home,
    "y".repeat(100 + (length % 100)),
    ...Array(Math.floor(length / 100) - 1).fill("x".repeat(99)),
  );
  fs.mkdirSync(deep, { recursive: true });
  const env = { TMPDIR: deep };
  const all = await Promise.all(["user", "project"].map((registration) => begin(here, { env, registration })));
  assert.deepEqual(printed(all), [MEMORY.markdown]);
  assert.deepEqual([filesIn(openTurnFolder(here.paths, env.TMPDIR)), filesIn(here.paths.startTurns).length], [[], 4]);
});

for (const form of [undefined, "node"]) {
  test(`of two registrations the second speaks where the first was killed (${form ?? "sh"})`, async (test) => {
    const { server, here } = await start(test);
    server.context = () => {};
    const first = beginUnheard(test, here, "user");
    await until(() => server.asked.length === 1, "the first hook has asked the server");
    const second = begin(here, { form, registration: "project" });
    await until(
      () => filesIn(turnsOf(here)).filter((name) => name.includes(".of-")).length === 2,
      "the second hook waits for its turn",
    );
    assert.equal(server.asked.length, 1);
    server.context = MEMORY;
    first.kill("SIGKILL");
    assert.equal(textOf(await second), MEMORY.markdown);
  });

  test(`of two registrations the second speaks where the first was refused (${form ?? "sh"})`, async (test) => {
    const { server, here } = await start(test);
    server.context = (outgoing) => {
      server.context = MEMORY;
      outgoing.writeHead(500).end("{}");
    };
    const reported = await Promise.all(["user", "project"].map((registration) => begin(here, { form, registration })));
    assert.deepEqual(printed(reported), [MEMORY.markdown]);
    assert.equal(server.asked.length, 2);
  });
}

test("an equal start seen much later is a new one; without a writable folder context is given", async (test) => {
  const { here } = await start(test);
  assert.equal(textOf(await begin(here, { registration: "user" })), MEMORY.markdown);
  const past = new Date(Date.now() - 60_000);
  const turns = turnsOf(here);
  for (const name of filesIn(turns)) fs.utimesSync(path.join(turns, name), past, past);
  assert.equal(textOf(await begin(here, { registration: "project" })), MEMORY.markdown);
  const longAgo = new Date(Date.now() - 7_200_000);
  for (const name of filesIn(turns)) fs.utimesSync(path.join(turns, name), longAgo, longAgo);
  await begin(here, { source: "clear", registration: "user" });
  assert.equal(filesIn(turns).length, 3);
  fs.rmSync(path.dirname(turns), { recursive: true });
  for (const folder of [path.dirname(turns), here.paths.startTurns]) fs.writeFileSync(folder, "");
  assert.equal(textOf(await begin(here, { registration: "user" })), MEMORY.markdown);
});

/** Runs the program that the sh hook starts after it spooled a session_start, for one registration. */
function beginUnheard(test, here, registration) {
  const payload = JSON.stringify({
    session_id: "s-1",
    cwd: here.home,
    hook_event_name: "SessionStart",
    source: "startup",
  });
  const child = spawn(process.execPath, [path.join(CLIENT, "lib", "context", "run.js"), here.paths.home], {
    env: here.environment,
    stdio: ["pipe", "ignore", "inherit"],
  });
  test.after(() => child.kill("SIGKILL"));
  child.stdin.end(`memfog 1 session_start ${registration}\n${here.home}\0${payload}\0memfog 1\n`);
  return child;
}

for (const [name, form] of FORMS)
  test(`${name}: a session that a program starts gets context only if asked for`, async (test) => {
    const { server, here } = await start(test);
    const headless = { form, env: { CLAUDE_CODE_ENTRYPOINT: "sdk-cli" } };
    assert.equal((await begin(here, headless)).stdout, "");
    assert.equal((await begin(here, { form, env: { CLAUDE_CODE_ENTRYPOINT: "claude-vscode" } })).stdout === "", false);
    assert.equal((await begin(here, { form, env: { CLAUDE_CODE_ENTRYPOINT: "a b\nc" } })).code, 0);
    const observer = path.join(here.home, ".claude-mem", "observer-sessions");
    assert.equal((await begin(here, { form, project: observer })).stdout, "");
    fs.writeFileSync(here.paths.config, JSON.stringify({ context: "all" }));
    assert.equal(textOf(await begin(here, headless)), MEMORY.markdown);
    assert.equal(server.asked.length, 3);
  });
