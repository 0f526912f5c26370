"use strict";
// Policies that Windows and macOS keep in stores of their own, read by programs of the system. Programs with their
// names stand on the PATH and print what the real ones were seen to print.
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { test } = require("node:test");
const { readStores } = require("../../lib/doctor/policy-stores.js");
const { memfog, scratch } = require("../../testing/scratch.js");

const MACHINE = "HKLM\\SOFTWARE\\Policies\\ClaudeCode";
const USER = "HKCU\\SOFTWARE\\Policies\\ClaudeCode";
const FORBIDS = '{"allowManagedHooksOnly":true}';
const MISSING = "ERROR: The system was unable to find the specified registry key or value.";
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const fullName = (key) => key.replace("HKLM", "HKEY_LOCAL_MACHINE").replace("HKCU", "HKEY_CURRENT_USER");

/** A folder with a program of this name. */
function programs(here, name, script) {
  const folder = path.join(here.home, "programs");
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${script}`, { mode: 0o700 });
  return `${folder}${path.delimiter}${process.env.PATH}`;
}

/** `reg query KEY /v Settings` for these values by key. */
function registry(values, type = "REG_SZ") {
  const cases = Object.entries(values).map(
    ([key, text]) =>
      `${quoted(`query /v Settings ${key}`)}) printf '\\r\\n%s\\r\\n    Settings    ${type}    %s\\r\\n\\r\\n' ` +
      `${quoted(fullName(key))} ${quoted(text)};;`,
  );
  return `case "$1 $3 $4 $2" in\n${cases.join("\n")}\n*) echo ${quoted(MISSING)} >&2; exit 1;;\nesac\n`;
}

/** What `doctor` says about policies on another system, for a machine with this PATH. */
async function findingOn(here, platform, env) {
  const preload = path.join(here.home, "platform.cjs");
  fs.writeFileSync(preload, `Object.defineProperty(process, "platform", { value: ${JSON.stringify(platform)} });`);
  const { stdout } = await memfog(here, ["doctor", "--json"], {
    env: { MEMFOG_POLICY_DIR: path.join(here.home, "policy"), NODE_OPTIONS: `--require ${preload}`, ...env },
  });
  return JSON.parse(stdout).findings.find(({ name }) => name === "policy");
}

for (const [name, values, type, from] of [
  ["of the machine", { [MACHINE]: FORBIDS }, "REG_SZ", MACHINE],
  ["of the user", { [MACHINE]: '{"env":{}}', [USER]: '{"disableAllHooks": true}' }, "REG_EXPAND_SZ", USER],
  ["on several lines", { [MACHINE]: `{\r\n  "a": 1,\r\n  "allowManagedHooksOnly": true\r\n}` }, "REG_SZ", MACHINE],
])
  test(`a policy in the registry of Windows, ${name}, is told with its key`, async (test) => {
    const here = scratch(test);
    const finding = await findingOn(here, "win32", { PATH: programs(here, "reg", registry(values, type)) });
    assert.equal(finding.ok, false);
    assert.match(finding.text, /^"(?:allowManagedHooksOnly|disableAllHooks)" in /);
    assert.equal(finding.text.includes(from), true);
    assert.match(finding.remedy, /administrator/);
  });

test("a registry without a policy, or with one that allows hooks, is no finding", async (test) => {
  const here = scratch(test);
  for (const values of [{}, { [MACHINE]: '{"allowManagedHooksOnly":false}', [USER]: "no JSON" }])
    assert.deepEqual(await findingOn(here, "win32", { PATH: programs(here, "reg", registry(values)) }), {
      name: "policy",
      ok: true,
      text: "no policy of this machine forbids hooks",
      remedy: null,
    });
});

test("a registry that can not be asked is named, and nothing fails", async (test) => {
  const here = scratch(test);
  for (const script of ["exit 5", "kill -9 $$"]) {
    const finding = await findingOn(here, "win32", { PATH: programs(here, "reg", script) });
    assert.equal(finding.ok, true);
    assert.equal(finding.text.endsWith(`as far as can be told: ${MACHINE} and ${USER} could not be read`), true);
  }
  const { text } = await findingOn(here, "win32", { PATH: path.join(here.home, "nowhere") });
  assert.match(text, /could not be read$/);
});

/** Reads the stores of another system within this process, with this PATH. */
function storesOn(platform, folder, environment, options) {
  const before = { ...process.env };
  Object.assign(process.env, environment);
  try {
    return readStores(platform, folder, options);
  } finally {
    for (const name of Object.keys(environment)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

test("a program that hangs and heeds no signal is ended", (test) => {
  const here = scratch(test);
  const PATH = programs(here, "reg", "trap '' TERM INT HUP\nwhile :; do sleep 1; done");
  const begun = Date.now();
  assert.deepEqual(
    storesOn("win32", undefined, { PATH }, { timeout: 100 }).map(({ text }) => text),
    [null, null],
  );
  assert.ok(Date.now() - begun < 5_000);
});

test("the managed preferences of macOS are read as plutil converts them, for all users and for this one", (test) => {
  const here = scratch(test);
  const folder = path.join(here.home, "Managed Preferences");
  const own = path.join(folder, os.userInfo().username);
  fs.mkdirSync(own, { recursive: true });
  const file = path.join(own, "com.anthropic.claudecode.plist");
  fs.writeFileSync(file, "bplist00");
  const asked = quoted(`-convert json -o - ${file}`);
  const plutil = `[ "$*" = ${asked} ] && [ "$(cat "$5")" = bplist00 ] || exit 1\nprintf %s `;
  assert.deepEqual(storesOn("darwin", folder, { PATH: programs(here, "plutil", plutil + quoted(FORBIDS)) }), [
    { from: file, text: FORBIDS },
  ]);
  const broken = `echo "$5: Property List error: Unexpected character" >&2; exit 1`;
  for (const PATH of [programs(here, "plutil", broken), "/nowhere"])
    assert.deepEqual(storesOn("darwin", folder, { PATH }), [{ from: file, text: null }]);
  assert.deepEqual(storesOn("darwin", path.join(here.home, "nothing"), { PATH: "/nowhere" }), []);
});

test("the policies of Windows count within its Linux if an administrator wants that", (test) => {
  const here = scratch(test);
  const folder = path.join(here.home, "ClaudeCode");
  const inherits = '{"wslInheritsWindowsSettings":true}';
  const on = (values) =>
    storesOn("linux", folder, { PATH: programs(here, "reg.exe", registry(values)), WSL_DISTRO_NAME: "Debian" })
      .map(({ text }) => text)
      .filter(Boolean);
  assert.deepEqual(on({ [MACHINE]: FORBIDS, [USER]: inherits }), []);
  assert.deepEqual(on({ [MACHINE]: inherits, [USER]: FORBIDS }), [inherits]);
  fs.mkdirSync(path.join(folder, "managed-settings.d"), { recursive: true });
  fs.writeFileSync(path.join(folder, "managed-settings.json"), inherits);
  fs.writeFileSync(path.join(folder, "managed-settings.d", "1.json"), FORBIDS);
  assert.deepEqual(on({ [MACHINE]: "{}", [USER]: inherits }), ["{}", inherits, FORBIDS, inherits]);
  assert.deepEqual(storesOn("linux", folder, { PATH: "/nowhere" }), []);
});
