"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { startServer } = require("../../testing/servers/server.js");
const { connect, hook, call: memfog, pretendShipper, scratch, until } = require("../../testing/scratch.js");
const { putCopies, putTranscripts } = require("../../testing/transcripts.js");

async function start(test) {
  const server = await startServer();
  test.after(server.stop);
  const here = scratch(test);
  assert.equal((await connect(here, server, "--no-import")).code, 0);
  pretendShipper(here);
  return { server, here };
}

/** Runs `import`. Returns the number of events that it sent, and its output. */
async function imported(server, here, ...args) {
  const before = server.requests.length;
  const { code, stdout, stderr } = await memfog(here, ["import", ...args]);
  assert.deepEqual([code, stderr], [0, ""]);
  return { sent: server.requests.slice(before).reduce((sum, { events }) => sum + events.length, 0), said: stdout };
}

/** The line of a prompt that the user typed later, as it is in a transcript. */
function typed(file, prompt, uuid) {
  const like = JSON.parse(
    fs
      .readFileSync(file, "utf8")
      .split("\n")
      .find((line) => line.includes('"type":"user"')),
  );
  const message = { role: "user", content: prompt };
  return `${JSON.stringify({ ...like, uuid, promptId: uuid, timestamp: "2026-11-22T09:00:00.000Z", message })}\n`;
}

const promptsOf = (server) => [...server.events.values()].map((event) => event.kind.data.data?.prompt).filter(Boolean);

test("a second import sends one known event as a probe, and reports nothing new", async (test) => {
  const { server, here } = await start(test);
  putTranscripts(here, "tour");
  const first = await imported(server, here);
  assert.ok(first.sent > 30);
  const second = await imported(server, here);
  assert.deepEqual([second.sent, server.events.size], [1, first.sent]);
  assert.match(second.said, /^Imported 0 event\(s\) of 0 session\(s\)\.\n\d+ transcript\(s\) had nothing new\.$/m);
});

test("of a transcript that grew only what is new is sent, of one that was replaced or cut all", async (test) => {
  const { server, here } = await start(test);
  const [file] = putTranscripts(here, "tour");
  const { sent: all } = await imported(server, here);
  const whole = fs.readFileSync(file, "utf8");
  fs.appendFileSync(file, typed(file, "And on.", "77777777-7777-4777-8777-777777777701"));
  const grown = await imported(server, here);
  assert.ok(promptsOf(server).includes("And on."));
  assert.ok(grown.sent <= 5, `${grown.sent} events for one line`);
  assert.ok((await imported(server, here)).sent <= 1);
  // A longer file whose lines differ from the first one on.
  const other = whole.replaceAll(/"uuid":"(.)/g, '"uuid":"f$1').replaceAll("toolu_", "toolu_x");
  fs.writeFileSync(file, other + typed(file, "Elsewhere.", "77777777-7777-4777-8777-777777777702"));
  const replaced = await imported(server, here);
  assert.ok(promptsOf(server).includes("Elsewhere.") && replaced.sent > 10, `${replaced.sent}`);
  fs.writeFileSync(file, whole.split("\n").slice(0, 8).join("\n") + "\n");
  assert.ok((await imported(server, here)).sent > 2);
  assert.ok(all > 30);
});

test("a server that lost what it had, another server and another account are sent all of it", async (test) => {
  const { server, here } = await start(test);
  putTranscripts(here, "tour");
  const { sent: all } = await imported(server, here);
  server.events.clear();
  await imported(server, here);
  assert.equal(server.events.size, all);
  const other = await startServer();
  test.after(other.stop);
  assert.equal((await connect(here, other, "--no-import")).code, 0);
  await imported(other, here);
  assert.equal(other.events.size, all);
  // Back to the first server; the client still knows what that server has.
  assert.equal((await connect(here, server, "--no-import")).code, 0);
  assert.equal((await imported(server, here)).sent, 1);
});

test("what an import left out by its time comes with one that asks for it", async (test) => {
  const { server, here } = await start(test);
  putTranscripts(here, "tour");
  assert.equal((await imported(server, here, "--since", "2099-01-01")).sent, 0);
  assert.ok((await imported(server, here)).sent > 30);
  assert.ok((await imported(server, here, "--since", "2099-01-01")).sent <= 1);
});

test("an import that was stopped goes on where it was", async (test) => {
  const { server, here } = await start(test);
  putCopies(here, "tour", 20);
  server.next.push((events, store) => ({ status: 200, body: store(events) }), "cut", "cut");
  assert.equal((await memfog(here, ["import"])).code, 1);
  const first = server.events.size;
  const { sent } = await imported(server, here);
  assert.ok(first >= 500 && sent < server.events.size, `${sent} of ${server.events.size}`);
  const ids = [...server.events.keys()];
  assert.equal((await imported(server, here)).sent, 1);
  assert.deepEqual([...server.events.keys()], ids);
});

test("a fork of a session that was imported before is told without the copies", async (test) => {
  const { server, here } = await start(test);
  const [file] = putTranscripts(here, "tour");
  const { sent: all } = await imported(server, here);
  const session = path.basename(file, ".jsonl");
  const fork = "99999999-9999-4999-8999-999999999999";
  fs.writeFileSync(
    path.join(path.dirname(file), `${fork}.jsonl`),
    fs.readFileSync(file, "utf8").replaceAll(session, fork) +
      typed(file, "In the fork.", "77777777-7777-4777-8777-777777777703").replaceAll(session, fork),
  );
  await imported(server, here);
  assert.deepEqual(
    promptsOf(server).filter((one) => one === "In the fork."),
    ["In the fork."],
  );
  assert.ok(server.events.size <= all + 5, `${server.events.size - all} more events`);
});

test("what can not be read is told, with the reason, and keeps nothing else", async (test) => {
  const { server, here } = await start(test);
  const [file] = putTranscripts(here, "tour");
  const folder = path.dirname(file);
  fs.writeFileSync(
    path.join(folder, "bytes.jsonl"),
    Buffer.from([...Array(300).keys()].map((number) => (number % 20 ? 200 : 10))),
  );
  for (const name of ["torn1", "torn2", "torn3", "torn4"])
    fs.writeFileSync(path.join(folder, `${name}.jsonl`), '{"type":"us\n');
  fs.symlinkSync(path.join(folder, "nowhere"), path.join(folder, "dangling.jsonl"));
  fs.symlinkSync("itself.jsonl", path.join(folder, "itself.jsonl"));
  fs.mkdirSync(path.join(folder, "folder.jsonl"));
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) fs.writeFileSync(path.join(folder, "mine.jsonl"), "{}\n", { mode: 0o000 });
  const { sent, said: printedText } = await imported(server, here);
  assert.ok(sent > 30);
  assert.match(printedText, new RegExp(`^Skipped ${isRoot ? 3 : 4} file\\(s\\) or folder\\(s\\):$`, "m"));
  assert.match(printedText, /dangling\.jsonl is a link that leads to no file$/m);
  assert.match(printedText, /folder\.jsonl is a folder$/m);
  const where = / {2}14 in .*bytes\.jsonl\n(?: {2}1 in .*torn\d\.jsonl\n){2} {2}2 in 2 other file\(s\)$/;
  assert.match(printedText, new RegExp(`^Skipped lines: 18 no JSON\\.\n${where.source}`, "m"));
  if (!isRoot) assert.match(printedText, /mine\.jsonl may not be read by you$/m);
});

test("a second connect says that nothing was new, and sends nothing anew", async (test) => {
  const server = await startServer();
  test.after(server.stop);
  const here = scratch(test);
  putTranscripts(here, "tour");
  assert.match((await connect(here, server)).stdout, /^Next: see 1 past session/m);
  const before = server.requests.length;
  assert.match((await connect(here, server)).stdout, /Past sessions: nothing new in \d+ transcript\(s\)\.$/m);
  assert.equal(
    server.requests.slice(before).reduce((sum, { events }) => sum + events.length, 0),
    1,
  );
});

test("hooks of ten sessions that fire while an import reads lose nothing, and each is told once", async (test) => {
  const { server, here } = await start(test);
  const [file] = putTranscripts(here, "tour");
  const padding = `${JSON.stringify({ type: "note", text: "x".repeat(1_000_000) })}\n`;
  fs.appendFileSync(file, padding.repeat(40));
  const ended = memfog(here, ["import"]);
  const sessions = Array.from({ length: 10 }, (_, index) => `0000000${index}-1111-4111-8111-111111111111`);
  for (const uses of [0, 1, 2])
    await Promise.all(
      sessions.map((session) =>
        hook(here, {
          payload: {
            session_id: session,
            hook_event_name: "PostToolUse",
            tool_name: "Bash",
            tool_use_id: `toolu_${session}_${uses}`,
          },
        }),
      ),
    );
  assert.equal((await ended).code, 0);
  await until(async () => (await memfog(here, ["flush"])).code === 0, "all events delivered");
  const reported = [...server.events.values()]
    .map((event) => event.kind.data.data?.tool_use_id)
    .filter((id) => /^toolu_0000000\d-/.test(id ?? ""));
  assert.deepEqual(
    reported.sort(),
    sessions.flatMap((session) => [0, 1, 2].map((uses) => `toolu_${session}_${uses}`)).sort(),
  );
});

/** The lines about config roots as "<root> many|few <transcripts without new events>", sorted. */
function rootsIn(stdout) {
  const lines = stdout.matchAll(/^ {2}(\S+): (\d+) event\(s\)[^;]*; (\d+) of \d+ transcript/gm);
  return [...lines].map(([, root, events, count]) => `${root} ${events > 30 ? "many" : "few"} ${count}`).sort();
}

test("every config root is read, each file once, and of each it is said what was new", async (test) => {
  const { server, here } = await start(test);
  const at = (name) => path.join(here.home, name);
  const [work, own, older, unknown] = [at("work"), at(".claude"), at(".config/claude"), at(".claude-other")];
  const connecting = memfog(here, ["connect", "claude-code", "--no-import"], { env: { CLAUDE_CONFIG_DIR: work } });
  assert.equal((await connecting).code, 0);
  const [file] = putTranscripts(here, "tour", work);
  putTranscripts(here, "interactive", own);
  // If the folder was moved and a link remains, its files are found twice.
  fs.mkdirSync(path.dirname(older), { recursive: true });
  fs.symlinkSync(own, older);
  putTranscripts(here, "tour", unknown);
  const first = await imported(server, here);
  assert.deepEqual(rootsIn(first.said), [`${own} many 0`, `${work} many 0`].sort());
  assert.equal(first.sent, server.events.size);
  fs.appendFileSync(file, typed(file, "And on.", "77777777-7777-4777-8777-777777777704"));
  const second = await imported(server, here);
  assert.deepEqual(
    rootsIn(second.said).map((line) => line.replace(/ \d+$/, "")),
    [`${own} few`, `${work} few`].sort(),
  );
  assert.match(second.said, new RegExp(`^  ${own}: 0 event\\(s\\); (\\d+) of \\1 transcript`, "m"));
  assert.match(second.said, new RegExp(`^  ${work}: [1-5] event`, "m"));
  assert.ok(promptsOf(server).includes("And on."));
  // `import` reads every folder that Claude Code uses, connected or not, and a dry run reports the same.
  const dry = await memfog(here, ["import", "--dry-run"], { env: { CLAUDE_CONFIG_DIR: unknown } });
  assert.deepEqual(
    rootsIn(dry.stdout).map((line) => line.split(" ")[0]),
    [own, unknown, work].sort(),
  );
});
