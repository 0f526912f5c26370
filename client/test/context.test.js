"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const { test } = require("node:test");
const { startServer } = require("../testing/server.js");
const { connect, filesIn, hook, memfog, pretendShipper, scratch } = require("../testing/scratch.js");
const { shells } = require("../testing/shells.js");

const FORMS = [...shells().map((shell) => [shell.name, shell]), ["node", "node"]];
const MEMORY = { markdown: "# Memory\n\n- The tests run with `script/test`. ✓ 🜂\n", tokens: 12, items: [{ id: "o-1", tokens: 12 }] };

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
  hook(here, { name: "session_start", payload: { session_id: "s-1", cwd: here.home, hook_event_name: "SessionStart", source }, project: here.home, ...options });
const textOf = ({ stdout }) => JSON.parse(stdout).hookSpecificOutput.additionalContext;

for (const [name, form] of FORMS) {
  for (const source of ["startup", "clear", "compact"]) test(`${name}: a session that begins by ${source} is told what there is to know`, async (test) => {
    const { server, here } = await start(test);
    const told = await begin(here, { form, source });
    assert.deepEqual([told.code, told.stderr], [0, ""]);
    assert.deepEqual(JSON.parse(told.stdout), { hookSpecificOutput: { hookEventName: "SessionStart", additionalContext: MEMORY.markdown } });
    assert.deepEqual(server.asked[0].query, { project: here.home, root: here.home, source });
    assert.equal(server.asked[0].headers.authorization, `Bearer ${server.token}`);
  });

  for (const source of ["resume", "fork", undefined]) test(`${name}: a session that begins by ${source} is told nothing`, async (test) => {
    const { server, here } = await start(test);
    assert.equal((await begin(here, { form, source: source ?? 7 })).stdout, "");
    assert.deepEqual(server.asked, []);
    await memfog(here, ["flush"]);
    assert.deepEqual(server.hooks(), ["session_start"]);
  });

  test(`${name}: the start of a session is captured even when the shipper takes its file at once`, async (test) => {
    const { server, here } = await start(test);
    fs.rmSync(here.place.lease);
    const told = await begin(here, { form });
    assert.equal(textOf(told), MEMORY.markdown);
    await memfog(here, ["flush"]);
    assert.equal(server.hooks().filter((one) => one === "session_start").length, 1);
  });
}

test("what was injected is an event of the session, named and not repeated", async (test) => {
  const { server, here } = await start(test);
  await begin(here);
  await memfog(here, ["flush"]);
  const injected = [...server.events.values()].find((event) => event.kind.type === "ContextInjected");
  assert.deepEqual(injected.kind.data, { session_id: "s-1", cwd: here.home, source: "startup", tokens: 12, items: MEMORY.items, characters: MEMORY.markdown.length, cut: false });
  assert.deepEqual([injected.project, injected.root], [here.home, here.home]);
});

test("a text above ten thousand characters is cut, and never within a character", async (test) => {
  const { server, here } = await start(test);
  for (const length of [10_000, 10_001, 30_000]) {
    server.context = { ...MEMORY, markdown: "🜂".repeat(length).slice(0, length) };
    const text = textOf(await begin(here));
    assert.equal(text.length <= 10_000 && text.isWellFormed(), true);
    assert.equal(text.endsWith("[cut here; ask Memfog for more]"), length > 10_000);
  }
});

const TROUBLE = {
  "401": (outgoing) => outgoing.writeHead(401).end("{}"),
  "404, a server that has no memory yet": (outgoing) => outgoing.writeHead(404).end("{}"),
  "500": (outgoing) => outgoing.writeHead(500).end("{}"),
  "a portal's page": (outgoing) => outgoing.writeHead(200, { "Content-Type": "text/html" }).end("<html>Sign in</html>"),
  "JSON of another shape": (outgoing) => outgoing.writeHead(200).end('{"markdown":7}'),
  "a redirect": (outgoing) => outgoing.writeHead(302, { Location: "http://127.0.0.1:9/" }).end(),
  "an answer that breaks off": (outgoing) => { outgoing.writeHead(200, { "Content-Length": "99" }); outgoing.write("{"); setTimeout(() => outgoing.destroy(), 50); },
  "an empty memory": (outgoing) => outgoing.writeHead(200).end('{"markdown":" ","tokens":0,"items":[]}'),
  "silence": () => {},
  "an answer drop by drop": (outgoing) => { outgoing.writeHead(200); const timer = setInterval(() => outgoing.write(" "), 100); outgoing.on("close", () => clearInterval(timer)); },
};
for (const [what, answer] of Object.entries(TROUBLE)) for (const form of [undefined, "node"]) test(`${what} prints nothing (${form ?? "sh"})`, async (test) => {
  const { server, here } = await start(test);
  server.context = answer;
  const told = await begin(here, { form });
  assert.deepEqual([told.code, told.stdout, told.stderr], [0, "", ""]);
  assert.equal(server.asked.length, 1);
  assert.equal(filesIn(here.place.spool).length, 1);
});

test("a server that is gone, a payload that is no JSON and one setting print nothing", async (test) => {
  const { server, here } = await start(test);
  assert.equal((await hook(here, { name: "session_start", payload: "{" })).stdout, "");
  fs.writeFileSync(here.place.config, '{"context": false}');
  assert.equal((await begin(here)).stdout, "");
  assert.deepEqual(server.asked, []);
  fs.rmSync(here.place.config);
  await server.stop();
  assert.deepEqual(await begin(here), { code: 0, signal: null, stdout: "", stderr: "" });
});

test("a hook without its program says nothing, and captures", async (test) => {
  const { server, here } = await start(test);
  fs.rmSync(here.place.clients, { recursive: true });
  for (const form of [undefined, "node"]) assert.deepEqual(await begin(here, { form }), { code: 0, signal: null, stdout: "", stderr: "" });
  assert.equal(filesIn(here.place.spool).length, 2);
  assert.deepEqual(server.asked, []);
});

test("a refused token is told at the start of a session, once a day", async (test) => {
  const { server, here } = await start(test);
  server.token = "mfg_other";
  await begin(here);
  assert.equal((await memfog(here, ["flush"])).code, 1);
  fs.rmSync(here.place.lease, { force: true });
  const { startShipper } = require("../testing/scratch.js");
  await hook(here, { name: "stop" });
  await startShipper(here).ended;
  assert.match(JSON.parse((await begin(here)).stdout).systemMessage, /refused the token.*memfog connect/);
  assert.equal((await begin(here)).stdout, "");
});

test("a project that is kept back, or a setting that can not be read, asks nothing of the server", async (test) => {
  const { server, here } = await start(test);
  for (const config of [JSON.stringify({ exclude: [here.home] }), "{"]) {
    fs.writeFileSync(here.place.config, config);
    assert.equal((await begin(here)).stdout, "");
    assert.deepEqual(server.asked, []);
  }
});
