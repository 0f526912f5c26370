"use strict";
// Events that several registrations capture, payloads of other hosts, and hooks whose stdin is never closed.
const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { hook, call: memfog, run, scratch, until } = require("../../testing/scratch.js");
const { ship, start } = require("../../testing/shipping.js");

const PROMPT = {
  session_id: "dup",
  prompt_id: "p1",
  hook_event_name: "UserPromptSubmit",
  prompt: "once",
  cwd: "/home/alice/repo",
};
const STOP = { session_id: "dup", hook_event_name: "Stop", stop_hook_active: false, cwd: "/home/alice/repo" };

const reported = (server) => [...server.events.values()].map((event) => event.kind.data.data);

/** Runs the hook once for each registration, all at the same time, as a host does. */
const fireAll = (here, name, payload, registrations) =>
  Promise.all(registrations.map((registration) => hook(here, { name, registration, payload })));

const listed = (registrations) => registrations.map((one) => one ?? "an earlier entry").join(", ");

for (const registrations of [
  ["user", "project"],
  ["project", "managed"],
  ["user", "project", "managed"],
  [null, null],
])
  test(`an event that ${listed(registrations)} caught is one`, async (test) => {
    const { here, server } = await start(test);
    await fireAll(here, "prompt_submit", PROMPT, registrations);
    await fireAll(here, "pre_tool_use", { ...PROMPT, hook_event_name: "PreToolUse", tool_use_id: "t1" }, registrations);
    await ship(test, here);
    assert.deepEqual(server.hooks().sort(), ["pre_tool_use", "prompt_submit"]);
  });

test("two equal payloads of one registration are two events, also where another catches both", async (test) => {
  const { here, server } = await start(test);
  for (const registrations of [["user"], ["user"]]) await fireAll(here, "stop", STOP, registrations);
  await ship(test, here);
  assert.equal(server.events.size, 2);
  for (const registrations of [
    ["user", "project"],
    ["project", "user"],
  ])
    await fireAll(here, "notification", STOP, registrations);
  await ship(test, here);
  assert.equal(server.events.size, 4);
});

test("the copy may come when the first is delivered already, and in two shippers", async (test) => {
  const { here, server } = await start(test);
  await hook(here, { name: "stop", registration: "user", payload: STOP });
  await ship(test, here);
  await hook(here, { name: "stop", registration: "project", payload: STOP });
  await ship(test, here);
  assert.equal(server.events.size, 1);
  assert.equal(server.requests.length, 1);
});

test("the same prompt an hour later, caught by another registration, is another event", async (test) => {
  const { here, server } = await start(test);
  await hook(here, { name: "stop", registration: "user", payload: STOP });
  await ship(test, here);
  await hook(here, { name: "stop", registration: "project", payload: STOP });
  const later = new Date(Date.now() + 3_600_000);
  for (const name of fs.readdirSync(here.paths.spool)) fs.utimesSync(path.join(here.paths.spool, name), later, later);
  await ship(test, here);
  assert.equal(server.events.size, 2);
});

test("two homes of one account send an event under one id", async (test) => {
  const { here, server } = await start(test);
  const other = scratch(test);
  assert.equal((await memfog(other, ["connect", "claude-code", "--token", server.token, "--api", server.url])).code, 0);
  for (const home of [here, other]) {
    await hook(home, { name: "stop", registration: "user", payload: STOP });
    await memfog(home, ["flush"]);
  }
  assert.equal(server.requests.flatMap(({ events }) => events).length, 2);
  assert.equal(server.events.size, 1);
});

test("a shipper that dies between two steps changes no id", async (test) => {
  const { here, server } = await start(test);
  await hook(here, { name: "stop", registration: "user", payload: STOP });
  const [name] = fs.readdirSync(here.paths.spool);
  const [file, stored] = [path.join(here.paths.spool, name), path.join(here.home, "kept")];
  // Keeps the time to the nanosecond: it is the same file, as if a shipper had died before it deleted the file.
  await run("cp", ["-p", file, stored]);
  await ship(test, here);
  await run("cp", ["-p", stored, file]);
  await ship(test, here);
  assert.equal(server.events.size, 1);
});

const CURSOR = {
  conversation_id: "c",
  generation_id: "g",
  hook_event_name: "preToolUse",
  workspace_roots: ["/x/secret"],
  cwd: "",
  tool_name: "Shell",
  tool_input: { command: "cat key" },
};
const STRANGERS = {
  Cursor: CURSOR,
  "Cursor with names of Claude Code": {
    ...CURSOR,
    session_id: "c",
    hook_event_name: "PreToolUse",
    cursor_version: "2.1",
  },
  "a version of an editor": { session_id: "c", cwd: "/x", hook_event_name: "Stop", cursor_version: "2.1" },
  Copilot: {
    timestamp: "2026-11-01T00:00:00Z",
    sessionId: "s",
    hookEventName: "PreToolUse",
    cwd: "/x/secret",
    tool_name: "runTerminal",
  },
  "Copilot's command line": { timestamp: 1, cwd: "/x/secret", toolName: "bash", toolArgs: '{"command":"cat key"}' },
  "a host with small event names": {
    session_id: "s",
    cwd: "/x",
    hook_event_name: "beforeShellExecution",
    command: "cat key",
  },
};
const WRITTEN = {
  "as it is": (text) => Buffer.from(text),
  "with a byte order mark": (text) => Buffer.from(`\ufeff${text}`),
  "in UTF-16": (text) => Buffer.from(`\ufeff${text}`, "utf16le"),
};

for (const [name, payload] of Object.entries(STRANGERS))
  for (const [how, write] of Object.entries(WRITTEN))
    test(`what ${name} hands over stays here, ${how}, and status says so`, async (test) => {
      const { here, server } = await start(test);
      await hook(here, { name: "pre_tool_use", project: "", payload: write(JSON.stringify(payload)) });
      await hook(here, { name: "stop", payload: STOP });
      await ship(test, here);
      assert.deepEqual(server.hooks(), ["stop"]);
      assert.match(
        (await memfog(here, ["status"])).stdout,
        /1 event\(s\) of (?:Cursor|Copilot|another host) were left out/,
      );
    });

for (const [how, write] of Object.entries(WRITTEN))
  test(`a payload of Claude Code is read ${how}, and is JSON on the wire`, async (test) => {
    const { here, server } = await start(test);
    await hook(here, { name: "stop", payload: write(JSON.stringify(STOP)) });
    await ship(test, here);
    assert.deepEqual(reported(server), [STOP]);
  });

const SECRET = {
  session_id: "s",
  hook_event_name: "PreToolUse",
  tool_name: "Bash",
  tool_input: { command: "cat key" },
};
const HIDDEN = {
  "an empty folder": { project: "", payload: { ...SECRET, cwd: "" } },
  "no folder at all": { project: null, payload: SECRET },
  "a folder that is no text": { project: null, payload: { ...SECRET, cwd: 5 } },
  "an empty folder, started in the excluded one": { project: "/x/secret", payload: { ...SECRET, cwd: "" } },
  "text that is no JSON": { project: "/x", payload: `{"cwd":"/x/secret", ${JSON.stringify(SECRET)}` },
  "bytes that are no text": { project: "/x", payload: Buffer.from([0xff, 0xfe, 0xd8, 0x00, 0xff]) },
};

for (const [name, fired] of Object.entries(HIDDEN))
  test(`where a folder is excluded, an event with ${name} stays here`, async (test) => {
    const { here, server } = await start(test);
    fs.writeFileSync(here.paths.config, JSON.stringify({ exclude: ["/x/secret"] }));
    await hook(here, { name: "pre_tool_use", ...fired });
    await hook(here, { name: "stop", payload: STOP });
    await ship(test, here);
    assert.deepEqual(server.hooks(), ["stop"]);
  });

test("an event without a folder stays, as a .memfogignore might exclude it; an empty one is the root", async (test) => {
  const { here, server } = await start(test);
  const ignored = path.join(here.home, "ignored");
  fs.mkdirSync(ignored);
  fs.writeFileSync(path.join(ignored, ".memfogignore"), "");
  await hook(here, { name: "pre_tool_use", project: null, payload: SECRET });
  await hook(here, { name: "pre_tool_use", project: "", payload: { ...SECRET, cwd: "" } });
  await hook(here, { name: "pre_tool_use", project: ignored, payload: { ...SECRET, cwd: "" } });
  await hook(here, { name: "post_tool_use", project: "/x", payload: { ...SECRET, cwd: "" } });
  await ship(test, here);
  assert.deepEqual(
    [...server.events.values()].map((event) => event.project),
    ["/x"],
  );
});

test("a payload that names no session is kept, and not told as Claude Code's", async (test) => {
  const { here, server } = await start(test);
  const payloads = [
    STOP,
    { ...STOP, session_id: undefined, n: 1 },
    { ...STOP, session_id: 5, n: 2 },
    { ...STOP, session_id: null, n: 3 },
    [STOP],
  ];
  for (const payload of payloads) await hook(here, { name: "stop", payload });
  await ship(test, here);
  const hosts = [...server.events.values()].map(
    ({
      client,
      kind: {
        data: { data },
      },
    }) => [data.n ?? (Array.isArray(data) ? "list" : 0), client.host],
  );
  assert.deepEqual(hosts.sort(), [
    [0, undefined],
    [1, "unknown"],
    [2, "unknown"],
    [3, "unknown"],
    ["list", "unknown"],
  ]);
});

for (const form of [{ file: "/bin/sh", args: [] }, "node"])
  test(`${form === "node" ? "node" : "sh"}: a session that ends with stdin open is captured at once`, async (test) => {
    const { here, server } = await start(test);
    const payload = { session_id: "Z", hook_event_name: "SessionEnd", reason: "clear", cwd: here.home };
    const ended = await new Promise((resolve) => {
      const args =
        form === "node"
          ? [process.execPath, [here.hookFile("cjs"), "session_end"]]
          : ["/bin/sh", [here.hookFile("sh"), "session_end"]];
      const child = spawn(...args, { env: here.environment, stdio: ["pipe", "ignore", "ignore"] });
      child.on("close", resolve);
      child.stdin.write(JSON.stringify(payload));
      test.after(() => child.kill("SIGKILL"));
    });
    assert.equal(ended, 0);
    await ship(test, here);
    assert.deepEqual(reported(server), [payload]);
  });

for (const death of ["lives on", "was killed"])
  test(`what a hook got whose stdin is never closed is delivered, when it ${death}`, async (test) => {
    const { here, server } = await start(test);
    const child = spawn("/bin/sh", [here.hookFile("sh"), "stop"], {
      env: here.environment,
      stdio: ["pipe", "ignore", "ignore"],
    });
    test.after(() => child.kill("SIGKILL"));
    child.stdin.write(JSON.stringify(STOP));
    await until(
      () =>
        fs
          .readdirSync(here.paths.spool)
          .some((name) => fs.readFileSync(path.join(here.paths.spool, name), "utf8").endsWith("}")),
      "the payload is in the spool",
    );
    if (death === "was killed") child.kill("SIGKILL");
    await until(async () => (await memfog(here, ["flush"])) && server.events.size === 1, "delivered");
    assert.deepEqual(reported(server), [STOP]);
    child.stdin.end();
    await until(() => child.exitCode !== null || child.signalCode !== null, "the hook ends");
    assert.deepEqual(fs.readdirSync(here.paths.spool), []);
  });

test("half a payload is not taken for a whole one", async (test) => {
  const { here, server } = await start(test);
  const child = spawn("/bin/sh", [here.hookFile("sh"), "stop"], {
    env: here.environment,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const text = JSON.stringify({ ...STOP, tool_input: { command: "ls" } });
  const half = text.lastIndexOf("}");
  child.stdin.write(text.slice(0, half));
  await until(() => fs.readdirSync(here.paths.spool).length === 1, "the file is in the spool");
  const [name] = fs.readdirSync(here.paths.spool);
  const past = new Date(Date.now() - 60_000);
  await until(() => fs.readFileSync(path.join(here.paths.spool, name), "utf8").endsWith("}"), "one half is written");
  fs.utimesSync(path.join(here.paths.spool, name), past, past);
  await memfog(here, ["flush"]);
  assert.equal(server.events.size, 0);
  child.stdin.end(text.slice(half));
  await until(() => child.exitCode !== null, "the hook ends");
  await memfog(here, ["flush"]);
  assert.equal(server.events.size, 1);
});

test("a hook of a name that no table has is kept under that name", async (test) => {
  const { here, server } = await start(test);
  await hook(here, {
    name: "pre_skill_shell_command",
    payload: { ...STOP, hook_event_name: "PreSkillShellCommand", command: "git status" },
  });
  await ship(test, here);
  assert.deepEqual(server.hooks(), ["pre_skill_shell_command"]);
});

test("a shipper that a script's hook started holds no lock of the script", async (test) => {
  const { here, server } = await start(test);
  fs.rmSync(here.paths.lease, { force: true });
  const lock = path.join(here.home, "lock");
  for (const [index, number] of ["9", "42"].entries()) {
    const script = `exec ${number}>"${lock}"; flock ${number}; echo '${JSON.stringify(STOP)}' | sh "$0" stop`;
    const child = spawn("bash", ["-c", script, here.hookFile("sh")], {
      env: { ...here.environment, MEMFOG_LINGER: "60000" },
      stdio: "ignore",
    });
    await new Promise((resolve) => child.on("close", resolve));
    await until(() => fs.existsSync(here.paths.lease), "a shipper runs");
    // The process that started the shipper may still be ending.
    await until(async () => (await run("flock", ["-n", lock, "true"])).code === 0, `descriptor ${number} is closed`);
    await until(() => server.events.size === index + 1, "delivered");
    assert.equal(fs.existsSync(here.paths.lease), true);
    fs.rmSync(here.paths.lease, { force: true });
    await until(() => !fs.existsSync(here.paths.starting), "the claim is removed");
  }
});
