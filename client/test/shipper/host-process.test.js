"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { checkHosts } = require("../../lib/shipper/sessions/host-processes.js");
const { describeProcess, fromPs, hasEnded } = require("../../lib/shipper/sessions/processes.js");
const { listSpool, readSpoolFile } = require("../../lib/shipper/spool/spool.js");
const {
  ON_LINUX,
  endOf,
  ends,
  notes,
  projectOf,
  startHost,
  startTurn,
} = require("../../testing/hooks/host-process.js");
const { filesIn, hook, until } = require("../../testing/scratch.js");
const { start, ship, shipOn } = require("../../testing/shipping.js");

test("a session whose host was killed ends, once", ON_LINUX, async (test) => {
  const { server, here } = await start(test);
  const host = await startTurn(test, here);
  const shipper = shipOn(test, here, { MEMFOG_LINGER: "1000" });
  await until(() => server.events.size === 2, "the hooks' events arrive");
  assert.deepEqual([notes(here).length, ends(server)], [1, []]);
  await host.kill();
  await until(() => ends(server).length === 1, "the end arrives");
  assert.deepEqual(ends(server), [endOf(here)]);
  assert.equal(await shipper.ended, 0);
  assert.deepEqual(notes(here), []);
});

test("a host that was killed while no shipper ran is seen by the next one", ON_LINUX, async (test) => {
  const { server, here } = await start(test);
  const host = await startTurn(test, here);
  await ship(test, here);
  await host.kill();
  await ship(test, here);
  assert.deepEqual(ends(server), [endOf(here)]);
  const { ts } = [...server.events.values()].find(({ kind }) => kind.data.hook === "session_end");
  const last = [...server.events.values()].find(({ kind }) => kind.data.hook === "prompt_submit").ts;
  assert.ok(ts > last, `${ts} comes after ${last}`);
});

test("a session whose host lives does not end, however quiet it is", ON_LINUX, async (test) => {
  const { server, here } = await start(test);
  const host = await startTurn(test, here);
  await host.fire("stop");
  await ship(test, here);
  const old = new Date(Date.now() - 86_400_000);
  for (const name of notes(here)) fs.utimesSync(path.join(here.paths.transcripts, name), old, old);
  assert.equal(checkHosts(here.paths, 0), 0);
  assert.deepEqual([notes(here).length, ends(server)], [1, []]);
  await host.fire("session_end", { reason: "prompt_input_exit" });
  await host.kill();
  await ship(test, here);
  assert.deepEqual(ends(server), [endOf(here, "prompt_input_exit")]);
});

test("a session that another process goes on with does not end with the first one", ON_LINUX, async (test) => {
  const { server, here } = await start(test);
  const first = await startTurn(test, here);
  await ship(test, here);
  await first.kill();
  const second = startHost(test, here);
  await second.fire("session_start", { source: "resume" });
  await ship(test, here);
  assert.deepEqual([notes(here).length, ends(server)], [1, []]);
  await second.fire("prompt_submit", { prompt: "Go on" });
  await ship(test, here);
  await second.kill();
  await ship(test, here);
  assert.deepEqual(ends(server), [endOf(here)]);
});

test("a program between host and hook is not taken for the host", ON_LINUX, async (test) => {
  const { server, here } = await start(test);
  const other = await startTurn(test, here, { name: "dispatcher" });
  await ship(test, here);
  await other.kill();
  await ship(test, here);
  assert.deepEqual([notes(here), ends(server)], [[], []]);
});

test("a host is found behind the shells that start its hooks", ON_LINUX, async (test) => {
  const { server, here } = await start(test);
  const host = startHost(test, here);
  // The shipper looks while the shells still run, as the hook of a tool does that takes long.
  const hold = path.join(here.home, "hold");
  const around = (script) => `sh -c '${script.replaceAll("'", `'"'"'`)}'; until [ -e ${hold} ]; do sleep 0.01; done`;
  const fired = host.fire("prompt_submit", { prompt: "Do it" }, around);
  await until(() => listSpool(here.paths.spool).length === 1, "the hook has written");
  const [entry] = listSpool(here.paths.spool);
  await until(() => fs.readFileSync(entry.path, "utf8").endsWith(`\0memfog ${entry.name}\n`), "the file is complete");
  const hookPid = readSpoolFile(entry).hostPid;
  assert.notEqual(hookPid, host.child.pid);
  await ship(test, here);
  assert.equal(notes(here).length, 1);
  const [note] = notes(here).map((name) => JSON.parse(fs.readFileSync(path.join(here.paths.transcripts, name))));
  assert.equal(note.pid, host.child.pid);
  fs.writeFileSync(hold, "");
  await fired;
  assert.deepEqual(ends(server), []);
});

for (const [what, change] of Object.entries({
  "another process has its id": (note) => ({ ...note, start: `${note.start.split(" ")[0]} 1` }),
  "the machine was started again": (note) => ({ ...note, start: `another ${note.start.split(" ")[1]}` }),
}))
  test(`a session ends if ${what}`, ON_LINUX, async (test) => {
    const { server, here } = await start(test);
    await startTurn(test, here);
    await ship(test, here);
    const file = path.join(here.paths.transcripts, notes(here)[0]);
    fs.writeFileSync(file, JSON.stringify(change(JSON.parse(fs.readFileSync(file, "utf8")))));
    await ship(test, here);
    assert.deepEqual(ends(server), [endOf(here)]);
  });

test("a session goes on whose transcript is written after its host has ended", ON_LINUX, async (test) => {
  const { server, here } = await start(test);
  const transcript = path.join(here.home, "s-1.jsonl");
  fs.writeFileSync(transcript, "");
  const host = startHost(test, here);
  await host.fire("session_start", { source: "startup", transcript_path: transcript });
  await host.fire("prompt_submit", { prompt: "Do it", transcript_path: transcript });
  await ship(test, here);
  await host.kill();
  assert.equal(checkHosts(here.paths, 60_000), 1);
  const later = new Date(Date.now() + 1_000);
  fs.utimesSync(transcript, later, later);
  assert.equal(checkHosts(here.paths, 0, Date.now() + 60_000), 1);
  assert.equal(checkHosts(here.paths, 0), 0);
  await ship(test, here);
  assert.deepEqual(ends(server), []);
});

/** Changes what is noted of the host of the only session. */
function changeNote(here, change) {
  const file = path.join(here.paths.transcripts, notes(here)[0]);
  const note = JSON.parse(fs.readFileSync(file, "utf8"));
  fs.writeFileSync(file, JSON.stringify({ ...note, ...change(note) }));
}

test(
  "the shipper of another container or machine, which sees other processes, ends no session",
  ON_LINUX,
  async (test) => {
    const { server, here } = await start(test);
    const host = await startTurn(test, here);
    await ship(test, here);
    changeNote(here, ({ namespace }) => ({ namespace: `another-${namespace}`, pid: 2 ** 22 + 1, start: "another 1" }));
    await ship(test, here);
    assert.deepEqual([notes(here).length, ends(server)], [1, []]);
    await host.fire("stop");
    await ship(test, here);
    await host.kill();
    await ship(test, here);
    assert.deepEqual(ends(server), []);
  },
);

test(
  "a process that works in another folder is not the host: its id may be one of a container",
  ON_LINUX,
  async (test) => {
    const { here } = await start(test);
    const host = startHost(test, here);
    await host.fire("prompt_submit", { cwd: "/workspace" });
    await ship(test, here);
    assert.deepEqual(notes(here), []);
    for (const cwd of [here.home, projectOf(here)]) {
      await host.fire("prompt_submit", { cwd });
      await ship(test, here);
      assert.equal(notes(here).length, 1);
    }
  },
);

test("a session that is resumed by a process with the id of the first one goes on", ON_LINUX, async (test) => {
  const { server, here } = await start(test);
  const host = await startTurn(test, here);
  await ship(test, here);
  for (const [hookName, since] of [
    ["session_start", 0],
    ["prompt_submit", 60_000],
  ]) {
    changeNote(here, ({ start: at, lastMs }) => ({ start: `${at.split(" ")[0]} 1`, lastMs: lastMs - since }));
    await host.fire(hookName, { source: "resume" });
    await ship(test, here);
    assert.deepEqual([notes(here).length, ends(server)], [1, []]);
  }
});

test("a transcript that can not be looked at holds up neither the end nor any event", ON_LINUX, async (test) => {
  const { server, here } = await start(test);
  const host = startHost(test, here);
  const transcript = `/${"x".repeat(300)}/s-1.jsonl`;
  for (const name of ["session_start", "prompt_submit"]) await host.fire(name, { transcript_path: transcript });
  await ship(test, here);
  await host.kill();
  await ship(test, here);
  assert.deepEqual(ends(server), [endOf(here)]);
});

test("the start of a process, as ps tells it, does not change with the time zone", ON_LINUX, (test) => {
  const zone = process.env.TZ;
  test.after(() => (zone === undefined ? delete process.env.TZ : Object.assign(process.env, { TZ: zone })));
  const told = ["Asia/Tokyo", "America/New_York"].map((name) => {
    process.env.TZ = name;
    const { start: at, startMs } = fromPs(process.pid);
    return [at, startMs];
  });
  assert.deepEqual(told[0], told[1]);
});

test("a hook without the host's process, or with a wrong one, is an event all the same", async (test) => {
  const { server, here } = await start(test);
  await hook(here, { name: "stop", payload: { session_id: "s-1" }, env: { CLAUDE_CODE_ENTRYPOINT: "cli" } });
  const [entry] = listSpool(here.paths.spool);
  const written = fs.readFileSync(entry.path, "latin1");
  assert.match(written, /^memfog 1 stop @cli\^\d+\n/);
  for (const [index, word] of [" @cli", " @cli^", " @^7", "", " @cli^-1", " @cli^99999999999"].entries())
    fs.writeFileSync(
      path.join(here.paths.spool, `9.${index}`),
      `memfog 1 stop${word}\n/p\0{"session_id":"s-1","n":${index}}\0memfog 9.${index}\n`,
    );
  await ship(test, here);
  assert.deepEqual(server.hooks(), Array(7).fill("stop"));
  assert.deepEqual([filesIn(here.paths.quarantine), notes(here)], [[], []]);
});

test("ps tells the same of a process as Linux does", ON_LINUX, () => {
  const [own, told] = [describeProcess(process.pid), fromPs(process.pid)];
  assert.deepEqual([told.pid, told.parent, told.isDead], [own.pid, own.parent, false]);
  assert.ok(Math.abs(told.startMs - own.startMs) < 2_000);
  assert.equal(told.command[0], own.command[0]);
  assert.equal(hasEnded(own), false);
  assert.equal(hasEnded({ pid: 2 ** 22 + 1, start: "" }), true);
});
