"use strict";
const assert = require("node:assert/strict");
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { commands, USAGE } = require("../../lib/commands/index.js");
const { launchers } = require("../../lib/install/launcher.js");
const manifest = require("../../package.json");
const { shells } = require("../../testing/hooks/shells.js");
const { CLIENT, call, connect, filesIn, hook, run, until } = require("../../testing/scratch.js");
const { start } = require("../../testing/shipping.js");

// Programs that are started directly: the commands, the shipper, and those that hooks run at the start of a session.
const ROOTS = [
  "bin/memfog.js",
  "lib/shipper/run.js",
  "lib/shipper/start.js",
  "lib/notice.js",
  "lib/context/run.js",
  "lib/hints/run.js",
  "lib/install/run-joined.js",
];

// What hooks, settings and plugins on the disks of users name, of whichever version.
const KEPT_PATHS = [
  "bin/memfog.js",
  "hooks/memfog-hook.sh",
  "hooks/memfog-plugin.sh",
  "lib/context/run.js",
  "lib/context/session-context.js",
  "lib/hints/give-hints.js",
  "lib/hints/run.js",
  "lib/paths.js",
  "lib/shipper/run.js",
  "lib/shipper/start.js",
];

test("what hooks name keeps its path, since a hook may meet another version of the program", () => {
  for (const name of KEPT_PATHS) assert.equal(fs.existsSync(path.join(CLIENT, name)), true, name);
  const hooks = filesIn(path.join(CLIENT, "hooks")).map((name) =>
    fs.readFileSync(path.join(CLIENT, "hooks", name), "utf8"),
  );
  const texts = ["context", "hints"].map((answer) => hooks.join("\n").replace(/\$(?:answer|\{answer\})/g, answer));
  const named = texts.join("\n").matchAll(/(?:\$client|\$\{client\}|\$CLAUDE_PLUGIN_ROOT)\/([\w/.-]+)/g);
  const names = new Set([...named].map(([, name]) => name));
  for (const name of KEPT_PATHS) names.delete(name);
  // `connect` makes these beside the copied program.
  assert.deepEqual([...names].sort(), ["joined/context.js", "joined/hints.js"]);
});

test("npm pack ships what runs, and nothing else", async (test) => {
  const { here } = await start(test);
  const packed = await run("npm", ["pack", "--dry-run", "--json", CLIENT], {
    env: { ...here.environment, npm_config_cache: path.join(here.home, "cache") },
    cwd: here.home,
  });
  const shipped = JSON.parse(packed.stdout)[0].files.map((file) => file.path);
  const needed = new Set();
  for (const root of ROOTS) follow(path.join(CLIENT, root), needed);
  const programs = shipped.filter((name) => /^(?:bin|lib)\//.test(name)).sort();
  assert.deepEqual(programs, [...needed].filter((name) => name !== "package.json").sort());
  assert.deepEqual(
    shipped.filter((name) => /test|bench|node_modules|lock|\.env/.test(name)),
    [],
  );
  assert.equal("dependencies" in manifest || "devDependencies" in manifest, false);
});

/** Collects all files that a program requires, directly or through others, as paths in the package. */
function follow(file, found) {
  const name = path.relative(CLIENT, file);
  if (found.has(name)) return;
  found.add(name);
  if (!file.endsWith(".js")) return;
  const text = fs.readFileSync(file, "utf8");
  for (const [, wanted] of text.matchAll(/require\("([^"]+)"\)/g)) {
    if (wanted.startsWith(".")) follow(path.join(path.dirname(file), wanted), found);
    else assert.match(wanted, /^node:/, `${name} requires ${wanted}`);
  }
}

test("each command stands in the help, has a help of its own, and says its exit codes", async (test) => {
  const { here } = await start(test);
  for (const [name, { help, options }] of Object.entries(commands)) {
    assert.match(USAGE, new RegExp(`memfog ${name}\\b`));
    for (const option of Object.keys(options)) assert.equal(help.includes(`--${option}`), true, `${name} --${option}`);
    for (const word of ["--help", "-h"])
      assert.deepEqual(await call(here, [name, word]), { code: 0, signal: null, stdout: `${help}\n`, stderr: "" });
    assert.match(help, /Exit codes: 0 /);
  }
  for (const word of ["--version", "-v"]) assert.equal((await call(here, [word])).stdout, `${manifest.version}\n`);
});

const ODD = [
  "C:\\Users\\Alice O'Neil\\AppData",
  'quote " and `tick` $HOME %PATH% !x! & co',
  "  spaces  ",
  "日本語 é",
  "new\nline",
  "-n",
];

for (const name of ODD)
  test(`a home by the name of ${JSON.stringify(name)} is no trouble to any form of the hook`, async (test) => {
    const { here, server } = await start(test);
    const env = {
      MEMFOG_HOME: path.join(here.home, name, ".memfog"),
      CLAUDE_CONFIG_DIR: path.join(here.home, name, "claude"),
    };
    assert.equal(
      (await call(here, ["connect", "claude-code", "--token", server.token, "--api", server.url], { env })).code,
      0,
    );
    const there = { ...here, hookFile: (form) => path.join(env.CLAUDE_CONFIG_DIR, "hooks", `memfog-hook.${form}`) };
    const forms = [...shells(), "node"];
    for (const form of forms) await hook(there, { form, project: `/repos/${name}` });
    await until(() => server.events.size === forms.length, "delivered");
    assert.deepEqual(new Set([...server.events.values()].map((event) => event.root)), new Set([`/repos/${name}`]));
    assert.match(
      (
        await run(path.join(env.MEMFOG_HOME, "bin", "memfog"), ["status"], {
          env: { ...here.environment, CLAUDE_CONFIG_DIR: env.CLAUDE_CONFIG_DIR },
        })
      ).stdout,
      /12 of 12 hooks/,
    );
    fs.rmSync(path.join(env.MEMFOG_HOME, "auth.json"));
  });

test("on Windows the launcher is a cmd file whose paths may hold spaces and percent signs", () => {
  const [shell, { name, text }] = launchers("win32", {
    home: "C:\\Users\\A & B\\100%\\.memfog",
    node: "C:\\Program Files\\nodejs\\node.exe",
    program: "D:\\m\\memfog.js",
  });
  assert.deepEqual([shell.name, name], ["memfog", "memfog.cmd"]);
  assert.match(shell.text, /^#!\/bin\/sh\n[\s\S]*exec "\$node" 'D:\\m\\memfog\.js' "\$@"/);
  const lines = text.split("\r\n");
  for (const line of [
    '@set "MEMFOG_HOME=C:\\Users\\A & B\\100%%\\.memfog"',
    '@set "MEMFOG_NODE=C:\\Program Files\\nodejs\\node.exe"',
    '@"%MEMFOG_NODE%" "D:\\m\\memfog.js" %*',
  ])
    assert.equal(lines.includes(line), true, line);
});

test("the Node form keeps a Windows path letter by letter", async (test) => {
  const { here } = await start(test);
  const text = fs.readFileSync(here.hookFile("cjs"), "utf8");
  assert.equal(/^const home = (".*");$/m.exec(text)[1], JSON.stringify(here.paths.home));
  assert.equal(spawnSync(process.execPath, ["--check", here.hookFile("cjs")]).status, 0);
});

test("a policy that forbids hooks is told when connecting", async (test) => {
  const { here, server } = await start(test);
  const policy = path.join(here.home, "policy");
  fs.mkdirSync(policy);
  fs.writeFileSync(path.join(policy, "managed-settings.json"), '{"allowManagedHooksOnly": true}');
  const { code, stdout } = await call(here, ["connect", "claude-code", "--token", server.token, "--api", server.url], {
    env: { MEMFOG_POLICY_DIR: policy },
  });
  assert.equal(code, 0);
  assert.match(stdout, /^But "allowManagedHooksOnly" .* ask the administrator of this machine/m);
});

test("flush draws a bar on a terminal, and none elsewhere", async (test) => {
  const { here, server } = await start(test);
  const many = (from, to) => {
    for (let index = from; index < to; index += 1)
      fs.writeFileSync(
        path.join(here.paths.spool, `9.${index}`),
        `memfog 1 stop\n/p\0{"index":${index}}\0memfog 9.${index}\n`,
      );
  };
  many(0, 1_200);
  const args = [process.execPath, path.join(CLIENT, "bin", "memfog.js"), "flush"].join(" ");
  const onTerminal = await run("script", ["-qec", args, "/dev/null"], { env: here.environment, cwd: here.home });
  assert.match(onTerminal.stdout, /░{30} 0\/1200\r█{25}░{5} 1000\/1200\r█{30} 1200\/1200\r?\n/);
  assert.equal(server.events.size, 1_200);
  many(1_200, 1_300);
  assert.deepEqual(await call(here, ["flush"]), {
    code: 0,
    signal: null,
    stdout: "Delivered 100 event(s), 0 left.\n",
    stderr: "",
  });
});

test("with --forget nothing of Memfog is left, whatever it kept", async (test) => {
  const { here, server } = await start(test);
  await call(here, ["pause", "--for", "1h"]);
  fs.writeFileSync(here.paths.config, '{"exclude": []}');
  await hook(here, { name: "prompt_submit", payload: { prompt: "<private>x</private>", prompt_id: "p" } });
  await connect(here, server);
  assert.equal((await call(here, ["disconnect", "claude-code", "--forget"])).code, 0);
  assert.deepEqual(filesIn(here.home), [".claude"]);
});
