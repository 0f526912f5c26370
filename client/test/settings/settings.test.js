"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { table } = require("../../lib/hooks.js");
const { addEntries, removeEntries, hasExactEntries, findOwnEntries } = require("../../lib/settings/settings-text.js");
const { connect, filesIn, call: memfog, scratch } = require("../../testing/scratch.js");
const { startServer } = require("../../testing/servers/server.js");

const FOREIGN = { hooks: [{ type: "command", command: "echo memfog is not mine" }] };
const RICH = {
  model: "opus",
  hooks: { Stop: [FOREIGN], PreToolUse: [{ matcher: "Bash", ...FOREIGN }, FOREIGN], Custom: [] },
  permissions: { allow: ["Bash(ls:*)"] },
};

const VARIANTS = {
  "an empty object": "{}",
  "an empty object and a line end": "{}\n",
  "one line": '{"model":"opus","hooks":{"Stop":[{"hooks":[]}]}}',
  "one line with spaces": '{ "model": "opus", "hooks": { "Stop": [ {"hooks": [ ] } ] } }\n',
  "two spaces": JSON.stringify(RICH, null, 2) + "\n",
  "four spaces": JSON.stringify(RICH, null, 4),
  "tabs": JSON.stringify(RICH, null, "\t") + "\n\n",
  "CRLF": (JSON.stringify(RICH, null, 2) + "\n").replaceAll("\n", "\r\n"),
  "a BOM": "\ufeff" + JSON.stringify(RICH, null, 2) + "\n",
  "mixed": '{\n  "hooks": {"Stop": [\n\t{"hooks": []}], "Notification":[ ]},\n"é": 1e400, "a": [1,\n2]  }',
  "empty lists of ours": '{\n  "hooks": {\n    "Stop": [],\n    "SessionEnd": [\n    ]\n  },\n  "z": 1\n}\n',
  "empty hooks": '{\n  "hooks": {},\n  "z": 1.0\n}\n',
  "equal keys": '{"a": 1, "hooks": {"Stop": []}, "a": 2, "hooks": {"PreCompact": [{"hooks": []}]}}',
  "numbers, escapes and order":
    '{"z": 0.10, "b": "\\u00e9\\/", "a": -0, "hooks": {"Stop": [{"hooks": [{"type": "command", "command": "x"}]}]}}',
  "nothing at all": "",
};

async function start(test, text) {
  const server = await startServer();
  test.after(server.stop);
  const here = scratch(test);
  if (text !== undefined) {
    fs.mkdirSync(path.dirname(here.settings), { recursive: true });
    fs.writeFileSync(here.settings, text);
  }
  return { here, server, read: () => fs.readFileSync(here.settings, "utf8") };
}

for (const [name, text] of Object.entries(VARIANTS)) {
  test(`connect, connect and disconnect leave settings as they were: ${name}`, async (test) => {
    const { here, server, read } = await start(test, text);
    assert.equal((await connect(here, server)).code, 0);
    const connected = read();
    assert.equal(findOwnEntries(connected.replace("\ufeff", "")).length, table.length);
    assert.equal((await connect(here, server)).code, 0);
    assert.equal(read(), connected);
    assert.equal((await memfog(here, ["disconnect", "claude-code"])).code, 0);
    assert.equal(read(), text);
    assert.deepEqual(filesIn(path.dirname(here.settings)), ["settings.json"]);
  });
}

// Without the recorded state of the file. Only lists that were empty before cannot be recognized.
for (const [name, text] of Object.entries(VARIANTS).filter(
  ([one]) => !["empty hooks", "empty lists of ours", "equal keys", "a BOM", "nothing at all", "mixed"].includes(one),
))
  test(`the text alone suffices to take the entries out: ${name}`, () => {
    const added = addEntries(text, wanted());
    assert.equal(hasExactEntries(added, wanted()), true);
    assert.equal(removeEntries(added), text);
    assert.deepEqual(JSON.parse(removeEntries(added)), JSON.parse(text));
  });

test("foreign keys keep their order, and foreign hooks run before ours", () => {
  const added = JSON.parse(addEntries(VARIANTS["two spaces"], wanted()));
  assert.deepEqual(Object.keys(added), Object.keys(RICH));
  assert.deepEqual(added.hooks.PreToolUse.slice(0, 2), RICH.hooks.PreToolUse);
  assert.equal(added.hooks.PreToolUse.length, 3);
});

test("new entries are indented as the file is", () => {
  for (const indent of [2, 4, "\t"]) {
    const added = addEntries(JSON.stringify(RICH, null, indent), wanted());
    // JSON.stringify writes empty arrays in its own way, so the comparison parses first.
    assert.equal(added, JSON.stringify(JSON.parse(added), null, indent));
  }
});

test("what the user changed after connecting stays when disconnecting", async (test) => {
  const { here, server, read } = await start(test, VARIANTS["four spaces"]);
  await connect(here, server);
  // The host rewrites the whole file when the user changes a setting.
  const changed = { ...JSON.parse(read()), model: "haiku" };
  fs.writeFileSync(here.settings, JSON.stringify(changed, null, 2));
  assert.equal((await memfog(here, ["disconnect", "claude-code"])).code, 0);
  assert.equal(read(), JSON.stringify({ ...RICH, model: "haiku" }, null, 2));
});

test("a handler the user put into our group stays", () => {
  const settings = { hooks: { Stop: [{ hooks: [wanted()[0].group.hooks[0], { type: "command", command: "mine" }] }] } };
  const left = JSON.parse(removeEntries(JSON.stringify(settings, null, 2)));
  assert.deepEqual(left, { hooks: { Stop: [{ hooks: [{ type: "command", command: "mine" }] }] } });
});

test("entries of an earlier version are replaced, not doubled", async (test) => {
  const old = {
    hooks: { Stop: [{ hooks: [{ type: "command", command: "node", args: ["/old/memfog-hook.cjs", "stop"] }] }] },
  };
  const { here, server, read } = await start(test, JSON.stringify(old));
  await connect(here, server);
  assert.equal(findOwnEntries(read()).length, table.length);
  assert.equal(read().includes("/old/"), false);
});

test("a settings file that was not there is gone again after disconnect", async (test) => {
  const { here, server } = await start(test);
  await connect(here, server);
  assert.equal(fs.statSync(here.settings).mode & 0o777, 0o600);
  await memfog(here, ["disconnect", "claude-code"]);
  assert.equal(fs.existsSync(here.settings), false);
});

test("one dated backup keeps the old content, and the mode of the file stays", async (test) => {
  const { here, server } = await start(test, VARIANTS.tabs);
  fs.chmodSync(here.settings, 0o640);
  await connect(here, server);
  await connect(here, server);
  const backups = filesIn(path.dirname(here.settings)).filter((name) =>
    /^settings\.json\.before-memfog-\d{8}-\d{6}$/.test(name),
  );
  assert.equal(backups.length, 1);
  assert.equal(fs.readFileSync(path.join(path.dirname(here.settings), backups[0]), "utf8"), VARIANTS.tabs);
  assert.equal(fs.statSync(here.settings).mode & 0o777, 0o640);
});

for (const [name, exists] of [
  ["that leads to a file", true],
  ["that leads nowhere yet", false],
])
  test(`a symbolic link ${name} is written through`, async (test) => {
    const { here, server } = await start(test);
    const real = path.join(here.home, "dotfiles", "claude.json");
    fs.mkdirSync(path.dirname(real));
    fs.mkdirSync(path.dirname(here.settings));
    if (exists) fs.writeFileSync(real, VARIANTS.tabs);
    fs.symlinkSync("../dotfiles/claude.json", here.settings);
    assert.equal((await connect(here, server)).code, 0);
    assert.equal(fs.lstatSync(here.settings).isSymbolicLink(), true);
    assert.equal(findOwnEntries(fs.readFileSync(real, "utf8")).length, table.length);
    await memfog(here, ["disconnect", "claude-code"]);
    assert.equal(fs.lstatSync(here.settings).isSymbolicLink(), true);
    assert.equal(fs.existsSync(real) ? fs.readFileSync(real, "utf8") : null, exists ? VARIANTS.tabs : null);
  });

const BROKEN = {
  "a comment": ['{\n  "a": 1,\n  // why\n  "b": 2\n}', "line 3: a comment"],
  "a trailing comma": ['{\n  "a": [\n    1,\n  ]\n}', "line 4: a trailing comma"],
  "an end too early": ['{\n  "a": 1\n', "line 3: the end of the file"],
  "a wrong type": ['{"hooks": []}', "should be an object"],
  "a wrong type within": ['{"hooks": {"Stop": {}}}', "should be an array"],
  "a list": ["[]", "should hold a JSON object"],
};

for (const [name, [text, message]] of Object.entries(BROKEN))
  test(`settings with ${name} are refused and left alone`, async (test) => {
    const { here, server, read } = await start(test, text);
    const result = await connect(here, server);
    assert.equal(result.code, 1);
    assert.match(result.stderr, new RegExp(message));
    assert.equal(result.stderr.trim().split("\n").length, 1);
    assert.equal(read(), text);
    assert.deepEqual(filesIn(path.dirname(here.settings)), ["settings.json"]);
    assert.equal(fs.existsSync(here.paths.home), false);
  });

test("a read-only settings file is refused and left alone", async (test) => {
  const { here, server, read } = await start(test, VARIANTS.tabs);
  fs.chmodSync(here.settings, 0o444);
  const result = await connect(here, server);
  assert.equal(result.code, 1);
  assert.match(result.stderr, /read-only/);
  assert.equal(read(), VARIANTS.tabs);
  assert.equal(fs.existsSync(here.paths.home), false);
});

function wanted() {
  return table.map(({ hook, event }) => ({
    event,
    group: {
      hooks: [{ type: "command", command: "/bin/sh", args: ["/x/memfog-hook.sh", hook], timeout: 10, _memfog: 1 }],
    },
  }));
}
