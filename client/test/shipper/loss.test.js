"use strict";
// Kills processes, fills the disk, starts races and changes the clock, and counts: every event whose file was complete
// in the spool arrives exactly once or is named in `status`, and a hook that cannot write does not disturb the session.
// MEMFOG_TEST_LOSS=full tries every step and more hooks. By default a test tries some of the steps, and other ones each
// day, so that a week of runs tries all. MEMFOG_TEST_LOSS=3 repeats day 3: a failed run names its day.
const assert = require("node:assert/strict");
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { after, test } = require("node:test");
const { listSpool, isComplete } = require("../../lib/shipper/spool/spool.js");
const { readState } = require("../../lib/shipper/state.js");
const { killedVersions } = require("../../testing/hooks/killed-hook.js");
const {
  CLIENT,
  connect,
  filesIn,
  hook,
  memfog,
  pretendShipper,
  startShipper,
  until,
} = require("../../testing/scratch.js");
const { ship, shipOn, start } = require("../../testing/shipping.js");

const FULL = process.env.MEMFOG_TEST_LOSS === "full";
const DAYS = 7;
const DAY = Number(FULL ? 0 : process.env.MEMFOG_TEST_LOSS || Math.floor(Date.now() / 86_400_000)) % DAYS;
const SILENT = { code: 0, signal: null, stdout: "", stderr: "" };
const KILLER = path.join(CLIENT, "testing", "hooks", "killer.cjs");
const FORMS = [
  { name: "sh", form: { file: "/bin/sh", args: [] }, file: "sh" },
  { name: "node", form: "node", file: "cjs" },
];
const rows = [];

after(() => {
  const width = Math.max(...rows.map(({ what }) => what.length));
  console.log(`${"".padEnd(width)}  rounds  events  arrived  twice  named  lost`);
  for (const { what, rounds, events, arrived, twice, named } of rows)
    console.log(
      what.padEnd(width),
      ...[rounds, events, arrived, twice, named, events - arrived - named].map((number, index) =>
        String(number).padStart([7, 7, 8, 6, 6, 5][index]),
      ),
    );
});

/** Counts the results of one kind of failure; the returned function adds those of one round. */
function account(what) {
  const row = { what, rounds: 0, events: 0, arrived: 0, twice: 0, named: 0 };
  rows.push(row);
  return async (here, server, indexes) => {
    const arrived = () =>
      [...server.events.values()]
        .filter((event) => event.kind.type === "HookEvent")
        .map((event) => event.kind.data.data.index);
    // A hook that was killed late has already started a shipper, which may still be delivering.
    await until(() => indexes.every((index) => arrived().includes(index)), "all events arrived", 3_000).catch(() => {});
    const arrivals = arrived();
    const distinct = new Set(arrivals);
    const missing = indexes.filter((index) => !distinct.has(index)).length;
    const named = missing === 0 ? 0 : Math.min(missing, await namedInStatus(here));
    Object.assign(row, {
      rounds: row.rounds + 1,
      events: row.events + indexes.length,
      arrived: row.arrived + indexes.length - missing,
      twice: row.twice + arrivals.length - distinct.size,
      named: row.named + named,
    });
    assert.deepEqual({ missing: missing - named, twice: arrivals.length - distinct.size }, { missing: 0, twice: 0 });
    server.events.clear();
  };
}

async function namedInStatus(here) {
  const { waiting, quarantined, findings } = JSON.parse((await memfog(here, ["status", "--json"])).stdout);
  const dropped = /^(\d+) event/.exec(findings.find((one) => one.name === "lost").text)?.[1] ?? 0;
  return waiting + quarantined + Number(dropped);
}

/** The part of the steps that is tried today. */
const sampled = (steps) => steps.filter((_, index) => FULL || index % DAYS === DAY);

const wholeIndexes = (here) =>
  listSpool(here.paths.spool)
    .filter(isComplete)
    .map(({ path: file }) => JSON.parse(fs.readFileSync(file, "utf8").split("\0")[1]).index);

/** Puts a complete event into the spool, as the hook does. */
function put(here, index, { name = `${90_000 + index}`, time = null } = {}) {
  const file = path.join(here.paths.spool, name);
  fs.writeFileSync(file, `memfog 1 post_tool_use\n/p\0${JSON.stringify({ index })}\0memfog ${name}\n`);
  if (time) fs.utimesSync(file, time, time);
}

function reset(here) {
  for (const folder of [here.paths.spool, here.paths.outbox, here.paths.quarantine])
    for (const name of filesIn(folder)) fs.rmSync(path.join(folder, name));
  for (const file of [here.paths.lease, here.paths.starting, here.paths.state]) fs.rmSync(file, { force: true });
}

for (const { name, form, file } of FORMS)
  test(`kill -9 of the hook (${name}) between any two steps`, { timeout: 300_000 }, async (test) => {
    const { here, server } = await start(test);
    const settleAccount = account(`kill -9 of the hook, ${name}`);
    const original = fs.readFileSync(here.hookFile(file));
    const versions = killedVersions(here.hookFile(file), name);
    assert.ok(versions.length >= 10, `${versions.length} places for a kill`);
    for (const { line, text } of sampled(versions)) {
      test.diagnostic(`day ${DAY}, line ${line}`);
      reset(here);
      fs.writeFileSync(here.hookFile(file), text);
      await hook(here, { form, payload: { index: 1 } });
      const seen = wholeIndexes(here);
      fs.writeFileSync(here.hookFile(file), original);
      pretendShipper(here);
      assert.deepEqual(await hook(here, { form, payload: { index: 2 } }), SILENT);
      await ship(test, here);
      await settleAccount(here, server, [...seen, 2]);
    }
  });

test("kill -9 of the shipper between any two steps", { timeout: 600_000 }, async (test) => {
  const { here, server } = await start(test);
  const settleAccount = account("kill -9 of the shipper");
  const steps = await stepsOfShipper(test, here, server);
  assert.ok(steps > 30, `${steps} steps`);
  let kills = 0;
  const tried = sampled(Array.from({ length: steps }, (_, index) => index + 1));
  for (const step of tried) {
    test.diagnostic(`day ${DAY}, step ${step}`);
    reset(here);
    for (const index of [1, 2, 3]) put(here, index);
    const killed = startShipper(here, { NODE_OPTIONS: `--require=${KILLER}`, MEMFOG_KILL_AT: String(step) });
    await killed.ended;
    if (killed.child.signalCode === "SIGKILL") kills += 1;
    await ship(test, here);
    await settleAccount(here, server, [1, 2, 3]);
    assert.deepEqual(
      filesIn(here.paths.outbox).filter((name) => name.endsWith(".json")),
      [],
    );
  }
  // Some runs have fewer steps than the counted one, because the number of looks into the folder varies.
  assert.ok(kills >= tried.length / 2, `${kills} kills of ${tried.length}`);
});

async function stepsOfShipper(test, here, server) {
  const file = path.join(here.home, "steps");
  for (const index of [1, 2, 3]) put(here, index);
  await ship(test, here, { NODE_OPTIONS: `--require=${KILLER}`, MEMFOG_COUNT_STEPS: file });
  server.events.clear();
  return Number(fs.readFileSync(file, "utf8"));
}

/**
 * Points at which a server may die: before it reads, after its commit, in the middle of its answer, after a part of a
 * batch.
 */
const DEATHS = {
  "before it answers": "cut",
  "after its commit": (events, store) => {
    store(events);
    return "cut";
  },
  "with half of them committed": (events, store) => {
    store(events.slice(0, 1));
    return "cut";
  },
  "with an answer cut short": (events, store) => ({ status: 200, body: JSON.stringify(store(events)).slice(0, -3) }),
  "behind a proxy that says 502": (events, store) => {
    store(events);
    return { status: 502, body: "<h1>Bad gateway" };
  },
};

for (const [when, death] of Object.entries(DEATHS))
  test(`the server dies ${when}`, async (test) => {
    const { here, server } = await start(test);
    const settleAccount = account(`the server dies ${when}`);
    for (const index of [1, 2, 3]) put(here, index);
    server.next.push(death);
    await ship(test, here);
    await settleAccount(here, server, [1, 2, 3]);
  });

test("hundreds of hooks at once", { timeout: 300_000 }, async (test) => {
  const { here, server } = await start(test, { linger: 2_000 });
  const settleAccount = account("hooks at once");
  const indexes = Array.from({ length: FULL ? 1_000 : 200 }, (_, index) => index);
  fs.rmSync(here.paths.lease);
  const results = await Promise.all(indexes.map((index) => hook(here, { payload: { index } })));
  assert.deepEqual(
    results.filter((result) => JSON.stringify(result) !== JSON.stringify(SILENT)),
    [],
  );
  await until(() => server.events.size === indexes.length, "all events delivered", 120_000);
  await settleAccount(here, server, indexes);
});

test("shippers that race, of which some are killed", async (test) => {
  const { here, server } = await start(test, { linger: 300 });
  const settleAccount = account("shippers race and are killed");
  for (let round = 0; round < (FULL ? 20 : 4); round += 1) {
    reset(here);
    const indexes = Array.from({ length: 30 }, (_, index) => index);
    for (const index of indexes) put(here, index);
    const all = Array.from({ length: 5 }, () => shipOn(test, here));
    server.next.push((events, store) => {
      const body = store(events);
      for (const { child } of all.slice(0, 3)) child.kill("SIGKILL");
      return { status: 200, body };
    });
    await Promise.all(all.map((one) => one.ended));
    // The lease of a killed shipper stays valid for a few seconds. A later shipper delivers the rest.
    fs.rmSync(here.paths.lease, { force: true });
    await ship(test, here);
    server.next.length = 0;
    await settleAccount(here, server, indexes);
  }
});

test("the server is away, and back later", async (test) => {
  const { here, server } = await start(test);
  const settleAccount = account("the server is away, then back");
  const port = Number(new URL(server.url).port);
  await server.stop();
  const shipper = startShipper(here);
  test.after(() => shipper.child.kill("SIGKILL"));
  const anHourAgo = new Date(Date.now() - 3_600_000);
  const indexes = Array.from({ length: 50 }, (_, index) => index);
  for (const index of indexes) put(here, index, { time: index < 25 ? anHourAgo : null });
  await until(() => /ECONNREFUSED/.test(readState(here.paths).stopped?.reason), "the shipper has tried");
  await back(test, server, port);
  await until(() => server.events.size === 50, "all events delivered");
  await shipper.ended;
  await settleAccount(here, server, indexes);
});

/** A server on the same port with the same stored events. */
async function back(test, server, port) {
  const listener = http.createServer((incoming, outgoing) => server.handle(incoming, outgoing));
  await new Promise((resolve) => listener.listen(port, "127.0.0.1", resolve));
  test.after(() => {
    listener.close();
    listener.closeAllConnections();
  });
}

test("the disk is full, then read-only, then well again", async (test) => {
  const { here, server } = await start(test);
  const settleAccount = account("the disk is full, then read-only");
  const home = here.paths.home;
  const unmount = onSmallDisk(test, home, "600k");
  const seen = [];
  put(here, 0);
  fill(home);
  for (let index = 1; index <= 5; index += 1)
    for (const { form } of FORMS)
      assert.deepEqual(await hook(here, { form, payload: { index, content: "x".repeat(20_000) } }), SILENT);
  seen.push(...wholeIndexes(here));
  const patient = shipOn(test, here);
  await Promise.race([patient.ended, until(() => fs.existsSync(here.paths.lease), "the shipper has started")]);
  patient.child.kill("SIGKILL");
  await patient.ended;
  fs.rmSync(path.join(home, "ballast"));
  pretendShipper(here);
  await hook(here, { payload: { index: 6 } });
  remount(home, "ro");
  for (const { form } of FORMS) assert.deepEqual(await hook(here, { form, payload: { index: 7 } }), SILENT);
  const readOnly = spawnSync(process.execPath, [path.join(CLIENT, "lib", "shipper", "run.js"), home], {
    env: here.environment,
    timeout: 20_000,
  });
  assert.notEqual(readOnly.signal, "SIGTERM");
  remount(home, "rw");
  await ship(test, here);
  await settleAccount(here, server, [...new Set([...seen.filter((index) => index !== 0), 0, 6])]);
  unmount();
});

/** Moves a folder with its files onto a small disk. Needs root, as in CI. */
function onSmallDisk(test, folder, size) {
  const aside = `${folder}.aside`;
  fs.cpSync(folder, aside, { recursive: true, preserveTimestamps: true });
  for (const name of ["client", "bin"]) fs.rmSync(path.join(aside, name), { recursive: true, force: true });
  const client = path.join(folder, "..", "program");
  fs.renameSync(path.join(folder, "client"), client);
  run("mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder);
  const unmount = () => spawnSync("umount", [folder]);
  test.after(unmount);
  fs.cpSync(aside, folder, { recursive: true, preserveTimestamps: true });
  fs.symlinkSync(client, path.join(folder, "client"));
  return unmount;
}

const remount = (folder, mode) => run("mount", "-o", `remount,${mode}`, folder);

function run(file, ...args) {
  const { status, stderr } = spawnSync(file, args, { encoding: "utf8" });
  assert.equal(status, 0, `${file} ${args.join(" ")}: ${stderr} (root is needed)`);
}

function fill(folder) {
  const descriptor = fs.openSync(path.join(folder, "ballast"), "w");
  try {
    for (const size of [65_536, 4_096, 512])
      for (;;) {
        try {
          if (fs.writeSync(descriptor, Buffer.alloc(size)) < size) break;
        } catch (error) {
          if (error.code !== "ENOSPC") throw error;
          break;
        }
      }
  } finally {
    fs.closeSync(descriptor);
  }
}

test("the clock is ten years off, either way", async (test) => {
  const { here, server } = await start(test);
  const settleAccount = account("the clock is ten years off");
  for (const years of [-10, 10]) {
    reset(here);
    const off = new Date(Date.now() + years * 365.25 * 86_400_000);
    for (const index of [1, 2, 3]) put(here, index, { time: off });
    fs.writeFileSync(here.paths.lease, "of then");
    fs.utimesSync(here.paths.lease, off, off);
    fs.writeFileSync(here.paths.starting, "");
    fs.utimesSync(here.paths.starting, off, off);
    await hook(here, { name: "session_start", payload: { index: 4 } });
    await until(() => server.events.size === 4, "delivered");
    await until(() => !fs.existsSync(here.paths.lease), "the shipper has ended");
    await settleAccount(here, server, [1, 2, 3, 4]);
  }
});

test("an upgrade finds an old spool, an old outbox and an old shipper", async (test) => {
  const { here, server } = await start(test, { linger: 20_000 });
  const settleAccount = account("an upgrade in the middle");
  const [client] = filesIn(here.paths.clients);
  fs.renameSync(path.join(here.paths.clients, client), path.join(here.paths.clients, "0.0.9-old"));
  server.next.push({ status: 503, headers: { "Retry-After": "60" } });
  for (const index of [1, 2]) put(here, index);
  const old = shipOn(test, here);
  await until(() => server.requests.length === 1, "the old shipper has tried");
  put(here, 3);
  await connect(here, server);
  await old.ended;
  put(here, 4);
  await hook(here, { payload: { index: 5 } });
  await until(() => server.events.size === 5, "all events delivered");
  assert.deepEqual(filesIn(here.paths.clients), [client]);
  await settleAccount(here, server, [1, 2, 3, 4, 5]);
});

test("the machine went down: a lease, a claim, half files and temporaries are left", async (test) => {
  const { here, server } = await start(test);
  const settleAccount = account("the machine went down");
  for (const index of [1, 2]) put(here, index);
  fs.writeFileSync(path.join(here.paths.spool, "77"), 'memfog 1 stop\n/p\0{"index": 9');
  fs.writeFileSync(path.join(here.paths.spool, "78"), "");
  fs.writeFileSync(path.join(here.paths.outbox, "00000000000000000-00-x.json.abc.tmp"), "{");
  const before = new Date(Date.now() - 120_000);
  for (const file of [here.paths.lease, here.paths.starting]) {
    fs.writeFileSync(file, "before");
    fs.utimesSync(file, before, before);
  }
  assert.deepEqual(await hook(here, { payload: { index: 3 } }), SILENT);
  await until(() => server.events.size === 3, "delivered");
  await settleAccount(here, server, [1, 2, 3]);
});

test("process ids recur", async (test) => {
  const { here, server } = await start(test);
  const settleAccount = account("process ids recur");
  const indexes = [];
  for (let round = 0; round < 5; round += 1) {
    for (const name of ["4711", "4711.1"]) {
      indexes.push(indexes.length);
      put(here, indexes.length - 1, { name });
    }
    await ship(test, here);
  }
  await settleAccount(here, server, indexes);
});
