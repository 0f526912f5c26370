"use strict";
const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { pathsIn } = require("../lib/paths.js");
const { pathWithClaude } = require("./claude.js");
const { call } = require("./inside.js");
const { newFolder } = require("./memory.js");

const CLIENT = path.dirname(__dirname);
const BIN = path.join(CLIENT, "bin", "memfog.js");
const PAYLOAD = {
  session_id: "11111111-1111-4111-8111-111111111111",
  cwd: "/home/alice/repo",
  hook_event_name: "PostToolUse",
  tool_name: "Bash",
};

/**
 * A new home folder for a test. The end of the test removes it, which ends the processes that run in it. `temporary` is
 * the system's folder for temporary files, by default one of its own.
 */
function scratch(test, { linger = 500, temporary = null } = {}) {
  const home = newFolder("memfog-test-");
  test.after(() => until(() => removed(home), "the scratch home is removed"));
  const tmp = temporary ?? newFolder("memfog-tmp-");
  test.after(() => fs.rmSync(tmp, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));
  const paths = pathsIn(path.join(home, ".memfog"));
  const settings = path.join(home, ".claude", "settings.json");
  const environment = { PATH: pathWithClaude(), HOME: home, TMPDIR: tmp, MEMFOG_LINGER: String(linger) };
  return {
    home,
    paths,
    settings,
    environment,
    hookFile: (form) => path.join(home, ".claude", "hooks", `memfog-hook.${form}`),
  };
}

/** A shipper ends when auth.json is missing. Until then, it may write a file into the folder that is being removed. */
function removed(home) {
  try {
    fs.rmSync(path.join(home, ".memfog", "auth.json"), { force: true });
    fs.rmSync(home, { recursive: true, force: true });
    return true;
  } catch (error) {
    if (error.code !== "ENOTEMPTY") throw error;
    return false;
  }
}

/** Runs a program until it ends: {code, signal, stdout, stderr}. */
function run(file, args, { input = "", stdin = "pipe", ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, stdio: [stdin, "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"])
      child[name].setEncoding("utf8").on("data", (text) => {
        output[name] += text;
      });
    child.on("error", reject).on("close", (code, signal) => resolve({ code, signal, ...output }));
    // A program that does not read its stdin closes it during the write.
    child.stdin?.on("error", () => {}).end(input);
  });
}

const memfog = (here, args, { env = {}, ...options } = {}) =>
  run(process.execPath, [BIN, ...args], { cwd: here.home, ...options, env: { ...here.environment, ...env } });

const connect = (here, server, ...args) =>
  call(here, ["connect", "claude-code", "--token", server.token, "--api", server.url, ...args]);

/** The entry that Claude Code runs for a hook, from the settings that connect wrote. */
function entryOf(here, event) {
  const { hooks } = JSON.parse(fs.readFileSync(here.settings, "utf8").replace(/^\ufeff/, ""));
  return hooks[event].at(-1).hooks.at(-1);
}

/** Runs an entry as Claude Code does: its command in a shell. */
const fire = (entry, options) => run("/bin/sh", ["-c", entry.command], options);

/** Runs one form of the installed hook: a shell of testing/hooks/shells.js, or "node". */
function hook(
  here,
  {
    form = { file: "/bin/sh", args: [] },
    name = "post_tool_use",
    registration = null,
    payload = PAYLOAD,
    project = "/home/alice/repo",
    env = {},
    ...options
  } = {},
) {
  const input = typeof payload === "string" || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);
  const environment = { ...here.environment, ...(project === null ? {} : { CLAUDE_PROJECT_DIR: project }), ...env };
  const hookArgs = registration === null ? [name] : [name, registration];
  if (form === "node")
    return run(process.execPath, [here.hookFile("cjs"), ...hookArgs], { ...options, input, env: environment });
  const args = [...form.args, "-c", '[ -r "$0" ] && . "$0"; exit 0', here.hookFile("sh"), ...hookArgs];
  return run(form.file, args, { ...options, argv0: form.argv0, input, env: environment });
}

/**
 * Keeps hooks from starting a shipper, as a running one would. The rename is a single step, because a shipper that is
 * ending removes the lease that it finds.
 */
function pretendShipper(here) {
  const aside = `${here.paths.lease}.pretended`;
  fs.writeFileSync(aside, "another");
  const time = new Date(Date.now() + 600_000);
  fs.utimesSync(aside, time, time);
  fs.renameSync(aside, here.paths.lease);
}

/** Starts a shipper as a child process of the test; `ended` resolves when it ends. */
function startShipper(here, env = {}) {
  fs.rmSync(here.paths.lease, { force: true });
  const child = spawn(process.execPath, [path.join(CLIENT, "lib", "shipper", "run.js"), here.paths.home], {
    env: { ...here.environment, ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return { child, ended: new Promise((resolve) => child.on("close", resolve)) };
}

/** Waits until `condition` holds, up to a deadline: no test sleeps for a guessed time. */
async function until(condition, what, deadline = 20_000) {
  const end = Date.now() + deadline;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not within ${deadline} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The report of `status`, which must have no finding except the time of a hook: the machine of a test may be busy. */
async function well(here, options) {
  const { code, stdout } = await call(here, ["status", "--json"], options);
  const report = JSON.parse(stdout);
  assert.deepEqual(
    report.findings.filter(({ name, ok }) => !ok && name !== "overhead"),
    [],
  );
  assert.equal(code, report.ok ? 0 : 1);
  return report;
}

const filesIn = (folder) => (fs.existsSync(folder) ? fs.readdirSync(folder) : []);

module.exports = {
  BIN,
  CLIENT,
  PAYLOAD,
  call,
  connect,
  entryOf,
  filesIn,
  fire,
  hook,
  memfog,
  pretendShipper,
  run,
  scratch,
  startShipper,
  until,
  well,
};
