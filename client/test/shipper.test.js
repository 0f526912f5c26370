"use strict";
const assert = require("node:assert/strict");
const crypto = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { test } = require("node:test");
const { version } = require("../package.json");
const { startServer } = require("../testing/server.js");
const { connect, filesIn, hook, memfog, until } = require("../testing/scratch.js");
const { reasons, ship, shipOn, spool, start, waiting } = require("../testing/shipping.js");

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;

const indexes = (events) => events.map((event) => event.kind.data.data.index);

test("an event has the form of the contract", async (test) => {
  const { here, server } = await start(test);
  await hook(here, { name: "stop", payload: { cwd: "/home/alice/repo/sub", a: 1 }, project: "/home/alice/repo" });
  const written = fs.statSync(path.join(here.place.spool, filesIn(here.place.spool)[0]), { bigint: true }).mtimeNs;
  await ship(test, here);
  const [event] = server.events.values();
  assert.match(event.id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(event.ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.equal(BigInt(Date.parse(event.ts)), written / 1_000_000n);
  assert.equal(Number(event.ts.slice(-4, -1)), Number((written / 1000n) % 1000n));
  assert.deepEqual({ ...event, id: 0, ts: 0 }, {
    id: 0, ts: 0, project: "/home/alice/repo/sub", schema_version: 1, root: "/home/alice/repo",
    kind: { type: "HookEvent", data: { hook: "stop", data: { cwd: "/home/alice/repo/sub", a: 1 } } }, client: { name: "memfog", version, machine: os.hostname() },
  });
  assert.deepEqual(waiting(here), []);
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
  "bytes that are no text": [Buffer.from([123, 255, 254, 0]), "base64", Buffer.from([123, 255, 254, 0]).toString("base64")],
  "nothing": [Buffer.alloc(0), "text", ""],
  "JSON behind a BOM": [Buffer.from("\ufeff{}"), "text", "\ufeff{}"],
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
  fs.writeFileSync(path.join(here.place.spool, "7"), "who wrote this?\0memfog 7\n");
  await spool(here, { index: 1 });
  await ship(test, here);
  assert.equal(server.events.size, 1);
  assert.equal(reasons(here)[0].code, "unreadable");
});

test("half a file waits for its writer, and is cleaned away after a day", async (test) => {
  const { here, server } = await start(test);
  for (const name of ["1", "2"]) fs.writeFileSync(path.join(here.place.spool, name), "memfog 1 stop\n/p\0{}");
  const past = new Date(Date.now() - DAY_MS - 60_000);
  fs.utimesSync(path.join(here.place.spool, "1"), past, past);
  await ship(test, here);
  assert.deepEqual(filesIn(here.place.spool), ["2"]);
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
  for (let index = 0; index < 1_203; index += 1) fs.writeFileSync(path.join(here.place.spool, `9.${index}`), `memfog 1 stop\n/p\0{"index":${index}}\0memfog 9.${index}\n`);
  const begin = Date.now() / 1000 - 3_600;
  for (let index = 0; index < 1_203; index += 1) fs.utimesSync(path.join(here.place.spool, `9.${index}`), begin + index, begin + index);
  await ship(test, here);
  assert.deepEqual(server.requests.map((request) => request.events.length), [1_000, 203]);
  assert.deepEqual(indexes(server.requests.flatMap((request) => request.events)), Array.from({ length: 1_203 }, (_, index) => index));
  assert.equal(server.requests[0].headers["content-encoding"], "gzip");
});

test("no request is larger than the server takes", async (test) => {
  const { here, server } = await start(test);
  for (let index = 0; index < 14; index += 1) await spool(here, { index, noise: crypto.randomBytes(350_000).toString("base64") });
  await ship(test, here);
  assert.equal(server.events.size, 14);
  assert.ok(server.requests.length > 1);
  for (const request of server.requests) assert.ok(request.size <= 8 * MIB && request.text.length <= 16 * MIB);
});

test("an event above 1 MiB is cut at its longest strings, each marked with its size and hash", async (test) => {
  const { here, server } = await start(test);
  const file = `${"é\n".repeat(1_000_000)}`;
  const payload = `{"cwd":"/p","n":1e400,"tool_input":{"content":${JSON.stringify(file)},"path":"/p/a"},"tool_response":{"originalFile":${JSON.stringify(file)}}}`;
  await spool(here, payload);
  await ship(test, here);
  const { text, events: [event] } = server.requests[0];
  assert.ok(Buffer.byteLength(JSON.stringify(event)) <= MIB);
  assert.equal(text.includes('"n":1e400'), true);
  const { tool_input: input, tool_response: response } = event.kind.data.data;
  assert.equal(input.path, "/p/a");
  const mark = `… [cut by memfog: ${Buffer.byteLength(file)} bytes, sha256 ${crypto.createHash("sha256").update(file).digest("hex")}]`;
  for (const cut of [input.content, response.originalFile]) {
    assert.equal(cut.endsWith(mark), true);
    assert.equal(file.startsWith(cut.slice(0, -mark.length)), true);
    assert.ok(cut.length > 50_000);
  }
});

test("an event of a million small values is carried as the head of its text", async (test) => {
  const { here, server } = await start(test);
  await spool(here, JSON.stringify({ cwd: "/p", list: Array.from({ length: 400_000 }, (_, index) => index) }));
  await ship(test, here);
  const { data, data_as: as } = [...server.events.values()][0].kind.data;
  assert.equal(as, "text");
  assert.match(data, /^\{"cwd":"\/p","list":\[0,1,2.*cut by memfog: \d+ bytes, sha256 [0-9a-f]{64}\]$/s);
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
  test(`the remote ${url} is the repository ${repo}`, async (test) => {
    const { here, server } = await start(test);
    const cwd = path.join(here.home, "work", "deep", "er");
    fs.mkdirSync(cwd, { recursive: true });
    fs.mkdirSync(path.join(here.home, "work", ".git"));
    fs.writeFileSync(path.join(here.home, "work", ".git", "config"), `[core]\n\turl = no\n[remote "other"]\n\turl = https://no.example/a/b\n[remote "origin"]\n\tfetch = +x\n\turl = ${url}\n[branch "main"]\n\tremote = origin\n`);
    await spool(here, { cwd });
    await ship(test, here);
    assert.equal([...server.events.values()][0].repo, repo);
    assert.equal(server.requests[0].text.includes("s3cret"), false);
  });

test("a worktree has the repository of its main folder and a branch of its own, a submodule both", async (test) => {
  const { here, server } = await start(test);
  const inHome = (...parts) => path.join(here.home, ...parts);
  const config = (url) => `[remote "origin"]\n\turl = ${url}\n`;
  for (const folder of ["main/.git/worktrees/tree", "main/.git/modules/sub", "main/sub", "tree"]) fs.mkdirSync(inHome(folder), { recursive: true });
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
  const told = [...server.events.values()].map(({ repo, client }) => [repo, client.branch]);
  const main = "example.org/alice/main";
  assert.deepEqual(told, [[main, "mend/totals"], ["example.org/alice/sub", undefined], [main, "main"]]);
});

test("rejected events are set aside with the reason, and their neighbours are done", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 }, { index: 1 }, { index: 2 });
  server.next.push((events, store) => ({ status: 200, body: { ...store([events[0], events[2]]), rejected: [{ index: 1, id: events[1].id, code: "bad_kind", detail: "no" }] } }));
  await ship(test, here);
  assert.deepEqual(indexes([...server.events.values()]), [0, 2]);
  assert.deepEqual(waiting(here), []);
  assert.deepEqual(reasons(here).map(({ code, detail }) => ({ code, detail })), [{ code: "bad_kind", detail: "no" }]);
});

test("an event rejected as too large is cut and sent again", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { content: "x".repeat(200_000) });
  server.next.push((events) => ({ status: 200, body: { accepted: 0, rejected: [{ index: 0, id: events[0].id, code: "too_large", detail: "" }] } }));
  await ship(test, here);
  assert.equal(server.events.size, 1);
  assert.match([...server.events.values()][0].kind.data.data.content, /cut by memfog: 200000 bytes/);
});

for (const status of [400, 422])
  test(`${status}: the one offender is found and set aside, the others are delivered`, async (test) => {
    const { here, server } = await start(test);
    await spool(here, ...[0, 1, 2, 3, 4, 5, 6].map((index) => ({ index })));
    const picky = (events, store) => (indexes(events).includes(5) ? { status, body: { code: "bad_body", detail: "five" } } : { status: 200, body: store(events) });
    server.next.push(...Array(20).fill(picky));
    await ship(test, here);
    assert.deepEqual(indexes([...server.events.values()]).sort(), [0, 1, 2, 3, 4, 6]);
    assert.deepEqual(reasons(here).map((reason) => reason.detail), ["five"]);
  });

test("413: the batch is halved, and a single event is cut until it passes", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 }, { index: 1, content: "y".repeat(400_000) }, { index: 2 });
  const narrow = (events, store) => (JSON.stringify(events).length > 150_000 ? { status: 413, body: "<h1>Too large" } : { status: 200, body: store(events) });
  server.next.push(...Array(20).fill(narrow));
  await ship(test, here);
  assert.deepEqual(indexes([...server.events.values()]).sort(), [0, 1, 2]);
  assert.deepEqual(filesIn(here.place.quarantine), []);
});

test("413 for whatever it sends: what can not be cut further is set aside", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 });
  server.next.push({ status: 413 });
  await ship(test, here);
  assert.equal(reasons(here)[0].code, "too_large");
});

for (const status of [401, 403])
  test(`${status}: it keeps all, says so in status, and hooks start no other for a while`, async (test) => {
    const { here, server } = await start(test);
    await spool(here, { index: 0 });
    server.next.push({ status, body: { code: "no" } });
    await ship(test, here);
    assert.equal(waiting(here).length, 1);
    await hook(here, { payload: { index: 1 } });
    assert.equal(fs.existsSync(here.place.starting), false);
    const { code, stdout } = await memfog(here, ["status"]);
    assert.equal(code, 1);
    assert.match(stdout, new RegExp(`refused the token \\(${status}\\)`));
    await connect(here, server);
    await hook(here, { payload: { index: 2 } });
    await until(() => server.events.size === 3, "all delivered after connecting anew");
  });

const NO_ANSWERS = {
  "a portal's 200": { status: 200, body: "<h1>Welcome to the hotel" },
  "a 200 that does not add up": { status: 200, body: { accepted: 1 } },
  "a 200 that counts too many": { status: 200, body: { accepted: 2, duplicates: 1 } },
  "a 200 that rejects what was not sent": { status: 200, body: { accepted: 1, rejected: [{ index: 9, code: "bad_id" }] } },
  "an empty 200": { status: 200, body: {} },
  "a portal's 400": { status: 400, body: "<h1>Bad request" },
  "404": { status: 404, body: { code: "not_found" } },
  "408": { status: 408 },
  "500": { status: 500, body: "oops" },
  "503": { status: 503 },
  "a cut connection": "cut",
};

for (const [name, answer] of Object.entries(NO_ANSWERS))
  test(`${name}: nothing is deleted, and it is tried again`, async (test) => {
    const { here, server } = await start(test);
    await spool(here, { index: 0 }, { index: 1 });
    server.next.push(answer);
    const shipper = shipOn(test, here);
    await until(() => server.requests.length === 1, "the first try");
    await until(() => server.events.size === 2, "the second try");
    assert.equal(await shipper.ended, 0);
    assert.deepEqual(waiting(here), []);
    assert.deepEqual(filesIn(here.place.quarantine), []);
  });

test("429: Retry-After is waited for", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 });
  const times = [];
  server.next.push(() => { times.push(Date.now()); return { status: 429, headers: { "Retry-After": "2" } }; });
  server.next.push((events, store) => { times.push(Date.now()); return { status: 200, body: store(events) }; });
  await ship(test, here);
  assert.ok(times[1] - times[0] >= 1_950);
});

test("a redirect to another host is not followed, and the token stays", async (test) => {
  const { here, server } = await start(test);
  const other = await startServer();
  test.after(other.stop);
  await spool(here, { index: 0 });
  for (const status of [301, 302, 307, 308]) server.next.push({ status, headers: { Location: `${other.url}/ingest` } });
  const shipper = shipOn(test, here);
  await until(() => server.events.size === 1, "delivered by the server itself", 60_000);
  assert.equal(await shipper.ended, 0);
  assert.equal(other.requests.length, 0);
});

test("events spooled while the server is away are in the outbox, and all arrive when it is back", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 });
  server.next.push({ status: 503, headers: { "Retry-After": "1" } });
  const shipper = shipOn(test, here);
  await until(() => server.requests.length === 1, "the first try");
  await spool(here, { index: 1 });
  await until(() => filesIn(here.place.outbox).length === 2 && filesIn(here.place.spool).length === 0, "the spool is empty while it waits");
  await shipper.ended;
  assert.equal(server.events.size, 2);
});

test("killed between post and delete, it delivers again under the same ids", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 }, { index: 1 });
  const first = shipOn(test, here);
  server.next.push((events, store) => {
    const body = store(events);
    process.kill(first.child.pid, "SIGKILL");
    return { status: 200, body };
  });
  await first.ended;
  assert.equal(server.events.size, 2);
  assert.equal(waiting(here).length, 2);
  await ship(test, here);
  assert.equal(server.events.size, 2);
  assert.deepEqual(server.requests.map((request) => request.events.length), [2, 2]);
  assert.deepEqual(waiting(here), []);
});

test("killed between outbox and spool, it mints no second id", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 });
  const [name] = filesIn(here.place.spool);
  const exact = path.join(here.home, "link");
  // A hard link brings the very file back, its time to the nanosecond included.
  fs.linkSync(path.join(here.place.spool, name), exact);
  await ship(test, here);
  fs.linkSync(exact, path.join(here.place.spool, name));
  await ship(test, here);
  assert.equal(server.requests.length, 2);
  assert.equal(server.events.size, 1);
});

test("of many shippers that start at once one delivers", async (test) => {
  const { here, server } = await start(test, { linger: 1_000 });
  await spool(here, ...Array.from({ length: 20 }, (_, index) => ({ index })));
  const all = await Promise.all(Array.from({ length: 8 }, () => shipOn(test, here)).map((one) => one.ended));
  assert.deepEqual(all, Array(8).fill(0));
  assert.equal(server.events.size, 20);
  assert.equal(server.requests.reduce((sum, request) => sum + request.events.length, 0), 20);
});

test("an event that comes while the last batch is under way is delivered by the same shipper", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 });
  server.next.push((events, store) => {
    fs.writeFileSync(path.join(here.place.spool, "late"), 'memfog 1 stop\n/p\0{"index":1}\0memfog late\n');
    return { status: 200, body: store(events) };
  });
  await ship(test, here);
  assert.equal(server.events.size, 2);
});

test("over its bound the oldest go, and an event says how many", async (test) => {
  const { here, server } = await start(test);
  for (let index = 0; index < 10; index += 1) await spool(here, { index, content: "z".repeat(10_000) });
  server.next.push({ status: 503, headers: { "Retry-After": "1" } });
  await ship(test, here, { MEMFOG_SPOOL_BYTES: "60000" });
  const events = [...server.events.values()];
  const [dropped] = events.filter((event) => event.kind.type === "SpoolDropped");
  const kept = events.filter((event) => event.kind.type === "HookEvent");
  assert.ok(kept.length > 0 && kept.length < 10);
  assert.equal(dropped.kind.data.dropped, 10 - kept.length);
  assert.deepEqual(indexes(kept), Array.from({ length: kept.length }, (_, index) => index + 10 - kept.length));
});

test("what waited for more than 30 days goes, and an event says so", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 }, { index: 1 });
  const [name] = filesIn(here.place.spool);
  const past = new Date(Date.now() - 31 * DAY_MS);
  fs.utimesSync(path.join(here.place.spool, name), past, past);
  server.next.push({ status: 503, headers: { "Retry-After": "1" } });
  await ship(test, here);
  const types = [...server.events.values()].map((event) => event.kind.type).sort();
  assert.deepEqual(types, ["HookEvent", "SpoolDropped"]);
  assert.match((await memfog(here, ["status"])).stdout, /FIX {2}lost .*1 event\(s\) dropped/);
});

test("however much waits and however old it is, what can be delivered is", async (test) => {
  const { here, server } = await start(test);
  await spool(here, ...[0, 1, 2, 3].map((index) => ({ index, content: "z".repeat(10_000) })));
  const times = [new Date(Date.now() - 3_653 * DAY_MS), new Date(Date.now() + 3_653 * DAY_MS), new Date(-86_400_000), new Date(0)];
  filesIn(here.place.spool).forEach((name, index) => fs.utimesSync(path.join(here.place.spool, name), times[index], times[index]));
  await ship(test, here, { MEMFOG_SPOOL_BYTES: "20000" });
  assert.deepEqual(indexes([...server.events.values()]).sort(), [0, 1, 2, 3]);
  assert.deepEqual(waiting(here), []);
});

test("a refused token keeps all, but not beyond the bounds", async (test) => {
  const { here, server } = await start(test);
  for (let index = 0; index < 10; index += 1) await spool(here, { index, content: "z".repeat(10_000) });
  server.token = "mfg_new";
  await ship(test, here, { MEMFOG_SPOOL_BYTES: "60000" });
  const left = waiting(here).length;
  assert.ok(left > 1 && left < 10, `${left} wait`);
});

test("where nothing moves any more the batch is halved, until what is sent comes through", async (test) => {
  const { here, server } = await start(test);
  await spool(here, ...[0, 1, 2, 3].map((index) => ({ index, content: "w".repeat(10_000) })));
  const sizes = [];
  const slow = (events, store) => {
    sizes.push(events.length);
    return events.length > 1 ? "hang" : { status: 200, body: store(events) };
  };
  server.next.push(...Array(12).fill(slow));
  await ship(test, here, { MEMFOG_TIMEOUT: "300" });
  assert.deepEqual(sizes.slice(0, 3), [4, 2, 1]);
  assert.deepEqual(indexes([...server.events.values()]), [0, 1, 2, 3]);
});

for (const form of [{ file: "/bin/sh", args: [] }, "node"])
  test(`${form === "node" ? "node" : "sh"}: a lease and a claim ten years ahead hold nobody up beyond the next session`, async (test) => {
    const { here, server } = await start(test);
    const ahead = new Date(Date.now() + 3_653 * DAY_MS);
    for (const file of [here.place.lease, here.place.starting]) {
      fs.writeFileSync(file, "gone");
      fs.utimesSync(file, ahead, ahead);
    }
    await hook(here, { form, payload: { index: 1 } });
    await hook(here, { form, name: "session_start", payload: { index: 2 } });
    await until(() => server.events.size === 2, "both delivered");
  });

test("the head of a session starts no second shipper beside a living one", async (test) => {
  const { here, server } = await start(test);
  await hook(here, { name: "session_start", payload: { index: 1 } });
  await until(() => !fs.existsSync(here.place.starting), "the one that came to look has gone");
  assert.equal(server.requests.length, 0);
  assert.equal(fs.readFileSync(here.place.lease, "utf8"), "another");
});

test("without auth.json it ends at once and touches nothing", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 0 });
  fs.rmSync(here.place.auth);
  await ship(test, here);
  assert.equal(filesIn(here.place.spool).length, 1);
  assert.equal(server.requests.length, 0);
});

test("it ends when its lease is taken from it, as a new version does", async (test) => {
  const { here, server } = await start(test, { linger: 60_000 });
  const shipper = shipOn(test, here);
  await until(() => fs.existsSync(here.place.lease), "it has the lease");
  await spool(here, { index: 0 });
  await until(() => server.events.size === 1, "it works");
  await connect(here, server);
  assert.equal(await shipper.ended, 0);
});
