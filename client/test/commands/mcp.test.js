"use strict";
const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const readline = require("node:readline");
const { test } = require("node:test");
const { BIN, connect, memfog, scratch } = require("../../testing/scratch.js");
const { startMcpServer } = require("../../testing/servers/mcp-server.js");

async function start(test) {
  const server = await startMcpServer();
  test.after(server.stop);
  const here = scratch(test);
  assert.equal((await connect(here, server)).code, 0);
  return { server, here };
}

/**
 * A program that uses `memfog mcp`: `ask(method, params)` resolves to the answer, and `told` collects all other
 * messages.
 */
function tool(test, here) {
  const child = spawn(process.execPath, [BIN, "mcp"], { env: here.environment, stdio: ["pipe", "pipe", "inherit"] });
  test.after(() => child.kill("SIGKILL"));
  const waiting = new Map();
  const reported = [];
  let last = 0;
  readline.createInterface({ input: child.stdout }).on("line", (line) => {
    const message = JSON.parse(line);
    if (waiting.has(message.id)) waiting.get(message.id)(message);
    else reported.push(message);
  });
  const say = (message) =>
    child.stdin.write(`${typeof message === "string" ? message : JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  return {
    told: reported,
    say,
    ask: (method, params) =>
      new Promise((resolve) => {
        waiting.set((last += 1), resolve);
        say({ id: last, method, params });
      }),
    end: () =>
      new Promise((resolve) => {
        child.on("close", resolve);
        child.stdin.end();
      }),
  };
}

const greet = (one) => one.ask("initialize", { protocolVersion: "2025-06-18" });
const mcp = (server) => server.seen.filter((request) => request.url === "/mcp");

test("what is asked on stdin is answered by the server, within one session that is ended at last", async (test) => {
  const { server, here } = await start(test);
  const one = tool(test, here);
  assert.equal((await greet(one)).result.protocolVersion, "2025-06-18");
  one.say({ method: "notifications/initialized" });
  assert.deepEqual((await one.ask("tools/call", { name: "search", q: "Ünïcode\n🜂" })).result, {
    name: "search",
    q: "Ünïcode\n🜂",
  });
  assert.equal(await one.end(), 0);
  const [hello, ...rest] = mcp(server);
  assert.deepEqual(
    [hello.headers.authorization, hello.headers["mcp-session-id"], hello.headers.accept],
    ["Bearer mfg_alice", undefined, "application/json, text/event-stream"],
  );
  assert.deepEqual(
    rest.map((one) => one.method),
    ["POST", "POST", "DELETE"],
  );
  assert.ok(rest.every((one) => one.headers["mcp-session-id"] && one.headers["mcp-protocol-version"] === "2025-06-18"));
  assert.deepEqual([...server.sessions], []);
});

test("the tool why is the client's own: the server is not asked for it", async (test) => {
  const { server, here } = await start(test);
  const one = tool(test, here);
  await greet(one);
  const { tools } = (await one.ask("tools/list", { tools: [{ name: "search" }] })).result;
  assert.deepEqual(
    tools.map(({ name }) => name),
    ["search", "why"],
  );
  assert.deepEqual((await one.ask("tools/list", { tools: [], cursor: "2" })).result.tools, []);
  const before = mcp(server).length;
  const why = async (given) => (await one.ask("tools/call", { name: "why", arguments: given })).result;
  const nowhere = await why({ path: "/nowhere/a.py", line: 3 });
  assert.deepEqual([nowhere.isError, nowhere.content[0].text], [true, "/nowhere/a.py does not exist"]);
  assert.match((await why()).content[0].text, /give a path, --since COMMIT or --commit COMMIT/);
  assert.match((await why({ path: here.home })).content[0].text, /can not be read \(it is no file\)/);
  assert.match((await why({ since: 7 })).content[0].text, /since is the name of a commit/);
  assert.equal(mcp(server).length, before);
  assert.equal(await one.end(), 0);
});

test("a stream of events is passed on message by message", async (test) => {
  const { here } = await start(test);
  const one = tool(test, here);
  await greet(one);
  assert.deepEqual((await one.ask("tools/call", { stream: true })).result, { stream: true });
  assert.deepEqual(
    one.told.map((message) => message.method),
    ["notifications/progress"],
  );
});

test("questions asked before the greeting is answered wait for it, and all are answered", async (test) => {
  const { here } = await start(test);
  const one = tool(test, here);
  const answers = [greet(one), ...Array.from({ length: 20 }, (_, index) => one.ask("tools/call", { index }))];
  const [, ...rest] = await Promise.all(answers);
  assert.deepEqual(
    rest.map((answer) => answer.result.index),
    Array.from({ length: 20 }, (_, index) => index),
  );
});

test("a session that the server forgot is opened anew, unseen by the tool", async (test) => {
  const { server, here } = await start(test);
  const one = tool(test, here);
  await greet(one);
  server.forget();
  assert.deepEqual((await one.ask("tools/call", { a: 1 })).result, { a: 1 });
  assert.deepEqual(one.told, []);
});

for (const [status, args] of [
  [401, /connect claude-code with a new token/],
  [403, /without --capture-only/],
  [404, /404.*not this one/],
  [503, /503/],
  [302, /302/],
])
  test(`a server that answers ${status} is told of as the answer`, async (test) => {
    const { server, here } = await start(test);
    server.refuse = status;
    const one = tool(test, here);
    assert.match((await greet(one)).error.message, args);
    assert.match((await one.ask("tools/list")).error.message, args);
    assert.equal(await one.end(), 0);
  });

test("without a server, without a token, and with words that are no JSON it answers and goes on", async (test) => {
  const { server, here } = await start(test);
  await server.stop();
  const one = tool(test, here);
  assert.match((await greet(one)).error.message, /can not be reached \(ECONNREFUSED\)/);
  one.say("{not json");
  one.say("");
  fs.rmSync(here.paths.auth);
  assert.match((await one.ask("tools/list")).error.message, /memfog connect/);
  assert.deepEqual(
    one.told.map(({ id, error }) => [id, error.code]),
    [[null, -32700]],
  );
  assert.equal((await memfog(here, ["mcp", "now"])).code, 2);
});
