"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { findRefusal } = require("../../lib/doctor/settings-refusal.js");
const { notice } = require("../../lib/notice.js");
const { noteDropped } = require("../../lib/shipper/state.js");
const { pathWithClaude } = require("../../testing/claude.js");
const { connect, filesIn, hook, call: memfog, pretendShipper, run } = require("../../testing/scratch.js");
const { ship, spool, start } = require("../../testing/shipping.js");

const DAY_MS = 86_400_000;
const NAMES = [
  "settings",
  "hooks",
  "policy",
  "files",
  "node",
  "disk",
  "retention",
  "capture",
  "token",
  "server",
  "account",
  "clock",
  "version",
  "delivery",
  "spool",
  "accounts",
  "quarantine",
  "lost",
  "privacy",
  "overhead",
];

async function doctor(here, { env = {}, cwd = path.join(here.home, "project"), command = "doctor" } = {}) {
  fs.mkdirSync(cwd, { recursive: true });
  const { code, stdout, stderr } = await memfog(here, [command, "--json"], {
    cwd,
    env: { MEMFOG_POLICY_DIR: path.join(here.home, "policy"), ...env },
  });
  assert.equal(stderr, "");
  return { code, ...JSON.parse(stdout) };
}

test("it looks at everything, in one order, and status tells the same", async (test) => {
  const { here } = await start(test);
  const report = await doctor(here);
  assert.deepEqual(
    report.findings.map((one) => one.name),
    NAMES,
  );
  assert.deepEqual(
    report.findings.filter((one) => !one.ok),
    [],
  );
  assert.equal(report.code, 0);
  const { findings } = await doctor(here, { command: "status" });
  assert.deepEqual(
    findings.map((one) => one.name),
    NAMES,
  );
});

test("connected as a plugin, it looks for the plugin and not for entries", async (test) => {
  const { here } = await start(test, { options: ["--plugin"] });
  const without = await doctor(here);
  assert.deepEqual(
    without.findings.filter((one) => !one.ok).map((one) => one.name),
    ["hooks"],
  );
  edit((settings) => {
    settings.enabledPlugins = { "memfog@memfog": true };
  })(here);
  const { findings, code } = await doctor(here);
  assert.deepEqual(
    findings.filter((one) => !one.ok),
    [],
  );
  assert.match(findings.find((one) => one.name === "hooks").text, /plugin memfog@memfog/);
  assert.equal(code, 0);
});

test("what it measures, it says", async (test) => {
  const { here, server } = await start(test);
  const { findings } = await doctor(here);
  const text = Object.fromEntries(findings.map((one) => [one.name, one.text]));
  assert.match(text.overhead, /^a hook takes \d+\.\d ms here \(p50\), \d+\.\d ms at p95, \d+\.\d × a bare start/);
  assert.match(text.account, /alice@example\.org/);
  assert.equal(text.server.includes(server.url), true);
  assert.match(text.node, /^Node \d+\./);
  assert.match(text.retention, /after 30 days/);
  assert.deepEqual(filesIn(here.paths.spool), []);
});

const edit =
  (change, file = (here) => here.settings) =>
  (here) => {
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

/** How the installation is damaged, the finding that must report it, and its text. */
const AILMENTS = {
  "a missing entry": [
    edit((settings) => {
      delete settings.hooks.Stop;
    }),
    "hooks",
    /11 of 12/,
  ],
  "hooks switched off": [
    edit((settings) => {
      settings.disableAllHooks = true;
    }),
    "hooks",
    /disableAllHooks/,
  ],
  "hooks switched off by the project": [
    edit((settings) => {
      settings.disableAllHooks = true;
    }, inProject("settings.json")),
    "hooks",
    /project/,
  ],
  "a comment in the settings": [rewrite((text) => text.replace("{", "{\n  // mine")), "settings", /line 2: a comment/],
  "a trailing comma in the settings": [rewrite((text) => text.replace(/\}\s*$/, ",}")), "settings", /a trailing comma/],
  "text behind the settings": [(here) => fs.appendFileSync(here.settings, "x"), "settings", /unexpected character/],
  "a model that is a number": [
    edit((settings) => {
      settings.model = 5;
    }),
    "settings",
    /"model" should be a text/,
  ],
  "a flag that is a text": [
    edit((settings) => {
      settings.includeCoAuthoredBy = "no";
    }),
    "settings",
    /true or false/,
  ],
  "an environment that is a list": [
    edit((settings) => {
      settings.env = ["A=1"];
    }),
    "settings",
    /"env" should be an object/,
  ],
  "permissions that are a text": [
    edit((settings) => {
      settings.permissions = { allow: "Bash" };
    }),
    "settings",
    /"permissions.allow" should be a list/,
  ],
  "retention of no days": [
    edit((settings) => {
      settings.cleanupPeriodDays = 0;
    }),
    "settings",
    /"cleanupPeriodDays" can not be 0/,
  ],
  "a mode that is none": [
    edit((settings) => {
      settings.permissions = { defaultMode: "x" };
    }),
    "settings",
    /"permissions.defaultMode" should be one of .*"plan"/,
  ],
  "a status line without a command": [
    edit((settings) => {
      settings.statusLine = {};
    }),
    "settings",
    /"statusLine" can not be \{\}/,
  ],
  "a status line whose command is missing": [
    edit((settings) => {
      settings.statusLine = { type: "command" };
    }),
    "settings",
    /"statusLine" can not be/,
  ],
  "a verbose that is a text": [
    edit((settings) => {
      settings.verbose = "true";
    }),
    "settings",
    /"verbose" should be true or false/,
  ],
  "a compaction that is a text": [
    edit((settings) => {
      settings.autoCompactEnabled = "yes";
    }),
    "settings",
    /"autoCompactEnabled" should be true or false/,
  ],
  "an agent that is an object": [
    edit((settings) => {
      settings.agent = {};
    }),
    "settings",
    /"agent" should be a text/,
  ],
  "a wrong type in the project's settings": [
    edit((settings) => {
      settings.cleanupPeriodDays = "30";
    }, inProject("settings.local.json")),
    "settings",
    /a number/,
  ],
  "a policy for managed hooks only": [
    policy("managed-settings.json", '{"allowManagedHooksOnly": true}'),
    "policy",
    /allowManagedHooksOnly/,
  ],
  "a policy that a console sent": [
    (here) =>
      fs.writeFileSync(path.join(here.home, ".claude", "remote-settings.json"), '{"allowManagedHooksOnly":true}'),
    "policy",
    /remote-settings/,
  ],
  "a policy with a byte order mark": [
    policy("managed-settings.json", '\ufeff{"disableAllHooks": true}'),
    "policy",
    /disableAllHooks/,
  ],
  "a policy against hooks in a part of its own": [
    policy("managed-settings.d/10-hooks.json", '{"disableAllHooks": true}'),
    "policy",
    /10-hooks/,
  ],
  "a missing hook file": [(here) => fs.rmSync(here.hookFile("sh")), "files", /missing/],
  "a Node that is gone": [
    (here) =>
      fs.writeFileSync(
        here.hookFile("sh"),
        fs.readFileSync(here.hookFile("sh"), "utf8").replace(/node='[^']*'/, "node='/nowhere/node'"),
      ),
    "node",
    /nowhere/,
  ],
  "a missing token": [(here) => fs.rmSync(here.paths.auth), "token", /no server and token/],
  "a token that others can read": [(here) => fs.chmodSync(here.paths.auth, 0o644), "token", /others/],
  "a revoked token": [
    (_here, server) => {
      server.token = "mfg_new";
    },
    "account",
    /does not know this token/,
  ],
  "a server that is gone": [(_here, server) => server.stop(), "server", /ECONNREFUSED/],
  "something else at its address": [
    (_here, server) => {
      server.health = "<h1>Welcome";
    },
    "server",
    /healthz/,
  ],
  "a clock ten years ahead": [
    (_here, server) => {
      server.date = new Date(Date.now() - 3653 * DAY_MS).toUTCString();
    },
    "clock",
    /3653 days ahead of/,
  ],
  "a clock an hour behind": [
    (_here, server) => {
      server.date = new Date(Date.now() + 3_600_000).toUTCString();
    },
    "clock",
    /60 minutes behind/,
  ],
  "an event in quarantine": [
    (here) => fs.writeFileSync(path.join(here.paths.quarantine, "x.json.why"), "{}"),
    "quarantine",
    /1 event/,
  ],
  "events that nobody fetches": [old, "delivery", /the oldest since/],
  "events that were dropped": [(here) => noteDropped(here.paths, 7), "lost", /7 event\(s\) dropped/],
  "a config that is no JSON": [(here) => fs.writeFileSync(here.paths.config, "{,}"), "privacy", /config\.json/],
};

async function old(here) {
  await spool(here, { index: 1 });
  const past = new Date(Date.now() - 3_600_000);
  for (const name of filesIn(here.paths.spool)) fs.utimesSync(path.join(here.paths.spool, name), past, past);
}

for (const [name, [spoil, finding, says]] of Object.entries(AILMENTS))
  test(`it finds ${name}, and names a remedy`, async (test) => {
    const { here, server } = await start(test);
    await spoil(here, server);
    const { code, ok, findings } = await doctor(here);
    assert.deepEqual([code, ok], [1, false]);
    const wrong = findings.filter((one) => !one.ok);
    assert.deepEqual(
      wrong.map((one) => one.name),
      [finding],
    );
    assert.match(wrong[0].text, says);
    assert.ok(wrong[0].remedy.length > 5);
  });

/** Settings that Claude Code ignores or accepts, so that its hooks still fire. */
const HARMLESS = {
  "an attribution that is false": (settings) => {
    settings.attribution = false;
  },
  "a list of organizations": (settings) => {
    settings.forceLoginOrgUUID = ["a"];
  },
  "an effort that is a number": (settings) => {
    settings.effortLevel = 5;
  },
  "an environment that holds a list": (settings) => {
    settings.env = { A: [1] };
  },
  "a rule that is a number": (settings) => {
    settings.permissions = { allow: [5] };
  },
  "a group whose hooks are a text": (settings) => {
    settings.hooks.Stop.push({ hooks: "x" });
  },
  "a hook that is no group": (settings) => {
    settings.hooks.Stop.push({ type: "command", command: "true" });
  },
  "an unknown event": (settings) => {
    settings.hooks.MadeUp = [{ hooks: [{ type: "command", command: "true" }] }];
  },
  "an unknown key": (settings) => {
    settings.madeUp = 5;
  },
  "what is right": (settings) =>
    Object.assign(settings, {
      cleanupPeriodDays: 45,
      model: "opus",
      permissions: { defaultMode: "plan", allow: ["Bash"] },
      env: { A: "x" },
      statusLine: { type: "command", command: "true" },
    }),
};

for (const [name, spoil] of Object.entries(HARMLESS))
  test(`it raises no alarm for ${name}`, async (test) => {
    const { here } = await start(test);
    edit(spoil)(here);
    const { findings } = await doctor(here);
    assert.deepEqual(
      findings.filter((one) => !one.ok && one.name !== "overhead"),
      [],
    );
  });

test("each installed version is judged by what the nearest below it did that was tried", () => {
  const spoiled = { hooks: { Stop: [{ hooks: "x" }] } };
  for (const version of ["2.1.139", "2.1.140", "2.1.331"])
    assert.deepEqual(findRefusal(spoiled, [version]), {
      problem: "the hooks of a group are no list (hooks.Stop[0])",
      version,
    });
  for (const version of ["2.1.332", "9.9.9"]) assert.equal(findRefusal(spoiled, [version]), null);
  // A version older than all tested versions is treated like the oldest of them.
  assert.equal(findRefusal(spoiled, ["1.0.50"]).version, "1.0.50");
  assert.equal(findRefusal(spoiled, ["9.9.9", "2.1.139"]).version, "2.1.139");
  // A permission mode that only later versions know.
  const later = { permissions: { defaultMode: "manual" } };
  assert.match(findRefusal(later, ["2.1.139"]).problem, /"permissions\.defaultMode" should be one of (?!.*"manual")/);
  assert.equal(findRefusal(later, ["2.1.332"]), null);
});

test("versions that were tried with a part of the values refuse none that they were seen to take", () => {
  for (const settings of [
    { autoUpdatesChannel: "latest" },
    { defaultShell: "bash" },
    { teammateMode: "tmux" },
    { env: { A: 5 } },
  ])
    assert.equal(findRefusal(settings, ["2.0.14", "2.1.19", "2.1.20", "2.1.99", "2.1.119"]), null);
  assert.equal(findRefusal({ permissions: { allow: [5] } }, ["2.1.20"]).version, "2.1.20");
  for (const permissions of [{ defaultMode: "auto" }, { allow: ["Bash("] }])
    assert.equal(findRefusal({ permissions }, ["2.1.100", "2.1.20"]).version, "2.1.20");
});

test("a byte order mark is told where an installed version refuses it", async (test) => {
  const { here } = await start(test);
  const before = fs.readFileSync(here.settings, "utf8");
  const reported = async () =>
    (await doctor(here, { env: { PATH: pathWithClaude("2.0.0") } })).findings.find((one) => one.name === "settings");
  assert.equal((await reported()).ok, true);
  fs.writeFileSync(here.settings, `\ufeff${before}`);
  assert.match((await reported()).text, /^a byte order mark in .*settings\.json, which Claude Code 2\.0\.0 rejects/);
  assert.equal((await doctor(here)).findings.find((one) => one.name === "settings").ok, true);
});

test("a type that a version was not asked about is as wrong there as another one that it was", () => {
  assert.equal(findRefusal({ verbose: 5 }, ["2.1.139"]).problem, '"verbose" should be true or false');
  assert.equal(findRefusal({ verbose: 5 }, ["2.1.100"]), null);
  assert.equal(findRefusal({ verbose: true }, ["2.1.139"]), null);
});

for (const [name, text] of Object.entries({
  "a model that is a number": '{"model":5}',
  "no days of retention": '{"cleanupPeriodDays":0}',
  "an agent that is an object": '{"agent":{}}',
  "hooks switched off": '{"disableAllHooks":true}',
}))
  test(`connect does not promise what ${name} forbids`, async (test) => {
    const { here, server } = await start(test);
    fs.writeFileSync(here.settings, text);
    const { code, stdout } = await connect(here, server);
    assert.equal(code, 0);
    assert.match(stdout, /^But .*(?:model|cleanupPeriodDays|agent|disableAllHooks)/m);
    assert.doesNotMatch(stdout, /use Claude Code as always/);
  });

test("people read one line for each finding, and what to do stands behind it", async (test) => {
  const { here } = await start(test);
  fs.rmSync(here.hookFile("cjs"));
  const { stdout, code } = await memfog(here, ["doctor"]);
  assert.equal(code, 1);
  assert.equal(stdout.trim().split("\n").length, NAMES.length);
  assert.match(stdout, /^FIX {2}files .*: run ~\/\.memfog\/bin\/memfog connect claude-code$/m);
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
  assert.deepEqual(
    findings.filter((one) => !one.ok).map((one) => one.name),
    ["hooks", "files", "token"],
  );
});

test("the four checks of the documentation hold", async (test) => {
  const { here, server } = await start(test);
  assert.equal((await run("grep", ["-ci", "memfog", here.settings])).code, 0);
  assert.deepEqual(Object.keys(JSON.parse(fs.readFileSync(here.paths.auth, "utf8"))), ["url", "token"]);
  const { findings } = await doctor(here);
  assert.deepEqual(
    findings.filter((one) => ["server", "account"].includes(one.name)).map((one) => one.ok),
    [true, true],
  );
  assert.equal(findings.find((one) => one.name === "server").text.includes(server.url), true);
});

test("a refused token is told at the start of a session, once a day", async (test) => {
  const { here, server } = await start(test);
  assert.equal(notice(here.paths), null);
  await spool(here, { index: 1 });
  server.token = "mfg_new";
  await ship(test, here);
  assert.match(notice(here.paths), /refused the token/);
  assert.equal(notice(here.paths), null);
  assert.match(notice(here.paths, new Date(Date.now() + DAY_MS)), /refused the token/);
  server.token = "mfg_newer";
  await connect(here, { ...server, token: "mfg_newer" });
  pretendShipper(here);
  await hook(here);
  assert.equal((await memfog(here, ["flush"])).code, 0);
  assert.equal(notice(here.paths, new Date(Date.now() + 2 * DAY_MS)), null);
});

test("a full spool and a config that can not be read are told as well", async (test) => {
  const { here } = await start(test);
  noteDropped(here.paths, 3);
  assert.match(notice(here.paths), /3 event\(s\) were dropped/);
  assert.equal(notice(here.paths, new Date(Date.now() + DAY_MS)), null);
  fs.writeFileSync(here.paths.config, "{");
  await spool(here, { index: 1 });
  await ship(test, here);
  assert.match(notice(here.paths, new Date(Date.now() + DAY_MS)), /config\.json is not a JSON object/);
});
