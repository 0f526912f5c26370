"use strict";
const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const {
  CLIENT,
  call,
  connect,
  filesIn,
  hook,
  memfog,
  pretendShipper,
  run,
  startShipper,
  until,
} = require("../../testing/scratch.js");
const { cutMark, reasons, ship, spool, start, waiting } = require("../../testing/shipping.js");
const { asNobody } = require("../../testing/user.js");
const { updateState } = require("../../lib/shipper/state.js");

const SHIPPER = path.join(CLIENT, "lib", "shipper", "run.js");
const SECRET = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

/** A file that the user of the shipper may not read, such as one that a hook of another user wrote. */
function close(file) {
  fs.writeFileSync(file, 'memfog 1 stop\n/p\0{"index":9}\0memfog root\n');
  if (process.getuid() === 0) fs.chownSync(file, 0, 0);
  fs.chmodSync(file, process.getuid() === 0 ? 0o600 : 0o000);
}

const findingOf = (stdout, name) => JSON.parse(stdout).findings.find((one) => one.name === name);

for (const folder of ["spool", "outbox"])
  test(`a file of another user in ${folder} is skipped and reported, and all else works`, async (test) => {
    const { here, server } = await start(test);
    await spool(here, { index: 1 });
    const user = asNobody(here);
    const file = path.join(
      here.paths[folder],
      folder === "spool" ? "root" : "01700000000000000-00-11111111-1111-4111-8111-111111111111.json",
    );
    close(file);
    fs.rmSync(here.paths.lease);
    const shipper = await run(process.execPath, [SHIPPER, here.paths.home], {
      ...user,
      env: here.environment,
      cwd: "/",
    });
    assert.deepEqual([shipper.code, server.events.size, fs.existsSync(file)], [0, 1, true]);
    const status = await memfog(here, ["status", "--json"], { ...user, env: { MEMFOG_POLICY_DIR: "/nowhere" } });
    assert.match(findingOf(status.stdout, "spool").text, /1 file\(s\) belong to another user/);
    assert.match(findingOf(status.stdout, "spool").remedy, /^sudo chown -R/);
    assert.equal((await memfog(here, ["flush"], user)).code, folder === "spool" ? 0 : 1);
    for (const args of [["import"], ["disconnect", "claude-code"]])
      assert.equal((await memfog(here, args, user)).code, 0, args.join(" "));
  });

test("a day later it is there still: what can not be read may be whole", async (test) => {
  const { here } = await start(test);
  const user = asNobody(here);
  const file = path.join(here.paths.spool, "root");
  close(file);
  const past = new Date(Date.now() - 3 * 86_400_000);
  fs.utimesSync(file, past, past);
  fs.rmSync(here.paths.lease);
  assert.equal(
    (await run(process.execPath, [SHIPPER, here.paths.home], { ...user, env: here.environment, cwd: "/" })).code,
    0,
  );
  assert.equal(fs.existsSync(file), true);
});

const IN_THE_WAY = {
  "a folder": (here) => fs.mkdirSync(path.join(here.paths.spool, "12")),
  "a folder by the name of an event": (here) =>
    fs.mkdirSync(path.join(here.paths.outbox, "01700000000000000-00-11111111-1111-4111-8111-111111111111.json")),
  "a link that leads in a circle": (here) => fs.symlinkSync("12", path.join(here.paths.spool, "12")),
  "a link that leads nowhere": (here) => fs.symlinkSync("/nowhere/at/all", path.join(here.paths.outbox, "x.json")),
};

for (const [name, put] of Object.entries(IN_THE_WAY))
  test(`${name} among what waits keeps nothing else`, async (test) => {
    const { here, server } = await start(test);
    put(here);
    await spool(here, { index: 1 });
    await ship(test, here);
    assert.equal(server.events.size, 1);
    await call(here, ["flush"]);
    assert.equal((await call(here, ["status"])).stderr, "");
  });

for (const folder of ["outbox", "quarantine", "spool"])
  test(`${folder} may be missing: it is made where it is needed, and nothing goes round without end`, async (test) => {
    const { here, server } = await start(test);
    await spool(here, { index: 1 }, { index: 2 });
    if (folder === "quarantine")
      server.next.push((events, store) => ({
        status: 200,
        body: { ...store([events[0]]), rejected: [{ index: 1, id: events[1].id, code: "bad_kind", detail: "no" }] },
      }));
    fs.rmSync(here.paths[folder], { recursive: true });
    if (folder === "spool") await spool(here, { index: 1 }, { index: 2 });
    const { code } = await memfog(here, ["flush"], { timeout: 20_000 });
    assert.equal(code, 0);
    assert.equal(server.events.size, folder === "quarantine" ? 1 : 2);
    assert.equal(reasons(here).length, folder === "quarantine" ? 1 : 0);
  });

test("a sweep that can not make the outbox ends with a sentence", async (test) => {
  const { here } = await start(test);
  await spool(here, { index: 1 });
  fs.rmSync(here.paths.outbox, { recursive: true });
  fs.writeFileSync(here.paths.outbox, "");
  const { code, stderr } = await memfog(here, ["flush"], { timeout: 20_000 });
  assert.equal(code, 1);
  assert.match(stderr, /outbox exists already and is not what it should be; move it away/);
});

for (const code of ["ENOTSUP", "EPERM", "EXDEV", "EISDIR", "EIO", "ENOSYS"])
  test(`a home whose disk has no hard links (${code}) is delivered from, by one shipper`, async (test) => {
    const { here, server } = await start(test, { linger: 500 });
    const broken = path.join(here.home, "no-links.cjs");
    fs.writeFileSync(broken, `require("fs").linkSync=()=>{throw Object.assign(new Error("no"),{code:"${code}"})}`);
    await spool(here, { index: 1 }, { index: 2 });
    const all = Array.from({ length: 3 }, () => startShipper(here, { NODE_OPTIONS: `--require=${broken}` }));
    assert.deepEqual(await Promise.all(all.map((one) => one.ended)), [0, 0, 0]);
    assert.equal(server.events.size, 2);
    assert.equal(
      server.requests.reduce((sum, request) => sum + request.events.length, 0),
      2,
    );
    assert.deepEqual(waiting(here), []);
  });

test("a shipper that dies tells status what of, and hooks do not start one after the other", async (test) => {
  const { here } = await start(test);
  await spool(here, { index: 1 });
  const broken = path.join(here.home, "dies.cjs");
  fs.writeFileSync(
    broken,
    `require("http").request = () => {
      process.nextTick(() => { throw new Error("a bug of ours"); });
      return new (require("events"))();
    };`,
  );
  const shipper = startShipper(here, { NODE_OPTIONS: `--require=${broken}` });
  assert.equal(await shipper.ended, 1);
  const { stdout } = await call(here, ["status", "--json"]);
  assert.match(findingOf(stdout, "delivery").text, /a bug of ours/);
});

test("of a failed delivery and an end in the same millisecond, status tells the end", async (test) => {
  const { here } = await start(test);
  await spool(here, { index: 1 });
  const at = new Date().toISOString();
  updateState(here.paths, { stopped: { at, reason: "no answer" }, died: { at, reason: "a bug of ours" } });
  const { stdout } = await call(here, ["status", "--json"]);
  assert.match(findingOf(stdout, "delivery").text, /a bug of ours/);
});

test("an error of our own program leaves the file in the spool, and the next version takes it", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 1 }, { index: 2 });
  const broken = path.join(here.home, "old.cjs");
  fs.writeFileSync(broken, "String.prototype.toWellFormed = undefined;");
  const shipper = startShipper(here, { NODE_OPTIONS: `--require=${broken}` });
  assert.equal(await shipper.ended, 0);
  assert.deepEqual([server.events.size, filesIn(here.paths.quarantine), filesIn(here.paths.spool).length], [0, [], 2]);
  const { stdout } = await call(here, ["status", "--json"]);
  assert.match(findingOf(stdout, "spool").text, /2 file\(s\) are skipped for now: .*toWellFormed/);
  assert.equal((await call(here, ["flush"])).code, 0);
  assert.equal(server.events.size, 2);
  assert.equal(findingOf((await call(here, ["status", "--json"])).stdout, "spool").ok, true);
});

test("what an earlier version put into quarantine is taken up again, when connecting and by flush", async (test) => {
  const { here, server } = await start(test);
  const put = (name, index) => {
    fs.writeFileSync(
      path.join(here.paths.quarantine, name),
      `memfog 1 stop\n/p\0{"index":${index},"token":"${SECRET}"}\0memfog ${name}\n`,
    );
    fs.writeFileSync(
      path.join(here.paths.quarantine, `${name}.why`),
      '{"at":"2026-01-01T00:00:00Z","code":"unreadable","detail":"text.toWellFormed is not a function"}\n',
    );
  };
  put("77", 1);
  assert.equal((await connect(here, server)).code, 0);
  put("78", 2);
  assert.equal((await call(here, ["flush"])).code, 0);
  assert.equal(server.events.size, 2);
  assert.deepEqual(filesIn(here.paths.quarantine), []);
  assert.equal(
    server.requests.some((request) => request.text.includes(SECRET)),
    false,
  );
});

test("quarantine holds no secret, even of what is no event, or from an earlier version", async (test) => {
  const { here } = await start(test);
  fs.writeFileSync(path.join(here.paths.spool, "7"), `token ${SECRET}\0memfog 7\n`);
  fs.writeFileSync(path.join(here.paths.quarantine, "8"), `token ${SECRET}`);
  fs.writeFileSync(path.join(here.paths.quarantine, "8.why"), '{"code":"unreadable","detail":"this is no spool file"}');
  await ship(test, here);
  await call(here, ["flush"]);
  const texts = filesIn(here.paths.quarantine).map((name) =>
    fs.readFileSync(path.join(here.paths.quarantine, name), "utf8"),
  );
  assert.equal(texts.length, 4);
  assert.equal(texts.join("").includes(SECRET), false);
  assert.match(texts.join(""), /\[redacted:/);
  const { stdout } = await call(here, ["status", "--json"]);
  assert.match(findingOf(stdout, "quarantine").text, /^2 file\(s\) that Memfog could not read$/);
});

test("what the server refused is sent again when asked for", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 1 });
  server.next.push((events) => ({
    status: 200,
    body: { accepted: 0, rejected: [{ index: 0, id: events[0].id, code: "bad_kind", detail: "no" }] },
  }));
  await ship(test, here);
  assert.equal((await call(here, ["flush"])).code, 0);
  assert.equal(server.events.size, 0);
  assert.equal((await call(here, ["flush", "--again"])).code, 0);
  assert.equal(server.events.size, 1);
  assert.deepEqual(filesIn(here.paths.quarantine), []);
});

/** The peak memory of a process in MiB, once it has ended. */
function peakOf(child) {
  let peak = 0;
  const timer = setInterval(() => {
    try {
      peak = Math.max(
        peak,
        Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0) / 1024,
      );
    } catch {
      // The process has ended.
    }
  }, 20);
  return new Promise((resolve) =>
    child.on("close", () => {
      clearInterval(timer);
      resolve(peak);
    }),
  );
}

test("a payload of 55 MB is shipped under one lease in 200 MiB of memory, with its facts", async (test) => {
  const { here, server } = await start(test);
  const content = `${'text with "quotes" and é\n'.repeat(2_300_000)}`;
  const facts = { session_id: "big", cwd: "/x", tool_name: "Read", tool_use_id: "t" };
  const payload = JSON.stringify({ ...facts, tool_response: content, after: 0.1 });
  await hook(here, { payload });
  fs.rmSync(here.paths.lease);
  const shipper = spawn(process.execPath, [SHIPPER, here.paths.home], { env: here.environment, stdio: "ignore" });
  test.after(() => shipper.kill("SIGKILL"));
  let lapses = 0;
  const watch = setInterval(() => {
    if (fs.existsSync(here.paths.lease) && fs.statSync(here.paths.lease).mtimeMs < Date.now()) lapses += 1;
  }, 100);
  const peak = await peakOf(shipper);
  clearInterval(watch);
  assert.equal(lapses, 0);
  assert.ok(peak > 20 && peak <= 200, `${peak} MiB`);
  const [event] = server.events.values();
  const { tool_response: cut, ...rest } = event.kind.data.data;
  assert.deepEqual([event.project, rest], ["/x", { ...facts, after: 0.1 }]);
  assert.ok(cut.length > 100_000 && content.startsWith(cut.slice(0, 100_000)));
  assert.ok(cut.endsWith(cutMark(content)));
});

test("above 64 MB as well: session, folder and tool are read, and what is excluded stays", async (test) => {
  const { here, server } = await start(test);
  const big = (cwd) =>
    JSON.stringify({
      session_id: "big",
      cwd,
      tool_name: "Read",
      tool_use_id: cwd,
      tool_response: "x".repeat(70_000_000),
    });
  fs.writeFileSync(here.paths.config, '{"exclude": ["/x/secret"]}');
  for (const cwd of ["/x/open", "/x/secret/deep"]) await hook(here, { payload: big(cwd), project: "/elsewhere" });
  await ship(test, here);
  assert.deepEqual(
    [...server.events.values()].map(({ project, kind }) => [
      project,
      kind.data.data.session_id,
      kind.data.data.tool_name,
    ]),
    [["/x/open", "big", "Read"]],
  );
});

/** Payloads that are cut, with a secret before the cut, across it or behind it. */
const PLACES = { "before the cut": -200, "across the cut": -20, "just behind it": 5, "far behind it": 9_000 };

for (const [name, offset] of Object.entries(PLACES))
  test(`a secret ${name} is not sent, nor half of it`, async (test) => {
    const { here, server } = await start(test);
    const lengthKept = 253_952;
    const line = "an innocent line of a long file\\n";
    const before = line.repeat(10_000).slice(0, lengthKept + offset);
    await hook(here, { payload: `{"session_id":"s","content":"${before} ${SECRET} ${line.repeat(100_000)}"}` });
    await ship(test, here);
    const { content } = [...server.events.values()][0].kind.data.data;
    assert.equal(server.requests[0].text.includes(SECRET.slice(0, 12)), false);
    assert.match(content, /cut by memfog/);
  });

test("what is private begins before the cut and ends far behind it: none of it is sent", async (test) => {
  const { here, server } = await start(test);
  await hook(here, {
    payload: JSON.stringify({
      session_id: "s",
      tool_response: `open <private>${"hidden ".repeat(600_000)}</private> open again`,
    }),
  });
  await ship(test, here);
  const { tool_response: text } = [...server.events.values()][0].kind.data.data;
  assert.match(text, /^open \[redacted:private\]… \[cut by memfog/);
});

const ODD = {
  "escapes and letters of two bytes": () => '\u0000\u001fé\u2028\ud83d\ude00\\"/'.repeat(300_000),
  "halves of letters": () => "\ud83d x \ude00".repeat(500_000),
  "backslashes alone": () => "\\".repeat(3_000_000),
};

for (const [name, make] of Object.entries(ODD))
  test(`a long text of ${name} is cut letter by letter`, async (test) => {
    const { here, server } = await start(test);
    const text = make();
    await hook(here, { payload: JSON.stringify({ a: "kept", text, b: [text.slice(0, 100)] }) });
    await ship(test, here);
    const { text: cut, a, b } = [...server.events.values()][0].kind.data.data;
    const mark = cutMark(text);
    assert.deepEqual([a, b], ["kept", [text.slice(0, 100)]]);
    assert.equal(cut.endsWith(mark), true, cut.slice(-200));
    assert.equal(text.startsWith(cut.slice(0, -mark.length)), true);
    assert.ok(cut.length > 10_000);
  });

test("large text that is no JSON, or JSON cut short, keeps its head, and what it told of its session", async (test) => {
  const { here, server } = await start(test);
  fs.writeFileSync(here.paths.config, '{"exclude": ["/x/secret"]}');
  await hook(here, { payload: "no JSON at all ".repeat(300_000) });
  await hook(here, { payload: `{"session_id":"s","cwd":"/x/secret","tool_response":"${"y".repeat(3_000_000)}` });
  await hook(here, { payload: `{"session_id":"s","cwd":"/x/open","tool_response":"${"z".repeat(3_000_000)}` });
  await ship(test, here);
  // Text that is not JSON may come from an excluded folder, and so may JSON that was cut before it named its folder.
  assert.deepEqual(heads(server), [["/x/open", "text"]]);
  fs.rmSync(here.paths.config);
  await hook(here, { payload: "no JSON at all ".repeat(300_000) });
  await ship(test, here);
  assert.deepEqual(heads(server), [
    ["/home/alice/repo", "text"],
    ["/x/open", "text"],
  ]);
  for (const { kind } of server.events.values())
    assert.match(kind.data.data, /cut by memfog: \d+ bytes, sha256 [0-9a-f]{64}\]$/);
});

const heads = (server) => [...server.events.values()].map(({ project, kind }) => [project, kind.data.data_as]).sort();

const FILLER = "y".repeat(3_000_000);
const MANY = JSON.stringify(
  Array.from({ length: 60_000 }, (_, index) => ({ old_string: `line ${index}`, new_string: `line ${index}.` })),
);
/** Large payloads that may come from /x/secret or do: by their folder, or by the file of their tool. */
const OPENED = '{"session_id":"s","cwd":"/x/open","tool_input":';
const REST = "z".repeat(1_048_576 * 4 - 90 - MANY.length);
const UNTOLD = {
  "JSON cut short before its folder": `{"session_id":"s","tool_response":"${FILLER}`,
  "JSON cut short whose folder is empty": `{"session_id":"s","cwd":"","tool_response":"${FILLER}`,
  "JSON cut short whose tool wrote there": `${OPENED}{"file_path":"../secret/a","content":"${FILLER}`,
  "JSON whose tool edited there in very many places": `${OPENED}{"edits":${MANY},"file_path":"/x/secret/a"}}`,
  "a file name across two portions": `${OPENED}{"edits":${MANY.slice(0, -1)},"${REST}"],"file_path":"/x/secret/a"}}`,
  "a log with JSON in it": `12:00 {"cwd":"/x/open"}\n${FILLER}`,
  "one JSON object after another": `{"cwd":"/x/secret","a":"${FILLER}"} {"cwd":"/x/open"}`,
  "UTF-16": Buffer.from(`\ufeff{"cwd":"/x/open","a":"${FILLER}"}`, "utf16le"),
};

for (const [name, payload] of Object.entries(UNTOLD))
  test(`where a folder is excluded a large payload that might lie there stays: ${name}`, async (test) => {
    const { here, server } = await start(test);
    fs.writeFileSync(here.paths.config, '{"exclude": ["/x/secret"]}');
    await hook(here, { payload });
    await ship(test, here);
    assert.deepEqual([...server.events.values()], []);
    assert.deepEqual(waiting(here), []);
  });

test("a large payload that belongs to a private prompt stays, though it was cut short", async (test) => {
  const { here, server } = await start(test);
  await hook(here, {
    name: "prompt_submit",
    payload: { session_id: "s", prompt_id: "p", prompt: "<private>all of it</private>" },
  });
  await hook(here, { payload: `{"session_id":"s","prompt_id":"p","tool_response":"${FILLER}` });
  await ship(test, here);
  assert.equal(server.events.size, 0);
});

test("small hooks beside a large payload start no second shipper", async (test) => {
  const { here, server } = await start(test, { linger: 500 });
  fs.rmSync(here.paths.lease);
  await hook(here, { payload: JSON.stringify({ index: 0, content: `${'line "of" text\n'.repeat(2_000_000)}` }) });
  for (let index = 1; index <= 5; index += 1) await hook(here, { payload: { index } });
  await until(() => server.events.size === 6, "all events delivered", 60_000);
  assert.equal(server.busiest, 1);
  pretendShipper(here);
});
