"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { makeExclusions } = require("../../lib/privacy/exclude.js");
const { pause, pauses, resume } = require("../../lib/privacy/pause.js");
const { shells } = require("../../testing/hooks/shells.js");
const { filesIn, hook, call: memfog, PAYLOAD, scratch, until } = require("../../testing/scratch.js");
const { ship, spool, start, waiting } = require("../../testing/shipping.js");

const FORMS = [...shells().map((shell) => ({ name: shell.name, form: shell })), { name: "node", form: "node" }];
const SILENT = { code: 0, signal: null, stdout: "", stderr: "" };
const HOUR = 3_600_000;

const sent = (server) => [...server.events.values()].map((event) => event.kind.data.data);

const SPANS = {
  "in the middle": ["keep <private>mine</private> this", "keep [redacted:private] this"],
  "over lines": ["a\n<private>\nmine\n</private>\nb", "a\n[redacted:private]\nb"],
  "twice": ["<private>a</private> x <PRIVATE>b</PRIVATE>", "[redacted:private] x [redacted:private]"],
  "nested": ["x <private>a <private>b</private> c</private> y", "x [redacted:private] y"],
  "without an end": ["tell <private>mine", "tell [redacted:private]"],
  "a memory of our own": ["x <memfog-context>old</memfog-context> y", "x [redacted:memory] y"],
  "a memory of another tool": ["x <claude-mem-context>\nold\n</claude-mem-context> y", "x [redacted:memory] y"],
  "a memory with attributes": ['x <supermemory-context project="p">old</supermemory-context>', "x [redacted:memory]"],
  "an end without a beginning": ["x </private> y", "x </private> y"],
};

for (const [name, [prompt, left]] of Object.entries(SPANS))
  test(`what is marked private stays here: ${name}`, async (test) => {
    const { here, server } = await start(test);
    await hook(here, { name: "prompt_submit", payload: { prompt, other: 1 } });
    await ship(test, here);
    assert.deepEqual(sent(server), [{ prompt: left, other: 1 }]);
  });

test("private marks count in what tools return as well, but there only with an end", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { stdout: "a <private>b</private> c" }, { stdout: "const TAG = '<private>'; more" });
  await ship(test, here);
  assert.deepEqual(sent(server), [{ stdout: "a [redacted:private] c" }, { stdout: "const TAG = '<private>'; more" }]);
});

test("of a wholly private prompt nothing is sent, nor of what it set going, even by a later shipper", async (test) => {
  const { here, server } = await start(test);
  const ids = { prompt_id: "22222222-2222-4222-8222-222222222222" };
  await hook(here, { name: "prompt_submit", payload: { prompt: " <private>all of it</private>\n", ...ids } });
  await hook(here, { name: "pre_tool_use", payload: { ...PAYLOAD, ...ids } });
  await ship(test, here);
  for (const name of ["post_tool_use", "stop", "subagent_stop", "notification"])
    await hook(here, { name, payload: { ...PAYLOAD, ...ids } });
  await hook(here, {
    name: "prompt_submit",
    payload: { prompt: "hello", prompt_id: "33333333-3333-4333-8333-333333333333" },
  });
  await ship(test, here);
  assert.deepEqual(server.hooks(), ["prompt_submit"]);
  assert.deepEqual(sent(server)[0].prompt, "hello");
  assert.deepEqual(waiting(here), []);
});

test("a prompt that is private in part sends what follows from it", async (test) => {
  const { here, server } = await start(test);
  await hook(here, { name: "prompt_submit", payload: { prompt: "hello <private>x</private>", prompt_id: "p" } });
  await hook(here, { name: "stop", payload: { prompt_id: "p" } });
  await ship(test, here);
  assert.deepEqual(server.hooks(), ["prompt_submit", "stop"]);
});

const EXCLUDED = [
  [["/repos/secret"], "/repos/secret", true],
  [["/repos/secret"], "/repos/secret/deep/er", true],
  [["/repos/secret"], "/repos/secrets", false],
  [["/repos/secret/"], "/repos/secret", true],
  [["~/private"], "/home/alice/private/x", true],
  [["~"], "/home/alice", true],
  [["~"], "/home/alicea", false],
  [["/repos/*/secret"], "/repos/a/secret/b", true],
  [["/repos/*/secret"], "/repos/a/b/secret", false],
  [["/repos/**/secret"], "/repos/a/b/secret", true],
  [["/repos/a.b"], "/repos/axb", false],
  [["/rep?s"], "/repos/x", true],
  [["C:\\Work\\Secret"], "c:\\work\\secret\\x", true],
  [["C:/Work"], "C:\\Work", true],
  [["\\\\server\\share"], "\\\\server\\share\\x", true],
  [[], "/repos", false],
  [["/new\nline"], "/new\nline/x", true],
  [["/repos/secret"], "/repos/./secret/", true],
  [["/repos/secret"], "/repos/open/../secret/x", true],
  [["/repos/secret"], "/repos//secret", true],
  [["/repos/secret"], "/repos/secret/../open", true],
  [["/repos//./secret"], "/repos/secret", true],
  [["C:\\Work\\Secret"], "C:\\Work\\x\\..\\Secret", true],
  [["\\\\server\\share"], "\\\\server\\share\\a\\..\\b", true],
];

for (const [patterns, folder, is] of EXCLUDED)
  test(`${JSON.stringify(patterns)} ${is ? "excludes" : "leaves"} ${JSON.stringify(folder)}`, () =>
    assert.equal(makeExclusions(patterns, "/home/alice").hasFolder(folder), is));

test("an excluded folder is known by each of its names, whatever links lead to it", async (test) => {
  const { here, server } = await start(test);
  const at = (...parts) => path.join(here.home, ...parts);
  for (const folder of ["real/secret", "open", "data/deep", "ignored"]) fs.mkdirSync(at(folder), { recursive: true });
  fs.symlinkSync(at("real"), at("link"));
  fs.symlinkSync(at("data"), at("named"));
  fs.symlinkSync(at("ignored"), at("other"));
  fs.writeFileSync(at("ignored", ".memfogignore"), "");
  fs.writeFileSync(here.paths.config, JSON.stringify({ exclude: [at("real", "secret"), at("named", "*")] }));
  const input = (file) => ({ cwd: at("open"), tool_input: { file_path: file } });
  await spool(
    here,
    { cwd: at("link", "secret") },
    { cwd: at("data", "deep") },
    { cwd: at("other") },
    input(at("link", "secret", "new", "file.txt")),
    input("../real/secret/key"),
    input(`${at("open")}/../link/secret/key`),
    { ...input(at("real", "open.txt")), is: "open" },
  );
  await ship(test, here);
  assert.deepEqual(
    sent(server).map((data) => data.is),
    ["open"],
  );
});

test("a link among what the signs of a pattern stand for leads to an excluded folder, too", (test) => {
  const { home } = scratch(test);
  const at = (...parts) => path.join(home, ...parts);
  for (const folder of ["work/one", "work/two", "disk/three/key", "other/key", "open"])
    fs.mkdirSync(at(folder), { recursive: true });
  fs.symlinkSync(at("disk", "three"), at("work", "three"));
  fs.symlinkSync(at("other"), at("work", "two", "key"));
  fs.symlinkSync(at("work", "loop"), at("work", "loop"));
  const { hasFolder } = makeExclusions([at("work", "*", "key"), at("op?n", "later")]);
  const excluded = ["work/three/key", "disk/three/key/deep", "other", "other/new", "work/one/key", "open/later"];
  for (const folder of excluded) assert.equal(hasFolder(at(folder)), true, folder);
  for (const folder of ["disk/three", "work/one", "work/two", "open"])
    assert.equal(hasFolder(at(folder)), false, folder);
  // Also below a first sign, and among more files than folders are searched.
  const fromRoot = at("work", "three", "key").replace(/^\/[^/]+/, "/*");
  assert.equal(makeExclusions([fromRoot]).hasFolder(at("disk/three/key")), true);
  for (let number = 0; number < 1_100; number += 1) fs.writeFileSync(at("work", `a${number}`), "");
  assert.equal(makeExclusions([at("work", "t*", "key")]).hasFolder(at("disk/three/key")), true);
  fs.renameSync(at("work", "three"), at("work", "z"));
  assert.equal(makeExclusions([at("work", "*", "key")]).hasFolder(at("disk/three/key")), true);
});

// The third word is no path that a disk could have.
const LEAVES_HOME = `cat a/b ../c ${"x/".repeat(20)}${"y".repeat(300)}/z http://a.example/b:c D:/e`;
const REACHES = {
  "a file from the home folder": { tool_input: { file_path: "~/secret/key" } },
  "a parent of where a link leads": { tool_input: { file_path: "link/../key" } },
  "a member of another spelling": { tool_input: { filePath: "../secret/key" } },
  "a list": { tool_input: { paths: ["a", "../secret/key"] } },
  "a list of objects": { tool_input: { files: [{ path: "../secret/key" }] } },
  "an address": (at) => ({ tool_input: { uri: `file://${at("secret", "key")}` } }),
  "a second file": { tool_input: { source: "a", destination: "../secret/key" } },
  "a pattern of files": (at) => ({ tool_name: "Glob", tool_input: { pattern: at("secret", "**", "*.js") } }),
  "a command": { tool_name: "Bash", tool_input: { command: "cd ../secret && cat <key" } },
  "a file after two steps": { tool_name: "Bash", tool_input: { command: "cd .. && ls; cat secret/key" } },
  "a name without a slash": { tool_name: "Bash", tool_input: { command: "cd .. && pushd secret" } },
  "a folder of git": { tool_name: "Bash", tool_input: { command: "cd ~; git -C secret log" } },
  "a name after an option": { tool_name: "Bash", tool_input: { command: "cd .. && cd -P -- secret" } },
  "a name after a longer option": { tool_name: "Bash", tool_input: { command: "cd .. && npm --prefix secret test" } },
  "a file after a step home": { tool_name: "Bash", tool_input: { command: "cd && cat secret/key" } },
  "a folder right behind an option": { tool_name: "Bash", tool_input: { command: "tar xf a -C../secret" } },
  "a file whose data are sent": { tool_name: "Bash", tool_input: { command: "curl -d @../secret/key a.example" } },
  "a variable in quotes before its name": { tool_name: "Bash", tool_input: { command: 'cat "$HOME"/secret/key' } },
  "a name in quotes": { tool_name: "Bash", tool_input: { command: "cat ../'secret'/key" } },
  "a name with a space in quotes": { tool_name: "Bash", tool_input: { command: 'cat "../its secret/key"' } },
  "a name with an escaped space": { tool_name: "Bash", tool_input: { command: "cat ../its\\ secret/key" } },
  "a command within a command": { tool_name: "Bash", tool_input: { command: `bash -c "cd ..; cat 'secret/key'"` } },
  "the variable of the folder": { tool_name: "Bash", tool_input: { command: "cat $PWD/../secret/key" } },
  "a mounted folder in the home": { tool_name: "Bash", tool_input: { command: "docker run -v x:$HOME/secret:/y a" } },
  "the variable of the home": { tool_name: "Bash", tool_input: { command: 'cat "$HOME/secret/key"' } },
  "the variable in braces": { tool_name: "Bash", tool_input: { command: "cat $" + "{HOME}/secret/key" } },
  "a folder that a container mounts": (at) => ({ tool_input: { command: `docker run -v ${at("secret")}:/x app` } }),
  "a command with a quoted file": {
    tool_name: "Bash",
    tool_input: { command: 'head -3 "$X" "/dev/null" "~/secret/a"' },
  },
  "a letter in two characters": (at) => ({ cwd: at("cafe\u0301") }),
  "a folder after a link": (at) => ({ cwd: `${at("open")}/link/..` }),
};

for (const [name, input] of Object.entries(REACHES))
  test(`a tool does not reach into an excluded folder by ${name}`, async (test) => {
    const { here, server } = await start(test);
    const at = (...parts) => path.join(here.home, ...parts);
    for (const folder of ["secret/deep", "its secret", "open", "café"]) fs.mkdirSync(at(folder), { recursive: true });
    fs.symlinkSync(at("secret", "deep"), at("open", "link"));
    fs.writeFileSync(here.paths.config, JSON.stringify({ exclude: ["~/secret", "~/its secret", "~/café"] }));
    const payload = typeof input === "function" ? input(at) : input;
    const open = { cwd: at("open"), tool_name: "Bash", tool_input: { command: LEAVES_HOME, file_path: "x" } };
    await spool(here, { cwd: at("open"), ...payload }, { ...open, is: "open" });
    await ship(test, here);
    assert.deepEqual(
      sent(server).map((data) => data.is),
      ["open"],
    );
  });

for (const payload of [null, 5, "text", []])
  test(`a payload that is ${JSON.stringify(payload)} stays here if anything is excluded`, async (test) => {
    const { here, server } = await start(test);
    fs.writeFileSync(here.paths.config, JSON.stringify({ exclude: ["/repos/secret"] }));
    await spool(here, payload);
    await ship(test, here);
    assert.deepEqual([sent(server), waiting(here)], [[], []]);
  });

test("what was done in a pause does not leave after it, whatever the name of its folder", async (test) => {
  const { here, server } = await start(test);
  const at = (...parts) => path.join(here.home, ...parts);
  for (const folder of ["one", "two"]) fs.mkdirSync(at(folder));
  fs.symlinkSync(at("one"), at("link"));
  pause(here.paths, { project: at("link") });
  await hook(here, { project: at("one"), payload: { cwd: at("one") } });
  await hook(here, { project: at("two"), payload: { cwd: at("two"), is: "two" } });
  resume(here.paths);
  await until(() => Date.now() > resumedAt(here), "a moment after the pause");
  await hook(here, { project: at("one"), payload: { cwd: at("one"), is: "later" } });
  await ship(test, here);
  assert.deepEqual(
    sent(server).map((data) => data.is),
    ["two", "later"],
  );
});

const resumedAt = (here) => Math.ceil(fs.statSync(here.paths.resumed).mtimeMs) + 1;

test("a repository is excluded by its name, whatever its folder", () => {
  const { hasRepo } = makeExclusions(["github.com/acme/*", "gitlab.example/x"], "/home/alice");
  assert.deepEqual(["github.com/Acme/app", "github.com/acme2/app", "gitlab.example/x", null].map(hasRepo), [
    true,
    false,
    true,
    false,
  ]);
});

const IGNORES = {
  "an empty file": ["", { ".": true, "a/b": true }],
  "a comment alone": ["# all\n\n", { ".": true }],
  "a star": ["*\n", { ".": true, a: true }],
  "a name": ["secret\n", { ".": false, secret: true, "a/secret/b": true, secrets: false }],
  "a path": ["a/secret/\r\n", { "a/secret": true, "b/a/secret": false }],
  "a path from here": ["/secret", { secret: true, "a/secret": false }],
  "an exception": ["*\n!open\n", { ".": true, open: false, "open/x": false, shut: true }],
};

for (const [name, [content, expected]] of Object.entries(IGNORES))
  test(`.memfogignore with ${name}`, async (test) => {
    const { here, server } = await start(test);
    const root = path.join(here.home, "project");
    for (const folder of Object.keys(expected)) fs.mkdirSync(path.join(root, folder), { recursive: true });
    fs.writeFileSync(path.join(root, ".memfogignore"), content);
    await spool(here, ...Object.keys(expected).map((folder) => ({ cwd: path.join(root, folder), folder })));
    await ship(test, here);
    assert.deepEqual(
      sent(server)
        .map((data) => data.folder)
        .sort(),
      Object.keys(expected)
        .filter((folder) => !expected[folder])
        .sort(),
    );
    assert.deepEqual(waiting(here), []);
  });

test("config.json excludes by folder, by the session's root, by a tool's file and by repository", async (test) => {
  const { here, server } = await start(test);
  fs.writeFileSync(here.paths.config, JSON.stringify({ exclude: ["/repos/secret", "~/mine", "example.org/acme/*"] }));
  const clone = path.join(here.home, "clone");
  fs.mkdirSync(path.join(clone, ".git"), { recursive: true });
  fs.writeFileSync(path.join(clone, ".git", "config"), '[remote "origin"]\n\turl = https://example.org/acme/app\n');
  await spool(
    here,
    { cwd: "/repos/secret/x" },
    { cwd: "/repos", tool_input: { file_path: "/repos/secret/key.txt" } },
    { cwd: "/repos", tool_input: { path: "secret" } },
    { cwd: path.join(here.home, "mine") },
    { cwd: clone },
    { cwd: "/repos", tool_input: { file_path: "/repos/open" }, is: "open" },
  );
  await hook(here, { project: "/repos/secret", payload: { cwd: "/tmp" } });
  await ship(test, here);
  assert.deepEqual(
    sent(server).map((data) => data.is),
    ["open"],
  );
});

for (const [name, text] of [
  ["no JSON", '{"exclude": ["/a",]}'],
  ["a wrong type", '{"exclude": "/a"}'],
  ["a list", "[]"],
])
  test(`with ${name} in config.json nothing is sent until it is corrected, and status says so`, async (test) => {
    const { here, server } = await start(test);
    fs.writeFileSync(here.paths.config, text);
    await spool(here, { index: 1 });
    await ship(test, here);
    assert.equal(server.requests.length, 0);
    const { code, stdout } = await memfog(here, ["status"]);
    assert.equal(code, 1);
    assert.match(stdout, /config\.json/);
    assert.equal((await memfog(here, ["flush"])).code, 1);
    fs.rmSync(here.paths.config);
    assert.equal((await memfog(here, ["flush"])).code, 0);
    assert.equal(server.events.size, 1);
  });

for (const { name, form } of FORMS)
  test(`${name}: the hook honors a pause at capture, everywhere and for one project, until it ends`, async (test) => {
    const { here } = await start(test);
    const capture = async (project = "/home/alice/repo") => {
      assert.deepEqual(await hook(here, { form, project }), SILENT);
      const count = filesIn(here.paths.spool).length;
      for (const file of filesIn(here.paths.spool)) fs.rmSync(path.join(here.paths.spool, file));
      return count;
    };
    assert.equal(await capture(), 1);
    assert.equal((await memfog(here, ["pause"])).code, 0);
    assert.equal(await capture(), 0);
    assert.equal((await memfog(here, ["resume"])).code, 0);
    assert.equal(await capture(), 1);
    for (const project of ["/home/alice/my 'repo'", "/new\nline", "/ü/日本語"]) {
      pause(here.paths, { project, until: new Date(Date.now() + HOUR) });
      assert.deepEqual([await capture(project), await capture("/home/alice/other"), await capture("")], [0, 1, 1]);
      pause(here.paths, { project, until: new Date(Date.now() - 1_000) });
      assert.equal(await capture(project), 1);
    }
    pause(here.paths, { until: new Date(Date.now() - 1_000) });
    assert.equal(await capture(), 1);
  });

test("a pause of a project holds for sessions that were started below it", async (test) => {
  const { here, server } = await start(test);
  const project = path.join(here.home, "repo");
  fs.mkdirSync(path.join(project, "sub"), { recursive: true });
  assert.equal((await memfog(here, ["pause", "--for", "1h", "--project"], { cwd: project })).code, 0);
  await hook(here, { project: path.join(project, "sub"), payload: { cwd: path.join(project, "sub") } });
  await hook(here, { project: here.home, payload: { cwd: here.home } });
  await ship(test, here);
  assert.deepEqual(
    [...server.events.values()].map((event) => event.project),
    [here.home],
  );
  assert.match((await memfog(here, ["status"])).stdout, /repo/);
  assert.match((await memfog(here, ["resume", "--project"], { cwd: project })).stdout, /again/);
  assert.match((await memfog(here, ["resume"])).stdout, /No pause was active/);
});

test("what was captured before a pause is delivered in it", async (test) => {
  const { here, server } = await start(test);
  await spool(here, { index: 1 });
  await memfog(here, ["pause"]);
  await ship(test, here);
  assert.equal(server.events.size, 1);
});

for (const [text, minutes] of [
  ["45m", 45],
  ["2h", 120],
  ["1h30m", 90],
  ["1d", 1440],
  ["90s", 1.5],
])
  test(`pause --for ${text}`, async (test) => {
    const { here } = await start(test);
    assert.equal((await memfog(here, ["pause", "--for", text])).code, 0);
    const [{ until: end, project }] = pauses(here.paths);
    assert.equal(project, null);
    assert.ok(Math.abs(end - Date.now() - minutes * 60_000) < 30_000);
  });

for (const text of ["soon", "1", "1w", "", "-1h"])
  test(`pause --for ${JSON.stringify(text)} is not understood`, async (test) => {
    const { here } = await start(test);
    assert.equal((await memfog(here, ["pause", `--for=${text}`])).code, 2);
    assert.deepEqual(pauses(here.paths), []);
  });

test("a pause survives connecting anew, and starts no shipper", async (test) => {
  const { here, server } = await start(test);
  await memfog(here, ["pause"]);
  await memfog(here, ["connect", "claude-code"]);
  fs.rmSync(here.paths.lease, { force: true });
  await hook(here);
  assert.equal(fs.existsSync(here.paths.starting), false);
  assert.equal(server.requests.length, 0);
  await memfog(here, ["resume"]);
  await hook(here);
  await until(() => server.events.size === 1, "delivered");
});
