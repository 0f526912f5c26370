"use strict";
const assert = require("node:assert/strict");
const { spawnSync } = require("node:child_process");
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { judgeTimes } = require("../../lib/doctor/overhead.js");
const { describeFileError } = require("../../lib/user-error.js");
const {
  call,
  connect,
  filesIn,
  hook,
  memfog,
  pretendShipper,
  run,
  scratch,
  until,
} = require("../../testing/scratch.js");
const { startServer } = require("../../testing/servers/server.js");
const { start } = require("../../testing/shipping.js");
const { asNobody } = require("../../testing/user.js");

const ERRNO = /\bE[A-Z]{3,}\b/;

/** Obstacles to connecting, and the message about each. */
const OBSTACLES = {
  ".claude is a file": [
    (here) => fs.writeFileSync(path.join(here.home, ".claude"), ""),
    /\.claude.* is a file and not a folder|\.claude.*exists already and is not what it should be/,
  ],
  "the settings are a folder": [
    (here) => fs.mkdirSync(here.settings, { recursive: true }),
    /settings\.json is a folder and not a file; move that folder away/,
  ],
  "the settings are links in a circle": [
    (here) => {
      fs.mkdirSync(path.dirname(here.settings));
      fs.symlinkSync("settings.json", here.settings);
    },
    /settings\.json is a circular link; remove that link/,
  ],
  "the settings may not be read": [
    (here) => {
      fs.mkdirSync(path.dirname(here.settings));
      fs.writeFileSync(here.settings, "{}", { mode: 0o000 });
    },
    /settings\.json can not be opened.*; give it back to yourself/,
  ],
  ".claude may not be written": [
    (here) => fs.mkdirSync(path.dirname(here.settings), { mode: 0o555 }),
    /\.claude.* can not be opened/,
  ],
  "the home may not be written": [(here) => fs.chmodSync(here.home, 0o555), /\.memfog can not be opened/],
  ".memfog is a file": [
    (here) => fs.writeFileSync(here.paths.home, ""),
    /\.memfog.*(?:is a file and not a folder|exists already)/,
  ],
};

for (const [name, [obstruct, says]] of Object.entries(OBSTACLES))
  test(`where ${name} it says what, where and what to do, and leaves nothing half done`, async (test) => {
    const here = scratch(test);
    const server = await startServer();
    test.after(server.stop);
    obstruct(here);
    const user = asNobody(here);
    const before = contentOf(here.home);
    const { code, stdout, stderr } = await memfog(
      here,
      ["connect", "claude-code", "--token", server.token, "--api", server.url],
      user,
    );
    fs.chmodSync(here.home, 0o755);
    assert.deepEqual([code, stdout, stderr.trim().split("\n").length], [1, "", 1], stderr);
    assert.match(stderr, says);
    assert.match(stderr, /Nothing was changed\.$/m);
    assert.doesNotMatch(stderr, ERRNO);
    assert.deepEqual(contentOf(here.home), before);
    const status = await memfog(here, ["status", "--json"], user);
    assert.deepEqual([status.code, status.stderr], [1, ""]);
    if (fs.statSync(here.paths.home, { throwIfNoEntry: false })?.isFile()) fs.rmSync(here.paths.home);
    assert.ok(JSON.parse(status.stdout).findings.length > 10);
  });

/** Every path below a folder, with the size of each file. */
function contentOf(folder) {
  return fs
    .readdirSync(folder, { recursive: true })
    .sort()
    .map((name) => {
      const stat = fs.lstatSync(path.join(folder, name));
      return `${name} ${stat.isFile() ? stat.size : ""}`;
    });
}

/** Mounts a small disk. Needs root, as in CI. */
function smallDisk(folder, size) {
  fs.mkdirSync(folder, { recursive: true });
  assert.equal(spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder]).status, 0, "root is needed");
  return () => spawnSync("umount", ["-l", folder]);
}

function fill(folder) {
  spawnSync("dd", ["if=/dev/zero", `of=${path.join(folder, "ballast")}`, "bs=512"], { stdio: "ignore" });
}

test("a full disk is told in words, and connect leaves nothing half done", async (test) => {
  const mounted = [];
  test.after(() => {
    for (const unmount of mounted) unmount();
  });
  const here = scratch(test);
  const server = await startServer();
  test.after(server.stop);
  const MEMFOG_HOME = path.join(here.home, "small", "m");
  const unmount = smallDisk(path.dirname(MEMFOG_HOME), "64k");
  mounted.push(unmount);
  const { code, stderr } = await call(here, ["connect", "claude-code", "--token", server.token, "--api", server.url], {
    env: { MEMFOG_HOME },
  });
  assert.equal(code, 1);
  assert.match(stderr, /the disk of .* is full; free some space and try again\. Nothing was changed\./);
  const left = [
    fs.existsSync(here.settings),
    filesIn(path.dirname(MEMFOG_HOME)),
    filesIn(path.join(here.home, ".claude")),
  ];
  unmount();
  assert.deepEqual(left, [false, [], []]);
});

test("doctor reports a full disk, the events lost on it, and a read-only one", async (test) => {
  const mounted = [];
  test.after(() => {
    for (const unmount of mounted) unmount();
  });
  const here = scratch(test);
  const server = await startServer();
  test.after(server.stop);
  const MEMFOG_HOME = path.join(here.home, "disk");
  const unmount = smallDisk(MEMFOG_HOME, "3m");
  mounted.push(unmount);
  const env = { MEMFOG_HOME };
  const connecting = () =>
    call(here, ["connect", "claude-code", "--token", server.token, "--api", server.url], { env });
  assert.equal((await connecting()).code, 0);
  pretendShipper({ paths: { lease: path.join(MEMFOG_HOME, "lease") } });
  fill(MEMFOG_HOME);
  for (const form of [{ file: "/bin/sh", args: [] }, "node"])
    await hook(here, { form, payload: { content: "x".repeat(200_000) } });
  const find = async (name) =>
    JSON.parse((await call(here, ["doctor", "--json"], { env })).stdout).findings.find((one) => one.name === name);
  assert.match((await find("disk")).text, /hooks can not keep events: the disk of .* is full/);
  assert.match((await find("lost")).text, /event\(s\) did not fit on the disk/);
  fs.rmSync(path.join(MEMFOG_HOME, "ballast"));
  assert.match((await find("disk")).text, /KiB are free/);
  spawnSync("mount", ["-o", "remount,ro", MEMFOG_HOME]);
  assert.match((await find("disk")).text, /is on a read-only disk/);
  const { code, stderr } = await connecting();
  unmount();
  assert.equal(code, 1);
  assert.match(stderr, /read-only disk; mount it for writing/);
});

test("the probe of doctor is no event: nothing of it is sent, and no shipper is started for it", async (test) => {
  const { here, server } = await start(test);
  fs.rmSync(here.paths.lease);
  assert.equal((await call(here, ["doctor"])).code, 0);
  assert.deepEqual([filesIn(here.paths.spool), fs.existsSync(here.paths.lease)], [[], false]);
  fs.writeFileSync(path.join(here.paths.spool, "5"), "memfog 1 doctor\n\0{}\0memfog 5\n");
  await hook(here, { payload: { index: 1 } });
  await until(() => server.events.size === 1, "the event is delivered");
  assert.deepEqual(server.hooks(), ["post_tool_use"]);
});

const GONE = {
  "a home that has moved": [
    (here) => {
      fs.renameSync(here.paths.home, path.join(here.home, "moved"));
      fs.cpSync(path.join(here.home, "moved"), here.paths.home, { recursive: true });
      rewrite(here.hookFile("sh"), here.paths.home, path.join(here.home, "elsewhere", ".memfog"));
    },
    "files",
    /lead to .*elsewhere/,
  ],
  "the program": [
    (here) => fs.rmSync(here.paths.clients, { recursive: true }),
    "files",
    /which the hooks need, is missing/,
  ],
  "a part of the program": [
    (here) => fs.rmSync(path.join(here.paths.clients, filesIn(here.paths.clients)[0], "lib", "shipper", "run.js")),
    "files",
    /run\.js, which the hooks need/,
  ],
  "the launcher": [(here) => fs.rmSync(path.join(here.paths.launchers, "memfog")), "files", /bin\/memfog is missing/],
  "a hook that writes nothing": [
    (here) =>
      fs.writeFileSync(
        here.hookFile("sh"),
        `${/^home=.*$/m.exec(fs.readFileSync(here.hookFile("sh"), "utf8"))[0]}\nexit 0\n`,
      ),
    "disk",
    /nothing arrived in/,
  ],
};

const rewrite = (file, from, to) => fs.writeFileSync(file, fs.readFileSync(file, "utf8").replaceAll(from, to));

for (const [name, [spoil, finding, says]] of Object.entries(GONE))
  test(`doctor finds ${name}, and connecting again mends it`, async (test) => {
    const { here, server } = await start(test);
    spoil(here);
    const find = async () =>
      JSON.parse((await call(here, ["doctor", "--json"])).stdout).findings.find((one) => one.name === finding);
    const found = await find();
    assert.equal(found.ok, false);
    assert.match(found.text, says);
    assert.match(found.remedy, /connect claude-code$/);
    await connect(here, server);
    assert.equal((await find()).ok, true);
  });

/** Writes a transcript of a session as the host does. Returns the session's id. */
function transcript(
  here,
  { begun: started, id = crypto.randomUUID(), entries = [{ type: "user", message: { content: "hello" } }] },
) {
  const folder = path.join(here.home, ".claude", "projects", "-p");
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${id}.jsonl`);
  fs.writeFileSync(
    file,
    entries
      .map((one) => `${JSON.stringify({ sessionId: id, timestamp: new Date(started).toISOString(), ...one })}\n`)
      .join(""),
  );
  return id;
}

/** Changes the time of connecting to one in the past, by default an hour ago. */
function connectedBefore(here, milliseconds = 3_600_000) {
  const account = JSON.parse(fs.readFileSync(here.paths.account, "utf8"));
  fs.writeFileSync(
    here.paths.account,
    JSON.stringify({ ...account, since: new Date(Date.now() - milliseconds).toISOString() }),
  );
}

const captureOf = async (here) =>
  JSON.parse((await call(here, ["doctor", "--json"])).stdout).findings.find((one) => one.name === "capture");

test("hooks that are installed and deliver no event of a growing transcript are reported", async (test) => {
  const { here } = await start(test);
  connectedBefore(here);
  const id = transcript(here, { begun: Date.now() - 600_000 });
  const found = await captureOf(here);
  assert.equal(found.ok, false);
  assert.match(found.text, new RegExp(`1 session\\(s\\) since connecting left no event, as .*${id}`));
  assert.match(found.remedy, /\/hooks/);
});

const NO_ALARM = {
  "a session that began before": (here) => transcript(here, { begun: Date.now() - 7_200_000 }),
  "one that has only just begun": (here) => transcript(here, { begun: Date.now() }),
  "one without a prompt": (here) => transcript(here, { begun: Date.now() - 600_000, entries: [{ type: "summary" }] }),
  "one whose event waits in the spool": async (here) =>
    hook(here, { payload: { session_id: transcript(here, { begun: Date.now() - 600_000 }) } }),
  "one whose events were delivered": async (here) => {
    await hook(here, { payload: { session_id: transcript(here, { begun: Date.now() - 600_000 }) } });
    assert.equal((await call(here, ["flush"])).code, 0);
  },
  "one in a folder that is excluded": async (here) => {
    fs.writeFileSync(here.paths.config, '{"exclude": ["/x"]}');
    await hook(here, { payload: { cwd: "/x", session_id: transcript(here, { begun: Date.now() - 600_000 }) } });
    assert.equal((await call(here, ["flush"])).code, 0);
  },
  "one during a pause": async (here) => {
    transcript(here, { begun: Date.now() - 600_000 });
    await call(here, ["pause"]);
  },
  "one during a pause that is over": async (here) => {
    transcript(here, { begun: Date.now() - 600_000 });
    await call(here, ["pause"]);
    await call(here, ["resume"]);
  },
};

for (const [name, make] of Object.entries(NO_ALARM))
  test(`${name} is no cause for alarm`, async (test) => {
    const { here } = await start(test);
    connectedBefore(here);
    await make(here);
    assert.equal((await captureOf(here)).ok, true);
  });

test("a hook is slow only beside a bare start at the same moment", () => {
  const times = (hook, bare) => judgeTimes({ hook: Array(11).fill(hook), bare: Array(11).fill(bare) });
  assert.deepEqual([times(5, 4).ok, times(400, 300).ok, times(400, 4).ok], [true, true, false]);
  assert.match(times(400, 300).text, /this machine is busy/);
  assert.match(times(400, 4).remedy, /slow disk/);
});

test("an error of a socket is none of a file", () => {
  assert.equal(
    describeFileError(Object.assign(new Error("x"), { code: "EACCES", syscall: "connect", address: "10.0.0.1" })),
    null,
  );
  assert.equal(describeFileError(new Error("x")), null);
});

test("an error that Node names in its own way is told in words as well", async (test) => {
  const { here } = await start(test);
  fs.rmSync(here.paths.starting, { force: true });
  fs.mkdirSync(here.paths.starting);
  const { code, stderr } = await call(here, ["flush"]);
  assert.equal(code, 1);
  assert.match(stderr, /starting is a folder and not a file; move that folder away and try again\.$/m);
  fs.rmdirSync(here.paths.starting);
});

test("what is typed wrongly names the command as it can be typed", async (test) => {
  const { here } = await start(test);
  assert.match((await call(here, ["frobnicate"])).stderr, /Try ~\/\.memfog\/bin\/memfog --help/);
  assert.match((await call(here, ["pause", "--for", "1h"])).stdout, /^Nothing is captured until/);
  assert.match((await call(here, ["pause"])).stdout, /until ~\/\.memfog\/bin\/memfog resume\.$/m);
  assert.equal((await run("/bin/sh", ["-c", "~/.memfog/bin/memfog resume"], { env: here.environment })).code, 0);
});
