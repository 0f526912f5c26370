"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { notice } = require("../lib/notice.js");
const { noteDropped } = require("../lib/shipper/state.js");
const { connect, filesIn, hook, memfog, pretendShipper, run } = require("../testing/scratch.js");
const { ship, spool, start } = require("../testing/shipping.js");

const DAY_MS = 86_400_000;
const NAMES = ["settings", "hooks", "policy", "files", "node", "retention", "token", "server", "account", "clock", "delivery", "quarantine", "lost", "privacy", "overhead"];

async function doctor(here, { env = {}, cwd = path.join(here.home, "project"), command = "doctor" } = {}) {
  fs.mkdirSync(cwd, { recursive: true });
  const { code, stdout, stderr } = await memfog(here, [command, "--json"], { cwd, env: { MEMFOG_POLICY_DIR: path.join(here.home, "policy"), ...env } });
  assert.equal(stderr, "");
  return { code, ...JSON.parse(stdout) };
}

test("it looks at everything, in one order, and status tells the same", async (test) => {
  const { here } = await start(test);
  const report = await doctor(here);
  assert.deepEqual(report.findings.map((one) => one.name), NAMES);
  assert.deepEqual(report.findings.filter((one) => !one.ok), []);
  assert.equal(report.code, 0);
  const { findings } = await doctor(here, { command: "status" });
  assert.deepEqual(findings.map((one) => one.name), NAMES);
});

test("connected as a plugin, it looks for the plugin and not for entries", async (test) => {
  const { here } = await start(test, { options: ["--plugin"] });
  const without = await doctor(here);
  assert.deepEqual(without.findings.filter((one) => !one.ok).map((one) => one.name), ["hooks"]);
  edit((settings) => { settings.enabledPlugins = { "memfog@memfog": true }; })(here);
  const { findings, code } = await doctor(here);
  assert.deepEqual(findings.filter((one) => !one.ok), []);
  assert.match(findings.find((one) => one.name === "hooks").text, /plugin memfog@memfog/);
  assert.equal(code, 0);
});

test("what it measures, it says", async (test) => {
  const { here, server } = await start(test);
  const { findings } = await doctor(here);
  const text = Object.fromEntries(findings.map((one) => [one.name, one.text]));
  assert.match(text.overhead, /^a hook takes \d+\.\d ms here \(p50\), \d+\.\d ms at p95$/);
  assert.match(text.account, /alice@example\.org/);
  assert.equal(text.server.includes(server.url), true);
  assert.match(text.node, /^Node \d+\./);
  assert.match(text.retention, /after 30 days/);
  assert.deepEqual(filesIn(here.place.spool), []);
});

const edit = (change, file = (here) => here.settings) => (here) => {
  const settings = fs.existsSync(file(here)) ? JSON.parse(fs.readFileSync(file(here), "utf8")) : {};
  change(settings);
  fs.mkdirSync(path.dirname(file(here)), { recursive: true });
  fs.writeFileSync(file(here), JSON.stringify(settings, null, 2));
};
const inProject = (name) => (here) => path.join(here.home, "project", ".claude", name);
const rewrite = (change) => (here) => fs.writeFileSync(here.settings, change(fs.readFileSync(here.settings, "utf8")));
const policy = (name, content) => (here) => {
  fs.mkdirSync(path.dirname(path.join(here.home, "policy", name)), { recursive: true });
  fs.writeFileSync(path.join(here.home, "policy", name), content);
};

/** What is spoiled → the finding that tells it, and what its text says. */
const AILMENTS = {
  "a missing entry": [edit((settings) => { delete settings.hooks.Stop; }), "hooks", /11 of 12/],
  "hooks switched off": [edit((settings) => { settings.disableAllHooks = true; }), "hooks", /disableAllHooks/],
  "hooks switched off by the project": [edit((settings) => { settings.disableAllHooks = true; }, inProject("settings.json")), "hooks", /project/],
  "a comment in the settings": [rewrite((text) => text.replace("{", "{\n  // mine")), "settings", /line 2: a comment/],
  "a trailing comma in the settings": [rewrite((text) => text.replace(/\}\s*$/, ",}")), "settings", /a trailing comma/],
  "text behind the settings": [(here) => fs.appendFileSync(here.settings, "x"), "settings", /unexpected character/],
  "a model that is a number": [edit((settings) => { settings.model = 5; }), "settings", /"model" should be a text/],
  "a flag that is a text": [edit((settings) => { settings.includeCoAuthoredBy = "no"; }), "settings", /true or false/],
  "an environment that is a list": [edit((settings) => { settings.env = ["A=1"]; }), "settings", /"env" should be an object/],
  "permissions that are a text": [edit((settings) => { settings.permissions = { allow: "Bash" }; }), "settings", /"permissions.allow" should be a list/],
  "a hook that is no group": [edit((settings) => { settings.hooks.Stop.push({ command: "x" }); }), "settings", /hooks\.Stop\[1\]/],
  "a wrong type in the project's settings": [edit((settings) => { settings.cleanupPeriodDays = "30"; }, inProject("settings.local.json")), "settings", /a number/],
  "a policy for managed hooks only": [policy("managed-settings.json", '{"allowManagedHooksOnly": true}'), "policy", /allowManagedHooksOnly/],
  "a policy against hooks in a part of its own": [policy("managed-settings.d/10-hooks.json", '{"disableAllHooks": true}'), "policy", /10-hooks/],
  "a missing hook file": [(here) => fs.rmSync(here.hookFile("sh")), "files", /missing/],
  "a Node that is gone": [(here) => fs.writeFileSync(here.hookFile("sh"), fs.readFileSync(here.hookFile("sh"), "utf8").replace(/node='[^']*'/, "node='/nowhere/node'")), "node", /nowhere/],
  "a missing token": [(here) => fs.rmSync(here.place.auth), "token", /no server and token/],
  "a token that others can read": [(here) => fs.chmodSync(here.place.auth, 0o644), "token", /others/],
  "a revoked token": [(here, server) => { server.token = "mfg_new"; }, "account", /does not know this token/],
  "a server that is gone": [(here, server) => server.stop(), "server", /ECONNREFUSED/],
  "something else at its address": [(here, server) => { server.health = "<h1>Welcome"; }, "server", /healthz/],
  "a clock ten years ahead": [(here, server) => { server.date = new Date(Date.now() - 3653 * DAY_MS).toUTCString(); }, "clock", /3653 days ahead of/],
  "a clock an hour behind": [(here, server) => { server.date = new Date(Date.now() + 3_600_000).toUTCString(); }, "clock", /60 minutes behind/],
  "an event in quarantine": [(here) => fs.writeFileSync(path.join(here.place.quarantine, "x.json.why"), "{}"), "quarantine", /1 event/],
  "events that nobody fetches": [old, "delivery", /the oldest since/],
  "events that were dropped": [(here) => noteDropped(here.place, 7), "lost", /7 event\(s\) dropped/],
  "a config that is no JSON": [(here) => fs.writeFileSync(here.place.config, "{,}"), "privacy", /config\.json/],
};

async function old(here) {
  await spool(here, { index: 1 });
  const past = new Date(Date.now() - 3_600_000);
  for (const name of filesIn(here.place.spool)) fs.utimesSync(path.join(here.place.spool, name), past, past);
}

for (const [name, [spoil, finding, says]] of Object.entries(AILMENTS))
  test(`it finds ${name}, and names a remedy`, async (test) => {
    const { here, server } = await start(test);
    await spoil(here, server);
    const { code, ok, findings } = await doctor(here);
    assert.deepEqual([code, ok], [1, false]);
    const wrong = findings.filter((one) => !one.ok);
    assert.deepEqual(wrong.map((one) => one.name), [finding]);
    assert.match(wrong[0].text, says);
    assert.ok(wrong[0].remedy.length > 5);
  });

test("people read one line for each finding, and what to do stands behind it", async (test) => {
  const { here } = await start(test);
  fs.rmSync(here.hookFile("cjs"));
  const { stdout, code } = await memfog(here, ["doctor"]);
  assert.equal(code, 1);
  assert.equal(stdout.trim().split("\n").length, NAMES.length);
  assert.match(stdout, /^FIX {2}files .*: run memfog connect claude-code$/m);
});

test("a Windows policy, a BOM and an empty file are no trouble", async (test) => {
  const { here } = await start(test);
  fs.writeFileSync(here.settings, `\ufeff${fs.readFileSync(here.settings, "utf8")}`);
  edit(() => {}, inProject("settings.json"))(here);
  fs.writeFileSync(inProject("settings.json")(here), "");
  assert.equal((await doctor(here)).code, 0);
});

test("not connected at all, it says what to run", async (test) => {
  const { here } = await start(test);
  await memfog(here, ["disconnect", "claude-code", "--forget"]);
  const { code, findings } = await doctor(here);
  assert.equal(code, 1);
  assert.deepEqual(findings.filter((one) => !one.ok).map((one) => one.name), ["hooks", "files", "token"]);
});

test("the four checks of the documentation hold", async (test) => {
  const { here, server } = await start(test);
  assert.equal((await run("grep", ["-ci", "memfog", here.settings])).code, 0);
  assert.deepEqual(Object.keys(JSON.parse(fs.readFileSync(here.place.auth, "utf8"))), ["url", "token"]);
  const { findings } = await doctor(here);
  assert.deepEqual(findings.filter((one) => ["server", "account"].includes(one.name)).map((one) => one.ok), [true, true]);
  assert.equal(findings.find((one) => one.name === "server").text.includes(server.url), true);
});

test("a refused token is told at the start of a session, once a day", async (test) => {
  const { here, server } = await start(test);
  assert.equal(notice(here.place), null);
  await spool(here, { index: 1 });
  server.token = "mfg_new";
  await ship(test, here);
  assert.match(notice(here.place), /refused the token/);
  assert.equal(notice(here.place), null);
  assert.match(notice(here.place, new Date(Date.now() + DAY_MS)), /refused the token/);
  server.token = "mfg_newer";
  await connect(here, { ...server, token: "mfg_newer" });
  pretendShipper(here);
  await hook(here);
  assert.equal((await memfog(here, ["flush"])).code, 0);
  assert.equal(notice(here.place, new Date(Date.now() + 2 * DAY_MS)), null);
});

test("a full spool and a config that can not be read are told as well", async (test) => {
  const { here } = await start(test);
  noteDropped(here.place, 3);
  assert.match(notice(here.place), /3 event\(s\) were dropped/);
  assert.equal(notice(here.place, new Date(Date.now() + DAY_MS)), null);
  fs.writeFileSync(here.place.config, "{");
  await spool(here, { index: 1 });
  await ship(test, here);
  assert.match(notice(here.place, new Date(Date.now() + DAY_MS)), /config\.json is not a JSON object/);
});
