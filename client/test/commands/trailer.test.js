"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { shipHere } = require("../../testing/inside.js");
const { call, connect, hook, memfog, run, scratch } = require("../../testing/scratch.js");
const { startServer } = require("../../testing/servers/server.js");

const [ONE, TWO] = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"];
const IDENTITY = Object.fromEntries(
  ["AUTHOR", "COMMITTER"].flatMap((who) => [
    [`GIT_${who}_NAME`, "Ada"],
    [`GIT_${who}_EMAIL`, "ada@example.com"],
  ]),
);
const BY_SESSION = { CLAUDECODE: "1", CLAUDE_CODE_SESSION_ID: ONE };

/** A connected machine with a repository; `git` runs git there, `trailers` reads those of the latest commit. */
async function start(test) {
  const server = await startServer();
  test.after(server.stop);
  const here = scratch(test);
  assert.equal((await connect(here, server)).code, 0);
  const env = { ...here.environment, ...IDENTITY, GIT_CONFIG_NOSYSTEM: "1" };
  const root = path.join(here.home, "repo");
  const gitIn =
    (cwd) =>
    async (args, more = {}) =>
      run("git", args, { cwd, env: { ...env, ...more } });
  const git = gitIn(root);
  fs.mkdirSync(root);
  await git(["init", "-q", "-b", "main"]);
  const commit = (more, ...args) => git(["commit", "-q", "--allow-empty", "-m", "Work", ...args], more);
  const trailers = async () => {
    const { stdout } = await git(["log", "-1", "--format=%(trailers:key=Memfog-Session,valueonly)"]);
    return stdout.split("\n").filter(Boolean);
  };
  const trailer = (...args) => call(here, ["trailer", ...args], { cwd: root });
  return {
    here,
    server,
    root,
    env,
    git,
    gitIn,
    commit,
    trailers,
    trailer,
    hookOf: path.join(root, ".git/hooks/prepare-commit-msg"),
  };
}

const listAll = (folder) => fs.readdirSync(folder, { recursive: true }).sort();

test("the commits of a session name it, once it is switched on, and a person's do not", async (test) => {
  const { commit, git, trailers, trailer, hookOf } = await start(test);
  await commit(BY_SESSION);
  assert.deepEqual(await trailers(), []);
  assert.match((await trailer()).stdout, /^Commits of sessions in .*repo now name them\.\nThe hook is .*--off/);
  assert.match((await trailer()).stdout, /name them already/);
  await commit(BY_SESSION);
  assert.deepEqual(await trailers(), [ONE]);
  assert.equal((await git(["log", "-1", "--format=%B"])).stdout.trim(), `Work\n\nMemfog-Session: ${ONE}`);
  await git(["commit", "-q", "--amend", "--no-edit", "--allow-empty"], BY_SESSION);
  assert.deepEqual(await trailers(), [ONE]);
  await commit({});
  assert.deepEqual(await trailers(), []);
  // A message that is not written yet stays empty, so that a person can give up the commit.
  const left = await git(["commit", "--allow-empty"], { ...BY_SESSION, GIT_EDITOR: "true" });
  assert.match(left.stderr, /empty commit message/);
  assert.equal((await trailer("--off")).code, 0);
  assert.ok(!fs.existsSync(hookOf));
  assert.match((await trailer("--off")).stdout, /had no trailer/);
});

test("lines that look like comments are words where nobody edits the message", async (test) => {
  const { git, trailers, trailer } = await start(test);
  await trailer();
  const commit = (...args) => git(["commit", "-q", "--allow-empty", ...args], { ...BY_SESSION, GIT_EDITOR: "true" });
  const body = async () => (await git(["log", "-1", "--format=%B"])).stdout.trim();
  await commit("-m", "# Only a heading");
  assert.equal(await body(), `# Only a heading\n\nMemfog-Session: ${ONE}`);
  await commit("-m", "Title", "-m", "# Heading");
  assert.equal(await body(), `Title\n\n# Heading\n\nMemfog-Session: ${ONE}`);
  // Where git strips such lines, nothing is left of the message, and it refuses the commit as before.
  assert.match((await commit("-e", "-m", "# Only a heading")).stderr, /empty commit message/);
  await git(["config", "commit.cleanup", "strip"]);
  assert.match((await commit("-m", "# Only a heading")).stderr, /empty commit message/);
  assert.deepEqual(await trailers(), [ONE]);
});

test("a session is known by its hooks where the host does not name it", async (test) => {
  const { here, commit, root, trailers, trailer } = await start(test);
  await trailer();
  const work = (session, cwd = root) => {
    const transcript = path.join(here.home, `${session}.jsonl`);
    fs.writeFileSync(transcript, "");
    const payload = { session_id: session, cwd, transcript_path: transcript, prompt: "Go" };
    return hook(here, { name: "prompt_submit", payload, project: cwd });
  };
  await work(ONE, path.join(root, "lib"));
  await work(TWO, here.home);
  await shipHere(here);
  await commit({});
  assert.deepEqual(await trailers(), [ONE]);
  await work(TWO);
  await shipHere(here);
  await commit({});
  assert.deepEqual(await trailers(), [], "two sessions are at work here");
});

test("a hook that is there runs first, may refuse a commit, and comes back byte for byte", async (test) => {
  const { commit, git, root, trailers, trailer, hookOf } = await start(test);
  const own = '#!/bin/sh\necho "Own: $2" >>"$1"\n[ ! -e refuse ]\n';
  fs.mkdirSync(path.dirname(hookOf), { recursive: true });
  fs.writeFileSync(hookOf, own, { mode: 0o751 });
  fs.chmodSync(hookOf, 0o751);
  const before = listAll(path.dirname(hookOf));
  await trailer();
  assert.equal((await commit(BY_SESSION)).code, 0);
  assert.match((await git(["log", "-1", "--format=%B"])).stdout, /Own: message/);
  assert.deepEqual(await trailers(), [ONE]);
  fs.writeFileSync(path.join(root, "refuse"), "");
  assert.equal((await commit(BY_SESSION)).code, 1);
  await trailer("--off");
  assert.equal(fs.readFileSync(hookOf, "utf8"), own);
  assert.equal(fs.statSync(hookOf).mode & 0o777, 0o751);
  assert.deepEqual(listAll(path.dirname(hookOf)), before);
});

test("repositories that share a folder of hooks are switched on one by one", async (test) => {
  const { here, commit, git, gitIn, trailers, trailer, root } = await start(test);
  const shared = path.join(here.home, "shared", "hooks");
  await git(["config", "--global", "core.hooksPath", shared]);
  await trailer();
  const other = path.join(here.home, "other");
  fs.mkdirSync(other);
  const gitThere = gitIn(other);
  await gitThere(["init", "-q"]);
  await gitThere(["commit", "-q", "--allow-empty", "-m", "Work"], BY_SESSION);
  assert.doesNotMatch((await gitThere(["log", "-1", "--format=%B"])).stdout, /Memfog/);
  await commit(BY_SESSION);
  assert.deepEqual(await trailers(), [ONE]);
  // A worktree belongs to its repository.
  await git(["worktree", "add", "-q", "../tree"]);
  await gitIn(path.join(here.home, "tree"))(["commit", "-q", "--allow-empty", "-m", "Work"], BY_SESSION);
  assert.match((await git(["log", "-1", "--format=%B", "tree"])).stdout, /Memfog-Session/);
  assert.match((await call(here, ["trailer"], { cwd: other })).stdout, /now name them/);
  await trailer("--off");
  assert.deepEqual(fs.readdirSync(shared), ["prepare-commit-msg"], "the other repository has it on");
  assert.equal((await call(here, ["trailer", "--off"], { cwd: other })).code, 0);
  assert.ok(!fs.existsSync(shared), "the folder was not there before");
  assert.ok(fs.existsSync(root));
});

test("a hook that was changed since is left alone", async (test) => {
  const { git, trailer, hookOf } = await start(test);
  await trailer();
  fs.appendFileSync(hookOf, "# mine\n");
  const answer = await trailer("--off");
  assert.deepEqual([answer.code, /was changed since/.test(answer.stderr)], [1, true]);
  assert.match(fs.readFileSync(hookOf, "utf8"), /# mine/);
  assert.match((await trailer()).stderr, /is Memfog's, but changed .*; delete it and try again/);
  await git(["config", "core.hooksPath", "/dev/null"]);
  assert.match((await trailer()).stderr, /runs no hooks here: \/dev\/null is no folder/);
});

test("what repeats other commits, and what is excluded, gets no trailer", async (test) => {
  const { here, commit, git, root, trailers, trailer } = await start(test);
  await commit({});
  await git(["checkout", "-q", "-b", "topic"]);
  fs.writeFileSync(path.join(root, "a"), "a");
  await git(["add", "a"]);
  await commit({});
  await git(["checkout", "-q", "main"]);
  await commit({});
  await trailer();
  assert.equal((await git(["rebase", "-q", "main", "topic"], BY_SESSION)).code, 0);
  assert.deepEqual(await trailers(), []);
  await git(["checkout", "-q", "main"]);
  await git(["merge", "-q", "--no-ff", "--no-edit", "topic"], BY_SESSION);
  assert.deepEqual(await trailers(), []);
  await git(["checkout", "-q", "-b", "picked", "HEAD~1"]);
  await git(["cherry-pick", "topic"], BY_SESSION);
  assert.deepEqual(await trailers(), []);
  fs.writeFileSync(path.join(root, ".memfogignore"), "");
  await commit(BY_SESSION);
  assert.deepEqual(await trailers(), []);
  assert.equal((await memfog(here, ["trailer", "--add", "gone"], { cwd: root })).code, 1);
});

test("a commit that is given up stays given up", async (test) => {
  const { git, root, trailers, trailer } = await start(test);
  await trailer();
  fs.writeFileSync(path.join(root, "a"), "a");
  fs.writeFileSync(path.join(root, ".git", "template"), "Why:\n");
  await git(["add", "a"]);
  const env = { ...BY_SESSION, GIT_EDITOR: "true" };
  for (const args of [["-v"], ["--template", ".git/template"]]) {
    assert.equal((await git(["commit", ...args], env)).code, 1, args.join(" "));
    assert.equal((await git(["-c", "core.commentChar=;", "commit", ...args], env)).code, 1, `${args} ;`);
  }
  assert.equal((await git(["commit", "-q", "-v", "-e", "-m", "Work"], env)).code, 0);
  assert.deepEqual(await trailers(), [ONE]);
});

test("the hook never runs itself, though its record is lost or another tool wraps it", async (test) => {
  const { here, commit, trailers, trailer, hookOf } = await start(test);
  await trailer();
  fs.rmSync(here.paths.trailers);
  await trailer();
  assert.deepEqual(
    fs.readdirSync(path.dirname(hookOf)).filter((name) => !name.endsWith(".sample")),
    ["prepare-commit-msg"],
  );
  // As pre-commit does it, twice.
  fs.renameSync(hookOf, `${hookOf}.legacy`);
  fs.writeFileSync(hookOf, '#!/bin/sh\n"$(dirname "$0")/prepare-commit-msg.legacy" "$@"\n', { mode: 0o755 });
  await trailer();
  assert.equal((await commit(BY_SESSION, "-q")).code, 0);
  assert.deepEqual(await trailers(), [ONE]);
});

const STUB = '#!/usr/bin/env sh\n. "$(dirname "$0")/h"';
const DISPATCHER = 's=$(dirname "$(dirname "$0")")/$(basename "$0")\n[ ! -f "$s" ] || sh -e "$s" "$@"\nexit $?\n';

/** A repository whose hooks husky keeps; `install` is what `npm install` does. */
async function startWithHusky(test) {
  const started = await start(test);
  const { commit, git, root, trailers } = started;
  const stubs = path.join(root, ".husky", "_");
  const install = () => fs.writeFileSync(path.join(stubs, "prepare-commit-msg"), STUB, { mode: 0o755 });
  fs.mkdirSync(stubs, { recursive: true });
  fs.writeFileSync(path.join(stubs, ".gitignore"), "*");
  fs.writeFileSync(path.join(stubs, "h"), DISPATCHER);
  fs.writeFileSync(path.join(root, ".husky", "prepare-commit-msg"), 'echo "Own: $2" >>"$1"\n');
  install();
  await git(["config", "core.hooksPath", ".husky/_"]);
  const works = async () => {
    await commit(BY_SESSION);
    assert.match((await git(["log", "-1", "--format=%B"])).stdout, /Own: message/);
    assert.deepEqual(await trailers(), [ONE]);
  };
  return { ...started, stubs, install, works };
}

test("a hook that asks its own name learns that of git", async (test) => {
  const { here, commit, git, stubs, trailer, install, works } = await startWithHusky(test);
  assert.doesNotMatch((await trailer()).stdout, /do not commit it/);
  await works();
  const findings = async () => JSON.parse((await call(here, ["doctor", "--json"])).stdout).findings;
  const commits = async () => (await findings()).find(({ name }) => name === "commits")?.text;
  assert.equal(await commits(), "1 hook(s) of git name the sessions of commits");
  install();
  assert.match(await commits(), /commits name no sessions: another tool changed .*\/_\/prepare-commit-msg$/);
  await trailer();
  await works();
  await git(["add", ".husky"]);
  await commit({});
  await git(["worktree", "add", "-q", "../tree"]);
  assert.match((await call(here, ["trailer"], { cwd: path.join(here.home, "tree") })).stdout, /do not commit it/);
  install();
  assert.match(
    (await trailer("--off")).stdout,
    /_\/prepare-commit-msg is another tool's.*\nRemoved the hook from .*tree/,
  );
  assert.equal(fs.readFileSync(path.join(stubs, "prepare-commit-msg"), "utf8"), STUB);
  assert.deepEqual(fs.readdirSync(stubs).sort(), [".gitignore", "h", "prepare-commit-msg"]);
  assert.equal(fs.existsSync(here.paths.trailers), false);
});

test("disconnecting takes the hook back, and a commit never needs it", async (test) => {
  const { here, commit, trailer, trailers, hookOf } = await start(test);
  await trailer();
  fs.renameSync(here.paths.launchers, `${here.paths.launchers}.gone`);
  assert.equal((await commit(BY_SESSION)).code, 0);
  assert.deepEqual(await trailers(), []);
  const { code, stdout } = await call(here, ["disconnect", "claude-code"]);
  assert.deepEqual([code, stdout.includes(`Commits name no sessions any more: removed ${hookOf}.`)], [0, true]);
  assert.ok(!fs.existsSync(hookOf));
  assert.match((await trailer()).stderr, /is not connected; run /);
  assert.equal((await call(here, ["trailer"])).code, 1, "no repository");
});
