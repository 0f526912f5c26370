"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { findStableNode } = require("../../lib/install/node-choice.js");
const { pretendNode } = require("../../testing/nodes.js");
const { BIN, CLIENT, call, filesIn, hook, run, scratch, until } = require("../../testing/scratch.js");
const { spool, start } = require("../../testing/shipping.js");

const NO_NODE_MESSAGE =
  /^memfog: Memfog needs Node 20 or later, and this is 18\.19\.0 \(.*\)\. Install a newer one .*\n$/;

/** Replaces the Node that the installed hook starts. */
function withNode(here, node) {
  const text = fs.readFileSync(here.hookFile("sh"), "utf8");
  fs.writeFileSync(here.hookFile("sh"), text.replace(/ node='[^']*'/, ` node='${node}'`));
  fs.rmSync(here.paths.lease, { force: true });
}

const BROKEN = {
  "is gone": (here) => path.join(here.home, "nowhere", "node"),
  "crashes": (here) => pretendNode(path.join(here.home, "crashing"), { ends: "kill -ABRT $$" }),
  "ends with 134": (here) => pretendNode(path.join(here.home, "ending"), { ends: "exit 134" }),
  "is too old": (here) => pretendNode(path.join(here.home, "old"), { version: "18.19.0" }),
  "is a folder": (here) => fs.mkdtempSync(path.join(here.home, "folder-")),
};

for (const [name, make] of Object.entries(BROKEN))
  test(`the recorded Node ${name}: hook and context take the next one, and doctor reports it`, async (test) => {
    const { here, server } = await start(test);
    server.context = { markdown: "# known", tokens: 2, items: [] };
    withNode(here, make(here));
    await hook(here, { payload: { index: 1 } });
    await until(() => server.events.size === 1, "delivered");
    const { stdout } = await hook(here, {
      name: "session_start",
      payload: { session_id: "s", source: "startup", cwd: "/p" },
    });
    assert.match(stdout, /# known/);
    const { findings } = JSON.parse((await call(here, ["doctor", "--json"])).stdout);
    const node = findings.find((one) => one.name === "node");
    assert.deepEqual(
      [node.ok, /which the hooks start, (?:is missing|does not run|is Node 18)/.test(node.text)],
      [false, true],
      node.text,
    );
  });

test("where no Node starts at all the next session is told, once a day, and the event waits", async (test) => {
  const { here } = await start(test);
  withNode(here, "/nowhere/node");
  const text = fs.readFileSync(here.hookFile("sh"), "utf8");
  fs.writeFileSync(
    here.hookFile("sh"),
    text.replace(/ node \/usr[^;]*; do/s, "; do").replace("sh node ", "sh /nowhere/node "),
  );
  const begin = () => hook(here, { name: "session_start", payload: { session_id: "s", source: "startup", cwd: "/p" } });
  const reported = await begin();
  assert.equal(reported.code, 0);
  assert.match(JSON.parse(reported.stdout).systemMessage, /does not start here.*Install Node 20/);
  assert.deepEqual(await begin(), { code: 0, signal: null, stdout: "", stderr: "" });
  assert.equal(filesIn(here.paths.spool).length, 2);
});

test("a Node that takes its time to start holds up neither the hook nor whoever reads what it prints", async (test) => {
  const { here } = await start(test);
  const released = path.join(here.home, "released");
  // The loop also ends with the folder of the test, which may be removed before the loop looks again.
  const ends = `while [ -d '${here.home}' ] && [ ! -e '${released}' ]; do sleep 0.05; done; exit 1`;
  withNode(here, pretendNode(path.join(here.home, "slow"), { ends }));
  let isOver = false;
  const started = hook(here, { payload: { index: 1 } }).then((result) => {
    isOver = true;
    return result;
  });
  await until(() => isOver, "the hook has ended and its streams are closed").finally(() =>
    fs.writeFileSync(released, ""),
  );
  assert.deepEqual(await started, { code: 0, signal: null, stdout: "", stderr: "" });
});

for (const args of [
  ["connect", "claude-code", "--token", "mfg_alice"],
  ["status"],
  ["flush"],
  ["disconnect", "claude-code"],
  [],
])
  test(`a Node too old is refused in words before anything is changed: memfog ${args.join(" ")}`, async (test) => {
    const here = scratch(test);
    const old = pretendNode(path.join(here.home, "old"), { version: "18.19.0" });
    const { code, stdout, stderr } = await run(old, [BIN, ...args], { env: here.environment, cwd: here.home });
    assert.deepEqual([code, stdout, filesIn(here.home)], [1, "", ["old"]]);
    assert.match(stderr, NO_NODE_MESSAGE);
  });

for (const entry of ["shipper/run.js", "shipper/start.js", "context/run.js"])
  test(`${entry} is not begun by a Node too old, so that the hook tries the next`, async (test) => {
    const { here } = await start(test);
    const old = pretendNode(path.join(here.home, "old"), { version: "16.20.2" });
    await spool(here, { index: 1 });
    const { code } = await run(old, [path.join(CLIENT, "lib", entry), here.paths.home], { env: here.environment });
    assert.equal(code, 1);
    assert.equal(filesIn(here.paths.spool).length, 1);
  });

test("what an old Node reads first is written for it", () => {
  for (const file of ["bin/memfog.js", "lib/node-version.js"]) {
    const text = fs.readFileSync(path.join(CLIENT, file), "utf8");
    assert.doesNotMatch(text, /\?\.|\?\?|=>|`|\bconst\b|\blet\b|\bclass\b|#[a-z]+\(/);
  }
});

test("the launcher finds a Node as the hook does, and passes words on as they are", async (test) => {
  const { here } = await start(test);
  const launcher = path.join(here.paths.launchers, "memfog");
  const text = fs.readFileSync(launcher, "utf8");
  for (const make of Object.values(BROKEN)) {
    fs.writeFileSync(launcher, text.replace(/for node in '[^']*'/, `for node in '${make(here)}'`));
    const { code, stdout } = await run(launcher, ["--version"], { env: here.environment });
    assert.deepEqual([code, stdout], [0, `${require("../../package.json").version}\n`]);
  }
  const { stderr } = await run(launcher, ["a 'b\" $c"], { env: here.environment });
  assert.match(stderr, /there is no command "a 'b" \$c"/);
});

test("without any Node the launcher says so", async (test) => {
  const { here } = await start(test);
  const launcher = path.join(here.paths.launchers, "memfog");
  fs.writeFileSync(
    launcher,
    fs.readFileSync(launcher, "utf8").replace(/for node in .*; do/, "for node in /nowhere/node; do"),
  );
  const { code, stderr } = await run(launcher, ["status"], { env: here.environment });
  assert.equal(code, 1);
  assert.match(stderr, /^memfog: no Node 20 or later starts here\. Install one/);
});

test("a name that outlives an upgrade is recorded where there is one", (test) => {
  const { home } = scratch(test);
  const at = (...parts) => path.join(home, ...parts);
  for (const folder of ["Cellar/node/22.1.0/bin", "bin", "other"]) fs.mkdirSync(at(folder), { recursive: true });
  const program = at("Cellar/node/22.1.0/bin/node");
  fs.writeFileSync(program, "");
  fs.writeFileSync(at("other/node"), "");
  fs.symlinkSync(program, at("bin/node"));
  const PATH = [at("Cellar/node/22.1.0/bin"), at("other"), at("bin")].join(path.delimiter);
  assert.equal(findStableNode(program, { PATH }), at("bin/node"));
  assert.equal(findStableNode(program, { PATH: at("other") }), program);
  assert.equal(findStableNode("/usr/bin/node", { PATH: at("bin") }), "/usr/bin/node");
});

test("remedies are commands that work as typed", async (test) => {
  const { here, server } = await start(test);
  fs.rmSync(here.hookFile("cjs"));
  const { findings } = JSON.parse((await call(here, ["status", "--json"])).stdout);
  const { remedy } = findings.find((one) => one.name === "files");
  const [, command] = /^run (.*)$/.exec(remedy);
  assert.equal(command, "~/.memfog/bin/memfog connect claude-code");
  assert.equal((await run("/bin/sh", ["-c", command], { env: here.environment })).code, 0);
  await call(here, ["disconnect", "claude-code", "--forget"]);
  assert.match((await call(here, ["flush"])).stderr, /run npx -y memfog connect claude-code first/);
  assert.match((await call(here, ["status"])).stdout, /: run npx -y memfog connect claude-code$/m);
  const odd = { MEMFOG_HOME: path.join(here.home, "it's a home") };
  await call(here, ["connect", "claude-code", "--token", server.token, "--api", server.url], { env: odd });
  fs.rmSync(path.join(odd.MEMFOG_HOME, "auth.json"));
  const reported = /run (.*) first/.exec((await call(here, ["flush"], { env: odd })).stderr)[1];
  assert.equal(
    (await run("/bin/sh", ["-c", `${reported} --token ${server.token} --api ${server.url}`], { env: here.environment }))
      .code,
    0,
  );
});
