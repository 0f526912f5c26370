"use strict";
const assert = require("node:assert/strict");
const { spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { listSpool, isComplete, readSpoolFile } = require("../../lib/shipper/spool/spool.js");
const { connect, filesIn, hook, pretendShipper, run, scratch, until } = require("../scratch.js");
const { startServer } = require("../servers/server.js");

const SILENT = { code: 0, signal: null, stdout: "", stderr: "" };
const NOBODY = 65534;

async function connected(test, options) {
  const server = await startServer();
  test.after(server.stop);
  const here = scratch(test, options);
  assert.equal((await connect(here, server)).code, 0);
  return { here, server };
}

const spooled = (here) =>
  listSpool(here.paths.spool)
    .filter(isComplete)
    .map((entry) => readSpoolFile(entry));

// Each form reserves file names in its own way.
const MANY = 200;
const PROJECTS = [
  "/a folder/ with  spaces ",
  "/new\nline\n",
  "/Ünïcode/日本語/🦊",
  `/quotes'"\`$(touch x)\\n%s`,
  "-n",
  "",
];

/** The command line that runs a form of the hook. */
function commandOf(here, form) {
  if (form === "node") return [process.execPath, here.hookFile("cjs"), "stop"];
  return [form.file, ...form.args, here.hookFile("sh"), "stop"];
}

async function keepsProject(test, form, project) {
  const { here } = await connected(test);
  pretendShipper(here);
  assert.deepEqual(await hook(here, { form, project }), SILENT);
  assert.equal(spooled(here)[0].root, project);
}

async function spoolsStdin(test, form) {
  const { here } = await connected(test);
  pretendShipper(here);
  const payload = Buffer.concat([Buffer.from('{"a":"\\u0000é'), Buffer.from([0, 255, 10, 0]), Buffer.from('"}\n\n')]);
  assert.deepEqual(await hook(here, { form, payload, name: "stop" }), SILENT);
  const [file] = spooled(here);
  assert.equal(file.hook, "stop");
  assert.deepEqual(file.payload, payload);
  assert.equal(fs.statSync(path.join(here.paths.spool, filesIn(here.paths.spool)[0])).mode & 0o777, 0o600);
}

async function keepsSixMegabytes(test, form) {
  const { here } = await connected(test);
  pretendShipper(here);
  const payload = JSON.stringify({ content: "x\u0001é".repeat(1_500_000) });
  assert.deepEqual(await hook(here, { form, payload }), SILENT);
  const [name] = filesIn(here.paths.spool);
  const written = fs.readFileSync(path.join(here.paths.spool, name));
  const begin = written.indexOf(0) + 1;
  assert.equal(
    written.subarray(begin, written.length - `\0memfog ${name}\n`.length).equals(Buffer.from(payload)),
    true,
  );
}

async function writesNothingUnconnected(test, form) {
  const { here } = await connected(test);
  fs.rmSync(here.paths.auth);
  assert.deepEqual(await hook(here, { form }), SILENT);
  assert.deepEqual(filesIn(here.paths.spool), []);
  fs.rmSync(here.paths.home, { recursive: true });
  assert.deepEqual(await hook(here, { form }), SILENT);
  assert.equal(fs.existsSync(here.paths.home), false);
}

async function survivesClosedStdin(test, form) {
  const { here } = await connected(test);
  pretendShipper(here);
  const args = commandOf(here, form);
  assert.deepEqual(await run("/bin/sh", ["-c", '"$@" <&-', "sh", ...args], { env: here.environment }), SILENT);
  assert.deepEqual(
    spooled(here)
      .map((file) => file.payload.length)
      .filter((length) => length > 0),
    [],
  );
}

async function survivesReadOnlyHome(test, form) {
  const { here } = await connected(test);
  pretendShipper(here);
  fs.rmSync(here.paths.spool, { recursive: true });
  // Root may write everywhere, so the hook runs as the user nobody, in a home that it can read.
  const asNobody = process.getuid() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const folders = [here.home, here.paths.home, path.dirname(here.settings), path.dirname(here.hookFile("sh"))];
  for (const folder of folders) fs.chmodSync(folder, 0o555);
  for (const file of [here.hookFile("sh"), here.hookFile("cjs"), here.paths.auth]) fs.chmodSync(file, 0o444);
  const result = await hook(here, { form, cwd: "/", ...asNobody });
  for (const folder of folders) fs.chmodSync(folder, 0o755);
  assert.deepEqual(result, SILENT);
  assert.equal(fs.existsSync(here.paths.spool), false);
}

async function survivesFullDisk(test, form) {
  const { here } = await connected(test);
  pretendShipper(here);
  fs.rmSync(here.paths.spool, { recursive: true });
  fs.writeFileSync(here.paths.spool, "");
  assert.deepEqual(await hook(here, { form }), SILENT);
  fs.rmSync(here.paths.spool);
  fs.mkdirSync(here.paths.spool);
  // A limit on the file size makes the write fail as a full disk does.
  const args = commandOf(here, form);
  const limited = await run("/bin/sh", ["-c", 'trap "" XFSZ; ulimit -f 8; "$@"', "sh", ...args], {
    env: here.environment,
    input: "x".repeat(100_000),
  });
  assert.deepEqual(limited, SILENT);
  assert.deepEqual(filesIn(here.paths.spool), []);
}

async function overwritesNoFile(test, form) {
  const { here } = await connected(test);
  pretendShipper(here);
  const before = Array.from({ length: 30 }, (_, index) => index);
  for (const index of before) await hook(here, { form, payload: { index } });
  const names = new Set(filesIn(here.paths.spool));
  assert.equal(names.size, before.length);
  const marked = () => filesIn(here.paths.spool).filter((one) => one.includes("."));
  let fired = before.length;
  // Takes every process id that may come next, unless other programs start thousands of processes meanwhile.
  for (let tries = 0; tries < 20 && marked().length === 0; tries += 1, fired += 1) {
    const next = ownPid();
    for (let id = next; id < next + 2_000; id += 1) {
      const file = path.join(here.paths.spool, String(id));
      if (!fs.existsSync(file)) fs.writeFileSync(file, "older");
    }
    await hook(here, { form, payload: { index: `new ${tries}` } });
  }
  assert.equal(marked().length, 1);
  assert.equal(spooled(here).length, fired);
}

async function losesNothingAtOnce(test, form) {
  const { here, server } = await connected(test, { linger: 2_000 });
  const results = await Promise.all(
    Array.from({ length: MANY }, (_, index) => hook(here, { form, payload: { index } })),
  );
  assert.deepEqual(
    results.filter((result) => JSON.stringify(result) !== JSON.stringify(SILENT)),
    [],
  );
  await until(() => server.events.size === MANY, `${MANY} events delivered, not ${server.events.size}`, 60_000);
  assert.equal(server.busiest, 1);
  assert.equal(shippersOf(here).length, 1);
  assert.deepEqual(new Set([...server.events.values()].map((event) => event.kind.data.data.index)).size, MANY);
}

async function outlivesDeadClaim(test, form) {
  const { here, server } = await connected(test);
  fs.writeFileSync(here.paths.starting, "");
  assert.deepEqual(await hook(here, { form, payload: { index: 1 } }), SILENT);
  assert.equal(spooled(here).length, 1);
  const past = new Date(Date.now() - 150_000);
  fs.utimesSync(here.paths.starting, past, past);
  assert.deepEqual(await hook(here, { form, payload: { index: 2 } }), SILENT);
  await until(() => server.events.size === 2, "both events delivered");
}

async function startsShipperThatSurvives(test, form) {
  const { here, server } = await connected(test, { linger: 20_000 });
  const args = commandOf(here, form);
  // The parent keeps running, as Claude Code does, so that the test can kill its process group.
  const parent = spawn("/bin/sh", ["-c", '"$@" </dev/null; exec cat', "sh", ...args], {
    env: { ...here.environment, CLAUDE_PROJECT_DIR: "/home/alice/repo" },
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const gone = new Promise((resolve) => parent.on("close", resolve));
  await until(() => fs.existsSync(here.paths.lease), "a shipper has the lease");
  process.kill(-parent.pid, "SIGKILL");
  await gone;
  await hook(here, { form, payload: { index: "after" } });
  await until(() => server.events.size === 2, "the event after the kill is delivered");
}

const TESTS = {
  "it spools stdin untouched, prints nothing and exits 0": spoolsStdin,
  "it keeps six megabytes whole": keepsSixMegabytes,
  "it writes nothing without auth.json": writesNothingUnconnected,
  "it exits 0 and leaves nothing when stdin is closed": survivesClosedStdin,
  "it exits 0 in a home it may not write": survivesReadOnlyHome,
  "it exits 0 when the spool is a file, and when the disk is full": survivesFullDisk,
  "it never overwrites a file when its process id recurs": overwritesNoFile,
  [`${MANY} hooks at once lose nothing and start one shipper`]: losesNothingAtOnce,
  "a claim whose starter died holds nobody up for more than a minute or two": outlivesDeadClaim,
  "the shipper it starts survives the end of the hook's process group": startsShipperThatSurvives,
};

/** Tests one form of the hook: a shell of shells.js, or "node". */
function testHook({ name, form }) {
  for (const [title, run] of Object.entries(TESTS)) test(`${name}: ${title}`, (test) => run(test, form));
  for (const project of PROJECTS)
    test(`${name}: it keeps the folder ${JSON.stringify(project)}`, (test) => keepsProject(test, form, project));
}

/** The id of a process that starts now. */
function ownPid() {
  return spawnSync("/bin/true").pid;
}

/** Process ids of the shippers that serve this home. */
function shippersOf(here) {
  return filesIn("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const args = fs.readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
        return args[1]?.endsWith("/run.js") && args[2] === here.paths.home;
      } catch {
        return false;
      }
    });
}

module.exports = { SILENT, connected, testHook };
