"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { ROOT, pluginFiles, written } = require("../../testing/plugin.js");
const { startServer } = require("../../testing/servers/server.js");
const {
  CLIENT,
  connect,
  filesIn,
  fire: runEntry,
  call: memfog,
  pretendShipper,
  scratch,
} = require("../../testing/scratch.js");

for (const [name, value] of Object.entries(pluginFiles()))
  test(`${name} is what the table of hooks makes of it (node client/testing/plugin.js)`, () => {
    assert.equal(fs.readFileSync(path.join(ROOT, name), "utf8"), written(value));
  });

async function start(test, ...options) {
  const server = await startServer();
  test.after(server.stop);
  const here = scratch(test);
  assert.equal((await connect(here, server, ...options)).code, 0);
  pretendShipper(here);
  return { server, here };
}

/** Runs the plugin's hook of an event, as Claude Code does. */
function fire(here, event, env = {}) {
  const { hooks } = JSON.parse(fs.readFileSync(path.join(CLIENT, "hooks", "hooks.json"), "utf8"));
  const input = JSON.stringify({ hook_event_name: event, source: "startup", cwd: here.home });
  return runEntry(hooks[event][0].hooks[0], {
    input,
    cwd: here.home,
    env: { ...here.environment, CLAUDE_PLUGIN_ROOT: CLIENT, CLAUDE_PROJECT_DIR: here.home, ...env },
  });
}

const SILENT = { code: 0, signal: null, stdout: "", stderr: "" };

test("connected by --plugin, the plugin captures and the settings stay as they were", async (test) => {
  const { here, server } = await start(test, "--plugin");
  assert.equal(fs.existsSync(here.settings), false);
  for (const event of ["PreToolUse", "Stop"]) assert.deepEqual(await fire(here, event), SILENT);
  assert.equal((await memfog(here, ["flush"])).code, 0);
  assert.deepEqual(server.hooks(), ["pre_tool_use", "stop"]);
  assert.deepEqual(new Set([...server.events.values()].map((event) => event.root)), new Set([here.home]));
});

test("the plugin starts the shipper from its own folder, and gives a new session its context", async (test) => {
  const { here, server } = await start(test, "--plugin");
  server.context = { markdown: "# Memory", tokens: 2, items: [] };
  fs.rmSync(here.paths.lease);
  assert.equal(JSON.parse((await fire(here, "SessionStart")).stdout).hookSpecificOutput.additionalContext, "# Memory");
  await memfog(here, ["flush"]);
  assert.ok(server.hooks().includes("session_start"));
});

for (const [where, options] of [
  ["the user's settings", []],
  ["this folder's settings", ["--project-only"]],
])
  test(`where ${where} hold the hooks too, the plugin leaves them the event`, async (test) => {
    const { here } = await start(test, ...options);
    assert.deepEqual(await fire(here, "Stop"), SILENT);
    assert.deepEqual(filesIn(here.paths.spool), []);
  });

test("without a token, a home or its own files the plugin does nothing", async (test) => {
  const { here } = await start(test, "--plugin");
  assert.deepEqual(await fire(here, "Stop", { CLAUDE_PLUGIN_ROOT: "/nowhere" }), SILENT);
  fs.rmSync(here.paths.auth);
  assert.deepEqual(await fire(here, "Stop"), SILENT);
  assert.deepEqual(await fire(here, "Stop", { HOME: "" }), SILENT);
  assert.deepEqual(filesIn(here.paths.spool), []);
});
