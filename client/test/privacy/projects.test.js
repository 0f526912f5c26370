"use strict";
const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { mainOf, repoOf } = require("../../lib/git/repo.js");
const { makeExclusions } = require("../../lib/privacy/exclude.js");
const { folderKey, isWithin } = require("../../lib/privacy/folder-key.js");
const { listNames } = require("../../lib/privacy/folder-names.js");
const { pause, readPauses, resume, wasPaused } = require("../../lib/privacy/pause.js");
const { hook, call: memfog } = require("../../testing/scratch.js");
const { start, ship, spool } = require("../../testing/shipping.js");

const IDENTITY = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
const git = (folder, ...args) => execFileSync("git", [...IDENTITY, ...args], { cwd: folder, stdio: "pipe" });

function repository(folder) {
  fs.mkdirSync(folder, { recursive: true });
  git(folder, "init", "-q");
  git(folder, "commit", "-q", "--allow-empty", "-m", "x");
  return fs.realpathSync(folder);
}

const repos = (server) => Object.fromEntries([...server.events.values()].map(({ project, repo }) => [project, repo]));

test("worktrees and sub-folders of a repository without a remote have its folder as their repository", async (test) => {
  const { here, server } = await start(test);
  const main = repository(path.join(here.home, "main"));
  const beside = path.join(fs.realpathSync(here.home), "beside");
  git(main, "worktree", "add", "-q", beside);
  git(main, "worktree", "add", "-q", ".claude/worktrees/abc");
  fs.mkdirSync(path.join(main, "src"));
  const folders = [main, path.join(main, "src"), path.join(main, ".claude/worktrees/abc"), beside];
  await spool(here, ...folders.map((cwd) => ({ cwd })));
  await ship(test, here);
  assert.deepEqual(repos(server), Object.fromEntries(folders.map((folder) => [folder, main])));
});

test("a worktree that is gone keeps its repository", async (test) => {
  const { here, server } = await start(test);
  const main = repository(path.join(here.home, "main"));
  const beside = path.join(fs.realpathSync(here.home), "beside");
  git(main, "worktree", "add", "-q", beside);
  git(main, "worktree", "add", "-q", ".claude/worktrees/abc");
  await spool(here, { cwd: beside });
  await ship(test, here);
  fs.rmSync(beside, { recursive: true });
  fs.rmSync(path.join(main, ".claude"), { recursive: true });
  const gone = [path.join(beside, "src", "deep"), path.join(main, ".claude/worktrees/abc")];
  await spool(here, ...gone.map((cwd) => ({ cwd })));
  await ship(test, here);
  assert.deepEqual(repos(server), Object.fromEntries([beside, ...gone].map((folder) => [folder, main])));
});

test("a bare repository names its worktrees, a submodule itself, and no repository nothing", (test) => {
  const home = fs.realpathSync(fs.mkdtempSync(path.join(require("node:os").tmpdir(), "memfog-repos-")));
  test.after(() => fs.rmSync(home, { recursive: true, force: true }));
  const main = repository(path.join(home, "main"));
  git(home, "clone", "-q", "--bare", main, "bare");
  git(path.join(home, "bare"), "remote", "remove", "origin");
  git(path.join(home, "bare"), "worktree", "add", "-q", path.join(home, "tree"));
  git(main, "-c", "protocol.file.allow=always", "submodule", "add", "-q", path.join(home, "bare"), "sub");
  assert.equal(repoOf(path.join(home, "tree")), path.join(home, "bare"));
  assert.equal(repoOf(path.join(main, "sub")), path.join(main, "sub"));
  assert.deepEqual([home, "", "relative", path.join(home, "gone")].map(repoOf), [null, null, null, null]);
  assert.equal(mainOf(path.join(home, "tree")), path.join(home, "bare"));
});

test("a worktree is excluded and paused with its main folder, wherever it lies", async (test) => {
  const { here, server } = await start(test);
  const main = repository(path.join(here.home, "main"));
  const beside = path.join(fs.realpathSync(here.home), "beside");
  git(main, "worktree", "add", "-q", beside);
  git(main, "remote", "add", "origin", "https://example.org/alice/main");
  fs.writeFileSync(here.paths.config, JSON.stringify({ exclude: [main] }));
  await spool(here, { cwd: beside }, { cwd: main }, { cwd: here.home });
  await ship(test, here);
  assert.deepEqual(Object.keys(repos(server)), [here.home]);
  fs.rmSync(here.paths.config);
  await memfog(here, ["pause", "--project"], { cwd: main });
  await hook(here, { project: beside, payload: { cwd: beside, index: 1 } });
  await ship(test, here);
  assert.equal(server.events.size, 1);
});

const SPELLINGS = [
  "C:\\Users\\Alice\\p",
  "c:\\users\\alice\\p",
  "C:/Users/Alice/p",
  "/mnt/c/Users/Alice/p",
  "c:/USERS/alice/P/",
];

for (const one of SPELLINGS)
  for (const other of SPELLINGS)
    test(`${one} and ${other} are one folder to exclusions and pauses`, async (test) => {
      assert.equal(folderKey(one), folderKey(other));
      const { hasFolder } = makeExclusions([one], "/home/alice");
      assert.deepEqual([other, `${other}/sub`, `${other.replace(/\/$/, "")}q`].map(hasFolder), [true, true, false]);
      const { here } = await start(test);
      pause(here.paths, { project: one });
      const paused = (folder) => wasPaused(readPauses(here.paths), Date.now() + 1_000, () => listNames(folder));
      assert.deepEqual([other, `${other}/sub`, "C:/Users/Bob/p", "/home/alice/p"].map(paused), [
        true,
        true,
        false,
        false,
      ]);
      assert.equal(resume(here.paths, { project: other }), 1);
      assert.equal(paused(other), false);
    });

test("folders of Linux differ by their case, and a pattern for mounted drives still holds", () => {
  assert.notEqual(folderKey("/home/alice/P"), folderKey("/home/alice/p"));
  assert.equal(isWithin("/home/alice/p/.claude/worktrees/x/src", "/home/alice/p/src"), true);
  assert.equal(isWithin("/home/alice/pq", "/home/alice/p"), false);
  assert.equal(isWithin("/home", "/"), true);
  const { hasFolder } = makeExclusions(["/mnt/*/secret", "/mnt/data"], "/home/alice");
  assert.deepEqual(["/mnt/c/secret/x", "/mnt/data/x", "/mnt/c/open"].map(hasFolder), [true, true, false]);
});
