"use strict";
// An entry that is misread: by a host that drops unknown members, by another shell, or without a shell.
const assert = require("node:assert/strict");
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { table } = require("../../lib/hooks.js");
const { entries } = require("../../lib/install/install.js");
const { resolvePaths } = require("../../lib/paths.js");
const { findOwnEntries } = require("../../lib/settings/settings-text.js");
const { shells } = require("../../testing/hooks/shells.js");
const {
  CLIENT,
  connect,
  entryOf,
  filesIn,
  hook,
  call: memfog,
  pretendShipper,
  run,
  until,
} = require("../../testing/scratch.js");
const { start } = require("../../testing/shipping.js");

const INTERPRETER = /^\S*(?:sh|node|node\.exe|npx|cmd|python3?|env)(?:\s|$)/;

/** Text that creates a file if anything runs it as a script. */
const trap = (file) =>
  JSON.stringify({ prompt: `see $(touch ${file}) \`touch ${file}\``, more: `"; touch ${file}; '\n` }).replaceAll(
    "\\n",
    "\n",
  );

const read = (here) => JSON.parse(fs.readFileSync(here.settings, "utf8"));
const plugin = () => JSON.parse(fs.readFileSync(path.join(CLIENT, "hooks", "hooks.json"), "utf8")).hooks;
const handlers = (hooks) => Object.values(hooks).flatMap((groups) => groups.flatMap((group) => group.hooks));

test("every entry, the plugin's too, has nothing that a host may drop", async (test) => {
  const { here } = await start(test);
  for (const handler of [...handlers(read(here).hooks), ...handlers(plugin())]) {
    assert.deepEqual(Object.keys(handler).sort(), ["command", "timeout", "type"]);
    assert.doesNotMatch(handler.command, INTERPRETER);
    assert.match(handler.command, /memfog/);
  }
});

/** Ways in which hosts run the text of a command: in a shell, by splitting words, as the name of a program. */
const READERS = {
  ...Object.fromEntries(
    shells().map((shell) => [
      `in ${shell.name}`,
      (command, options) => run(shell.file, [...shell.args, "-c", command], { argv0: shell.argv0, ...options }),
    ]),
  ),
  "in a login shell": (command, options) => run("bash", ["-lc", command], options),
  "in a shell of its own dialect": (command, options) => run("zsh", ["-f", "-c", command], options),
  "split at blanks": (command, options) =>
    spawnSync(command.split(" ")[0], command.split(" ").slice(1), { ...options, encoding: "utf8" }),
  "as the name of a program": (command, options) => spawnSync(command, [], { ...options, encoding: "utf8" }),
};

for (const [how, start_] of Object.entries(READERS))
  test(`read ${how}, an entry executes nothing of its payload and does not end with 2`, async (test) => {
    const { here } = await start(test);
    const made = path.join(here.home, "made");
    const env = { ...here.environment, CLAUDE_PLUGIN_ROOT: CLIENT };
    for (const { command } of [entryOf(here, "PreToolUse"), entryOf(here, "Stop"), plugin().Stop[0].hooks[0]]) {
      const { code, status } = await start_(command, { env, input: trap(made) });
      assert.notEqual(code ?? status, 2);
    }
    assert.equal(fs.existsSync(made), false);
  });

for (const name of ["memfog-hook.sh", "memfog-hook.cjs"])
  test(`${name} without a word drains its stdin, writes nothing and ends with 0`, async (test) => {
    const { here } = await start(test);
    const file = here.hookFile(path.extname(name).slice(1));
    const args = name.endsWith(".sh") ? [file, []] : [process.execPath, [file]];
    const made = path.join(here.home, "made");
    assert.deepEqual(await run(...args, { env: here.environment, input: trap(made) }), {
      code: 0,
      signal: null,
      stdout: "",
      stderr: "",
    });
    assert.equal(await writerOf(args, here, ""), 0);
    assert.deepEqual([fs.existsSync(made), filesIn(here.paths.spool)], [false, []]);
  });

/** The exit code of a process that writes two megabytes to a program. */
async function writerOf([file, args], here, redirect = "") {
  const script = `{ head -c 2000000 /dev/zero | tr '\\0' x; echo $? >&3; } | "$@" ${redirect}`;
  const { stderr } = await run("bash", ["-c", `set -o pipefail; (${script}) 3>&2`, "bash", file, ...args], {
    env: here.environment,
  });
  return Number(stderr.trim());
}

const EARLY = {
  "it is paused": (here) => memfog(here, ["pause", "--for", "1h"]),
  "nobody is connected": (here) => fs.rmSync(here.paths.auth),
  "the spool is a file": (here) => {
    fs.rmSync(here.paths.spool, { recursive: true, force: true });
    fs.writeFileSync(here.paths.spool, "");
  },
  "the hook file is gone": (here) => fs.rmSync(here.hookFile("sh")),
};

for (const [why, spoil] of Object.entries(EARLY))
  for (const form of ["sh", "node", "plugin"].filter((one) => one === "sh" || why !== "the hook file is gone"))
    test(`${form}: whoever writes much to a hook is read to the end when ${why}`, async (test) => {
      const { here } = await start(test, form === "plugin" ? { options: ["--plugin"] } : {});
      await spoil(here);
      const args = {
        sh: () => ["/bin/sh", ["-c", entryOf(here, "PostToolUse").command]],
        node: () => [process.execPath, [here.hookFile("cjs"), "post_tool_use"]],
        plugin: () => ["/bin/sh", ["-c", plugin().PostToolUse[0].hooks[0].command]],
      }[form]();
      assert.equal(await writerOf(args, { environment: { ...here.environment, CLAUDE_PLUGIN_ROOT: CLIENT } }), 0);
    });

test("the plugin leaves the event to entries in a project's shared settings or in a policy", async (test) => {
  const { here } = await start(test, { options: ["--plugin"] });
  const line = JSON.stringify({
    hooks: { Stop: [{ hooks: [{ type: "command", command: "set -- stop user; f='/h/memfog-hook.sh'; exit 0" }] }] },
  });
  for (const file of [
    path.join(here.home, ".claude", "settings.json"),
    path.join(here.home, "policy", "managed-settings.json"),
  ]) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, line);
    const env = {
      ...here.environment,
      CLAUDE_CONFIG_DIR: path.join(here.home, "other"),
      CLAUDE_PROJECT_DIR: here.home,
      CLAUDE_PLUGIN_ROOT: CLIENT,
      MEMFOG_POLICY_DIR: path.join(here.home, "policy"),
    };
    await run("/bin/sh", ["-c", plugin().Stop[0].hooks[0].command], { env, input: "{}" });
    fs.rmSync(file);
  }
  assert.deepEqual(filesIn(here.paths.spool), []);
});

/** An entry as an earlier version of Memfog wrote it, before hosts changed it. */
const old = (folder, hookName) => ({
  type: "command",
  command: "/bin/sh",
  args: ["-c", '[ -r "$0" ] && . "$0"; exit 0', path.join(folder, "memfog-hook.sh"), hookName],
  timeout: 10,
  _memfog: 1,
});
const without =
  (...names) =>
  (handler) =>
    Object.fromEntries(Object.entries(handler).filter(([name]) => !names.includes(name)));
const LEFT = {
  "as an earlier version wrote them": (handler) => handler,
  "without our mark": without("_memfog"),
  "without their args": without("args"),
  "without both": without("args", "_memfog"),
  "as Windows had them, without both": (handler) => ({
    ...without("args", "_memfog")(handler),
    command: "C:\\Program Files\\nodejs\\node.exe",
  }),
  "of a home that is no more": (handler) => ({
    ...handler,
    _memfog: undefined,
    args: handler.args.map((word) => word.replace(/.*memfog-hook/, "/gone/memfog-hook")),
  }),
};

for (const [how, leave] of Object.entries(LEFT))
  test(`entries ${how} are replaced by connect, told by doctor and removed by disconnect`, async (test) => {
    const { here, server } = await start(test);
    const mine = { type: "command", command: "/bin/sh -c true", timeout: 10 };
    const left = {
      hooks: Object.fromEntries(
        table.map((row) => [
          row.event,
          [{ hooks: [mine] }, { hooks: [leave(old(path.dirname(here.hookFile("sh")), row.hook))] }],
        ]),
      ),
    };
    const put = () => fs.writeFileSync(here.settings, JSON.stringify(left, null, 2));
    const own = { hooks: Object.fromEntries(table.map((row) => [row.event, [{ hooks: [mine] }]])) };
    put();
    assert.match((await memfog(here, ["doctor"])).stdout, /^FIX {2}hooks +12 of the entries in .* earlier version/m);
    assert.equal((await connect(here, server)).code, 0);
    assert.equal(findOwnEntries(JSON.stringify(read(here))).length, 12);
    assert.deepEqual(
      handlers(read(here).hooks).filter(({ command }) => !command.startsWith("set -- ")),
      table.map(() => mine),
    );
    put();
    await memfog(here, ["disconnect", "claude-code"]);
    assert.deepEqual(read(here), own);
  });

test("on Windows an entry is one word that each of its shells reads, and ends with 0 whatever becomes of Node", () => {
  const paths = resolvePaths({ MEMFOG_HOME: "/m", CLAUDE_CONFIG_DIR: "/c" });
  const [{ group }] = entries({ ...paths, hooks: "C:\\Users\\alice\\.claude\\hooks" }, "cmd");
  assert.match(group.hooks[0].command, /^C:\/Users\/alice\/\.claude\/hooks\/memfog-hook\.cmd session_start user$/);
  const [{ group: odd }] = entries({ ...paths, hooks: "C:\\Users\\A $(b) `c`\\hooks" }, "cmd");
  assert.match(odd.hooks[0].command, /^"C:\/Users\/A \\\$\(b\) \\`c\\`\/hooks\/memfog-hook\.cmd" session_start user$/);
  const lines = fs.readFileSync(path.join(CLIENT, "hooks", "memfog-hook.cmd"), "latin1").split("\r\n");
  assert.equal(lines[1], '@"@node@" "%~dp0memfog-hook.cjs" %* 2>nul');
  assert.equal(lines[2], "@exit /b 0");
});

test("folders and files that connect makes are their owner's alone, whatever the umask", async (test) => {
  const { here, server } = await start(test);
  const claude = path.join(here.home, "new");
  const args = ["connect", "claude-code", "--token", server.token, "--api", server.url]
    .map((word) => `'${word}'`)
    .join(" ");
  const { code } = await run(
    "/bin/sh",
    ["-c", `umask 000; exec "${process.execPath}" "${path.join(CLIENT, "bin", "memfog.js")}" ${args}`],
    { env: { ...here.environment, CLAUDE_CONFIG_DIR: claude } },
  );
  assert.equal(code, 0);
  const found = fs
    .readdirSync(here.home, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isSymbolicLink())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
  assert.deepEqual(
    found.filter((file) => fs.statSync(file).mode & 0o077),
    [],
  );
});

test("disconnect undoes every folder that was connected, from wherever it is run", async (test) => {
  const { here, server } = await start(test);
  const [a, b] = ["a", "b"].map((name) => path.join(here.home, name));
  for (const folder of [a, b]) fs.mkdirSync(path.join(folder, ".claude"), { recursive: true });
  const settings = path.join(a, ".claude", "settings.local.json");
  const text = '{\n    "model": "opus"\n}';
  fs.writeFileSync(settings, text);
  const broken = path.join(b, ".claude", "settings.local.json");
  for (const cwd of [a, b])
    assert.equal(
      (
        await memfog(here, ["connect", "claude-code", "--token", server.token, "--api", server.url, "--project-only"], {
          cwd,
        })
      ).code,
      0,
    );
  const other = path.join(here.home, "other-root");
  await memfog(here, ["connect", "claude-code"], { env: { CLAUDE_CONFIG_DIR: other } });
  fs.appendFileSync(broken, "x");
  const { code, stdout } = await memfog(here, ["disconnect", "claude-code"]);
  assert.equal(code, 1);
  assert.match(stdout, new RegExp(`Could not remove them from ${broken}: .*not valid JSON`));
  assert.equal(fs.readFileSync(settings, "utf8"), text);
  assert.deepEqual([filesIn(path.join(a, ".claude")), filesIn(other)], [["settings.local.json"], []]);
});

test("no backup is left that holds our entries, and one at the most", async (test) => {
  const { here, server } = await start(test);
  await memfog(here, ["disconnect", "claude-code"]);
  fs.writeFileSync(here.settings, '{"model": "opus"}');
  for (const options of [[], ["--extra"], [], ["--extra"]]) {
    await connect(here, server, ...options);
    const text = fs.readFileSync(here.settings, "utf8");
    fs.writeFileSync(here.settings, text.replace('"opus"', '"haiku"'));
  }
  await memfog(here, ["disconnect", "claude-code"]);
  const backups = filesIn(path.dirname(here.settings)).filter((name) => name.includes("before-memfog"));
  assert.deepEqual(
    backups.map((name) => fs.readFileSync(path.join(path.dirname(here.settings), name), "utf8")),
    ['{"model": "opus"}'],
  );
  assert.equal(fs.readFileSync(here.settings, "utf8"), '{"model": "haiku"}');
});

test("an entry of an earlier version goes on capturing with the new hook", async (test) => {
  const { here, server } = await start(test);
  pretendShipper(here);
  await hook(here, { name: "stop", payload: { session_id: "s" } });
  await memfog(here, ["flush"]);
  await until(() => server.events.size === 1, "delivered");
});
