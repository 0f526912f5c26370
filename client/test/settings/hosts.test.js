"use strict";
// The installations of Claude Code on this machine, and the hooks that may be written into settings that they read.
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { events: FIRST, tried } = require("../../lib/hosts/host-events.json");
const { findHosts } = require("../../lib/hosts/hosts.js");
const { table } = require("../../lib/hooks.js");
const { pathWithClaude } = require("../../testing/claude.js");
const { startServer } = require("../../testing/servers/server.js");
const { connect, call: memfog, scratch } = require("../../testing/scratch.js");

const SAFE = Object.keys(FIRST).filter((event) => FIRST[event] === tried[0]);
// No `claude` except those that a test installs.
const BARE = path.dirname(process.execPath);

async function start(test, PATH = process.env.PATH) {
  const server = await startServer();
  test.after(server.stop);
  const here = scratch(test);
  return { server, here: { ...here, environment: { ...here.environment, PATH } } };
}

function put(file, version) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `#!/bin/sh\necho "${version} (Claude Code)"\n`, { mode: 0o700 });
}

const written = (here) => Object.keys(JSON.parse(fs.readFileSync(here.settings, "utf8")).hooks);
const row = async (here, name) =>
  JSON.parse((await memfog(here, ["status", "--json"])).stdout).findings.find((one) => one.name === name);

test("the table names each hook of ours, and the versions that were tried", () => {
  assert.deepEqual(
    table.filter(({ event }) => !FIRST[event]),
    [],
  );
  assert.equal(tried.length >= 10, true);
  for (const version of Object.values(FIRST)) assert.equal(tried.includes(version), true, version);
});

for (const [version, count] of [
  ["2.0.14", 9],
  ["2.0.44", 10],
  ["2.1.20", 11],
  ["2.1.33", 12],
  ["2.1.332", 12],
  ["1.0.50", 9],
])
  test(`connect writes ${count} hooks where Claude Code is ${version}, and says which it left out`, async (test) => {
    const { here, server } = await start(test, pathWithClaude(version));
    const { code, stdout } = await connect(here, server);
    assert.equal(code, 0);
    assert.equal(written(here).length, count);
    const left = table.map(({ event }) => event).filter((event) => !written(here).includes(event));
    if (left.length) assert.equal(stdout.includes(`, without ${left.join(", ")}: Claude Code ${version} (`), true);
    else assert.doesNotMatch(stdout, /without/);
    assert.equal(stdout.trim().split("\n").length, 5);
    assert.equal((await row(here, "hooks")).ok, true);
  });

const elsewhere =
  (...args) =>
  (here) =>
    path.join(here.home, ...args);
const INSTALLS = {
  "the native one": elsewhere(".local", "bin", "claude"),
  "a local one of npm": elsewhere(".claude", "local", "claude"),
  "npm's of another Node": elsewhere(".nvm", "versions", "node", "v22.1.0", "bin", "claude"),
  "that of VS Code": elsewhere(
    ".vscode",
    "extensions",
    "anthropic.claude-code-2.0.14-linux-x64",
    "resources",
    "native-binary",
    "claude",
  ),
  "that of Cursor on a server": elsewhere(
    ".cursor-server",
    "extensions",
    "anthropic.claude-code-2.0.14",
    "resources",
    "native-binary",
    "claude",
  ),
};

for (const [name, file] of Object.entries(INSTALLS))
  test(`the oldest of all installs decides, be it ${name}`, async (test) => {
    const { here, server } = await start(test, pathWithClaude("2.1.332"));
    put(file(here), "2.0.14");
    const { stdout } = await connect(here, server);
    assert.deepEqual(written(here).sort(), SAFE.sort());
    assert.equal(stdout.includes(`Claude Code 2.0.14 (${file(here)})`), true);
  });

test("of an editor's extensions the newest counts, and each program once", async (test) => {
  const here = scratch(test);
  const extensions = path.join(here.home, ".vscode", "extensions");
  const programOf = (version) =>
    path.join(extensions, `anthropic.claude-code-${version}`, "resources", "native-binary", "claude");
  for (const version of ["2.0.14", "2.1.332", "2.1.99"]) put(programOf(version), version);
  fs.mkdirSync(path.join(here.home, ".local", "bin"), { recursive: true });
  fs.symlinkSync(programOf("2.1.332"), path.join(here.home, ".local", "bin", "claude"));
  const found = findHosts({ PATH: "" }, here.home).filter(({ file }) => file.startsWith(here.home));
  assert.deepEqual(
    found.map(({ version }) => version),
    ["2.1.332"],
  );
});

test("what is no Claude Code, says nothing or is not ours to run is none", async (test) => {
  const here = scratch(test);
  const bin = path.join(here.home, ".local", "bin");
  fs.mkdirSync(path.join(bin, "claude"), { recursive: true });
  fs.mkdirSync(path.join(here.home, "x"));
  fs.writeFileSync(path.join(here.home, "x", "claude"), "#!/bin/sh\nexit 1\n", { mode: 0o700 });
  const found = findHosts({ PATH: `${path.join(here.home, "x")}:relative` }, here.home).filter(({ file }) =>
    file.startsWith(here.home),
  );
  assert.deepEqual(found, []);
});

for (const [how, lines] of Object.entries({
  "behind a warning": ["Node 18.19.0 is deprecated", "2.0.14 (Claude Code)"],
  "before a hint": ["2.0.14 (Claude Code)", "Version 9.9.9 is available"],
  "without its name": ["using wrapper 9.1.0", "2.0.14"],
}))
  test(`a version is read where a wrapper prints it ${how}`, async (test) => {
    const here = scratch(test);
    const bin = path.join(here.home, "bin");
    put(path.join(bin, "claude"), "");
    fs.writeFileSync(path.join(bin, "claude"), `#!/bin/sh\n${lines.map((line) => `echo "${line}"`).join("\n")}\n`);
    const [{ version }] = findHosts({ PATH: bin }, here.home);
    assert.equal(version, "2.0.14");
  });

test("without Claude Code it writes what every version knows; a later status offers the rest", async (test) => {
  const { here, server } = await start(test, BARE);
  if (findHosts({ PATH: BARE }, here.home).length)
    return assert.fail("this machine has a Claude Code outside of its PATH");
  const { stdout } = await connect(here, server);
  assert.deepEqual(written(here).sort(), SAFE.sort());
  assert.match(stdout, /no Claude Code was found here.*: .*memfog connect claude-code\.$/m);
  assert.equal((await row(here, "hooks")).ok, true);
  put(path.join(here.home, ".local", "bin", "claude"), "2.1.332");
  const { ok, text, remedy } = await row(here, "hooks");
  assert.equal(ok, false);
  assert.match(text, /9 of 12 hooks in .*, without PostToolUseFailure, SubagentStart, TaskCompleted/);
  assert.match(remedy, /connect claude-code/);
  assert.equal((await connect(here, server)).code, 0);
  assert.equal(written(here).length, 12);
  return assert.equal((await row(here, "hooks")).ok, true);
});

test("connect starts each Claude Code once, which takes as long as a Claude Code does", async (test) => {
  const { here, server } = await start(test);
  const asked = path.join(here.home, "asked");
  const bin = path.join(here.home, "bin");
  put(path.join(bin, "claude"), "2.1.332");
  fs.appendFileSync(path.join(bin, "claude"), `echo once >>"${asked}"\n`);
  here.environment.PATH = `${bin}${path.delimiter}${process.env.PATH}`;
  assert.equal((await connect(here, server)).code, 0);
  assert.equal(fs.readFileSync(asked, "utf8"), "once\n");
});

test("--assume-version decides alone, and what is no version is refused", async (test) => {
  const { here, server } = await start(test, pathWithClaude("2.1.332"));
  await connect(here, server, "--assume-version", "2.0.14");
  assert.deepEqual(written(here).sort(), SAFE.sort());
  for (const wrong of ["2", "latest", "2.1", ""]) {
    const { code, stderr } = await connect(here, server, "--assume-version", wrong);
    assert.equal(code, 2);
    assert.match(stderr, /no version of Claude Code/);
  }
});

test("an older Claude Code that comes later is told by doctor, and connect heals", async (test) => {
  const { here, server } = await start(test, pathWithClaude("2.1.332"));
  await connect(here, server);
  const old = { ...here, environment: { ...here.environment, PATH: pathWithClaude("2.1.20") } };
  const { ok, text } = await row(old, "hooks");
  assert.equal(ok, false);
  assert.match(text, /Claude Code 2\.1\.20 \(.*\) does not support TaskCompleted, and may ignore all of/);
  await connect(old, server);
  assert.equal(written(old).length, 11);
  assert.equal((await row(old, "hooks")).ok, true);
});

test("Claude Code's own file beside its folder, and unreadable folders, are no error", async (test) => {
  const { here, server } = await start(test, pathWithClaude());
  fs.writeFileSync(path.join(here.home, ".claude.json"), "{}");
  fs.writeFileSync(path.join(here.home, ".claude-x"), "");
  fs.symlinkSync("nowhere", path.join(here.home, ".claude-y"));
  fs.mkdirSync(path.join(here.home, ".claude-z"));
  fs.writeFileSync(path.join(here.home, ".claude-z", "projects"), "");
  const { code, stdout } = await connect(here, server);
  assert.equal(code, 0);
  assert.equal(stdout.trim().split("\n").length, 5);
  assert.equal((await row(here, "hooks")).ok, true);
});

for (const name of [".claude-work", ".config/claude", ".claude_old"])
  test(`another folder of Claude Code is found and offered: ~/${name}`, async (test) => {
    const { here, server } = await start(test, pathWithClaude());
    const folder = path.join(here.home, name);
    fs.mkdirSync(path.join(folder, "projects", "-repo"), { recursive: true });
    const { stdout } = await connect(here, server);
    assert.equal(stdout.includes(`CLAUDE_CONFIG_DIR=${folder} `), true);
    const { ok, text, remedy } = await row(here, "hooks");
    assert.deepEqual(
      [ok, text.includes(`none in ${folder}`), remedy.includes(`CLAUDE_CONFIG_DIR=${folder}`)],
      [false, true, true],
    );
    await memfog(here, ["connect", "claude-code"], { env: { CLAUDE_CONFIG_DIR: folder } });
    assert.equal((await row(here, "hooks")).ok, true);
    // A folder without use for a long time is not reported.
    fs.rmSync(path.join(folder, "settings.json"));
    const past = new Date(Date.now() - 40 * 86_400_000);
    fs.utimesSync(path.join(folder, "projects", "-repo"), past, past);
    assert.equal((await row(here, "hooks")).ok, true);
  });
