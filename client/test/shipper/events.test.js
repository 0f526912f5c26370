"use strict";
const assert = require("node:assert/strict");
const crypto = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { test } = require("node:test");
const { version } = require("../../package.json");
const { shells } = require("../../testing/hooks/shells.js");
const { filesIn, hook } = require("../../testing/scratch.js");
const { cutMark, reasons, ship, spool, start, waiting } = require("../../testing/shipping.js");

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;

const indexes = (events) => events.map((event) => event.kind.data.data.index);

test("an event has the form of the contract", async (test) => {
  const { here, server } = await start(test);
  await hook(here, {
    name: "stop",
    payload: { session_id: "s", cwd: "/home/alice/repo/sub", a: 1 },
    project: "/home/alice/repo",
  });
  const written = fs.statSync(path.join(here.paths.spool, filesIn(here.paths.spool)[0]), { bigint: true }).mtimeNs;
  await ship(test, here);
  const [event] = server.events.values();
  assert.match(event.id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(event.ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.equal(BigInt(Date.parse(event.ts)), written / 1_000_000n);
  assert.equal(Number(event.ts.slice(-4, -1)), Number((written / 1000n) % 1000n));
  assert.deepEqual(
    { ...event, id: 0, ts: 0 },
    {
      id: 0,
      ts: 0,
      project: "/home/alice/repo/sub",
      schema_version: 1,
      root: "/home/alice/repo",
      kind: { type: "HookEvent", data: { hook: "stop", data: { session_id: "s", cwd: "/home/alice/repo/sub", a: 1 } } },
      client: { name: "memfog", version, machine: os.hostname() },
    },
  );
  assert.deepEqual(waiting(here), []);
});

const FORMS = [...shells().map((shell) => [shell.name, shell]), ["node", "node"]];
const ENTRYPOINTS = { "cli": "cli", "sdk-cli": "sdk-cli", "claude_x": "claude_x", "": undefined, "a b": undefined };
for (const [name, form] of FORMS)
  test(`${name}: an event says how the host was started`, async (test) => {
    const { here, server } = await start(test);
    for (const [given, told] of Object.entries({ ...ENTRYPOINTS, "two\nlines": undefined, "é": undefined })) {
      server.events.clear();
      for (const registration of [null, "user"])
        await hook(here, { form, registration, env: { CLAUDE_CODE_ENTRYPOINT: given } });
      await ship(test, here);
      assert.deepEqual(new Set([...server.events.values()].map(({ client }) => client.entrypoint)), new Set([told]));
    }
  });

test("a valid payload is spliced in letter by letter", async (test) => {
  const { here, server } = await start(test);
  const payload = '\n{"n":1e400, "z":0.10,"a": -0, "a":"\\u0000\\ud800\\/é\u2028",\t"deep":[[[{}]]]}\r\n';
  await spool(here, payload);
  await ship(test, here);
  assert.equal(server.requests[0].text.includes(`"data":{"hook":"post_tool_use","data":${payload}}}`), true);
});

const ODD = {
  "text that is not JSON": [Buffer.from('{"a": oops \u0000'), "text", '{"a": oops \u0000'],
  "bytes that are no text": [
    Buffer.from([123, 255, 254, 0]),
    "base64",
    Buffer.from([123, 255, 254, 0]).toString("base64"),
  ],
  "nothing": [Buffer.alloc(0), "text", ""],
  "text behind a BOM that is no JSON": [Buffer.from("\ufeff{oops"), "text", "{oops"],
};

for (const [name, [payload, as, data]] of Object.entries(ODD))
  test(`${name} is carried as a string and marked`, async (test) => {
    const { here, server } = await start(test);
    await spool(here, payload);
    await ship(test, here);
    const [event] = server.events.values();
    assert.deepEqual(event.kind.data, { hook: "post_tool_use", data, data_as: as });
    assert.equal(event.project, "/home/alice/repo");
  });

test("a file of the spool that is no spool file is set aside, and the others go", async (test) => {
  const { here, server } = await start(test);
  fs.writeFileSync(path.join(here.paths.spool, "7"), "who wrote this?\0memfog 7\n");
  await spool(here, { index: 1 });
  await ship(test, here);
  assert.equal(server.events.size, 1);
  assert.equal(reasons(here)[0].code, "unreadable");
});

test("half a file waits for its writer, and is cleaned away after a day", async (test) => {
  const { here, server } = await start(test);
  for (const name of ["1", "2"]) fs.writeFileSync(path.join(here.paths.spool, name), 'memfog 1 stop\n/p\0{"half": ');
  const past = new Date(Date.now() - DAY_MS - 60_000);
  fs.utimesSync(path.join(here.paths.spool, "1"), past, past);
  await ship(test, here);
  assert.deepEqual(filesIn(here.paths.spool), ["2"]);
  assert.equal(server.requests.length, 0);
});

test("the hooks of one tool use keep their order, even when the first file was finished last", async (test) => {
  const { here, server } = await start(test);
  await hook(here, { name: "post_tool_use", payload: { tool_use_id: "t1" } });
  await hook(here, { name: "pre_tool_use", payload: { tool_use_id: "t1" } });
  await ship(test, here);
  assert.deepEqual(server.hooks(), ["pre_tool_use", "post_tool_use"]);
  const [before, after] = [...server.events.values()].map((event) => event.ts);
  assert.ok(before <= after);
});

test("events go oldest first, at most a thousand in a batch, packed above 1 KiB", async (test) => {
  const { here, server } = await start(test);
  for (let index = 0; index < 1_203; index += 1)
    fs.writeFileSync(
      path.join(here.paths.spool, `9.${index}`),
      `memfog 1 stop\n/p\0{"index":${index}}\0memfog 9.${index}\n`,
    );
  const begin = Date.now() / 1000 - 3_600;
  for (let index = 0; index < 1_203; index += 1)
    fs.utimesSync(path.join(here.paths.spool, `9.${index}`), begin + index, begin + index);
  await ship(test, here);
  assert.deepEqual(
    server.requests.map((request) => request.events.length),
    [1_000, 203],
  );
  assert.deepEqual(
    indexes(server.requests.flatMap((request) => request.events)),
    Array.from({ length: 1_203 }, (_, index) => index),
  );
  assert.equal(server.requests[0].headers["content-encoding"], "gzip");
});

test("no request is larger than the server takes", async (test) => {
  const { here, server } = await start(test);
  for (let index = 0; index < 14; index += 1)
    await spool(here, { index, noise: crypto.randomBytes(350_000).toString("base64") });
  await ship(test, here);
  assert.equal(server.events.size, 14);
  assert.ok(server.requests.length > 1);
  for (const request of server.requests) assert.ok(request.size <= 8 * MIB && request.text.length <= 16 * MIB);
});

test("an event above 1 MiB is cut at its longest strings, each marked with its size and hash", async (test) => {
  const { here, server } = await start(test);
  const file = `${"é\n".repeat(1_000_000)}`;
  const [input, response] = [{ content: file, path: "/p/a" }, { originalFile: file }].map((part) =>
    JSON.stringify(part),
  );
  const payload = `{"cwd":"/p","n":1e400,"tool_input":${input},"tool_response":${response}}`;
  await spool(here, payload);
  await ship(test, here);
  const {
    text,
    events: [event],
  } = server.requests[0];
  assert.ok(Buffer.byteLength(JSON.stringify(event)) <= MIB);
  assert.equal(text.includes('"n":1e400'), true);
  const { data } = event.kind.data;
  assert.equal(data.tool_input.path, "/p/a");
  const mark = cutMark(file);
  for (const cut of [data.tool_input.content, data.tool_response.originalFile]) {
    assert.equal(cut.endsWith(mark), true);
    assert.equal(file.startsWith(cut.slice(0, -mark.length)), true);
    assert.ok(cut.length > 50_000);
  }
});

test("of an event of a million small values the list is carried as the head of its text", async (test) => {
  const { here, server } = await start(test);
  // One event that is read as a whole, and one that is too large for it.
  for (const length of [250_000, 400_000])
    await spool(
      here,
      JSON.stringify({ cwd: "/p", session_id: "s", list: Array.from({ length }, (_, index) => index) }),
    );
  await ship(test, here);
  for (const {
    project,
    kind: {
      data: { data },
    },
  } of server.events.values()) {
    assert.deepEqual([project, data.session_id], ["/p", "s"]);
    assert.match(data.list, /^\[0,1,2.*cut by memfog: \d+ bytes, sha256 [0-9a-f]{64}\]$/s);
  }
  assert.equal(server.events.size, 2);
});

const REPOS = {
  "git@github.com:Owner/name.git": "github.com/Owner/name",
  "ssh://git@GitHub.com:22/Owner/name.git": "github.com/Owner/name",
  "https://github.com/Owner/name/": "github.com/Owner/name",
  "https://alice:s3cret@gitlab.example.org:8443/group/sub/name.git": "gitlab.example.org:8443/group/sub/name",
  "host.example:path/to/name": "host.example/path/to/name",
  "/srv/git/name.git": undefined,
  "C:\\git\\name": undefined,
  "../name.git": undefined,
};

for (const [url, repo] of Object.entries(REPOS))
  test(`the remote ${url} is the repository ${repo ?? "of its folder"}`, async (test) => {
    const { here, server } = await start(test);
    const cwd = path.join(here.home, "work", "deep", "er");
    fs.mkdirSync(cwd, { recursive: true });
    fs.mkdirSync(path.join(here.home, "work", ".git"));
    fs.writeFileSync(
      path.join(here.home, "work", ".git", "config"),
      '[core]\n\turl = no\n[remote "other"]\n\turl = https://no.example/a/b\n' +
        `[remote "origin"]\n\tfetch = +x\n\turl = ${url}\n[branch "main"]\n\tremote = origin\n`,
    );
    await spool(here, { cwd });
    await ship(test, here);
    // Without a remote, the folder names the repository.
    assert.equal([...server.events.values()][0].repo, repo ?? path.join(here.home, "work"));
    assert.equal(server.requests[0].text.includes("s3cret"), false);
  });

test("a worktree has the repository of its main folder and a branch of its own, a submodule both", async (test) => {
  const { here, server } = await start(test);
  const inHome = (...parts) => path.join(here.home, ...parts);
  const config = (url) => `[remote "origin"]\n\turl = ${url}\n`;
  for (const folder of ["main/.git/worktrees/tree", "main/.git/modules/sub", "main/sub", "tree"])
    fs.mkdirSync(inHome(folder), { recursive: true });
  fs.writeFileSync(inHome("main/.git/config"), config("https://example.org/alice/main"));
  fs.writeFileSync(inHome("main/.git/worktrees/tree/commondir"), "../..\n");
  fs.writeFileSync(inHome("main/.git/HEAD"), "ref: refs/heads/main\n");
  fs.writeFileSync(inHome("main/.git/worktrees/tree/HEAD"), "ref: refs/heads/mend/totals\n");
  fs.writeFileSync(inHome("main/.git/modules/sub/HEAD"), `${"a".repeat(40)}\n`); // no branch
  fs.writeFileSync(inHome("tree/.git"), `gitdir: ${inHome("main/.git/worktrees/tree")}\n`);
  fs.writeFileSync(inHome("main/.git/modules/sub/config"), config("https://example.org/alice/sub"));
  fs.writeFileSync(inHome("main/sub/.git"), "gitdir: ../.git/modules/sub\n");
  await spool(here, { cwd: inHome("tree") }, { cwd: inHome("main/sub") }, { cwd: inHome("main") });
  await ship(test, here);
  const reported = [...server.events.values()].map(({ repo, client }) => [repo, client.branch]);
  const main = "example.org/alice/main";
  assert.deepEqual(reported, [
    [main, "mend/totals"],
    ["example.org/alice/sub", undefined],
    [main, "main"],
  ]);
});
