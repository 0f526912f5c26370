"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { startServer } = require("./servers/server.js");
const { call, connect, pretendShipper, scratch } = require("./scratch.js");

const DAY = "2026-11-01T10:00:";

/** A connected home without transcripts, and functions to write and import made-up ones. */
async function startImports(test) {
  const server = await startServer();
  test.after(server.stop);
  const here = scratch(test);
  assert.equal((await connect(here, server, "--no-import")).code, 0);
  pretendShipper(here);
  const folder = path.join(here.home, ".claude", "projects", "-x");
  return { server, here, folder, put: (name, ...parts) => put(path.join(folder, name), parts) };
}

/** Writes a transcript of lines (objects) and pieces of text; the file looks as if it was written an hour ago. */
function put(file, parts) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, parts.map((part) => (typeof part === "string" ? part : `${JSON.stringify(part)}\n`)).join(""));
  const before = new Date(Date.now() - 3_600_000);
  fs.utimesSync(file, before, before);
  return file;
}

/** Imports, and returns what the server has. */
async function imported({ server, here }, ...args) {
  const { code, stdout, stderr } = await call(here, ["import", ...args]);
  assert.deepEqual([code, stderr], [0, ""]);
  const events = [...server.events.values()].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  const hooks = events
    .filter(({ kind }) => kind.type === "HookEvent")
    .map(({ ts, kind }) => ({ hook: kind.data.hook, second: Number(ts.slice(17, 19)), ...kind.data.data }));
  const ofKind = (type) => events.filter(({ kind }) => kind.type === type).map(({ kind }) => kind.data);
  return { stdout, events, hooks, ofKind, ofHook: (name) => hooks.filter(({ hook }) => hook === name) };
}

const orderOf = ({ ts, kind: { data } }) => `${ts} ${data.data?.session_id ?? data.session_id}`;

const time = (second) => `${DAY}${String(second).padStart(2, "0")}.000Z`;

/** The lines of a transcript as hosts write them. */
const user = (session, second, content, more = {}) => ({
  type: "user",
  uuid: `u-${session}-${second}`,
  timestamp: time(second),
  sessionId: session,
  cwd: "/x",
  message: { role: "user", content },
  ...more,
});

const said = (
  session,
  second,
  content,
  { id = `msg_01${session}AnAnswerOf${second}`, stop = "end_turn", ...more } = {},
) => ({
  type: "assistant",
  uuid: `a-${session}-${second}`,
  timestamp: time(second),
  sessionId: session,
  cwd: "/x",
  message: {
    id,
    model: "claude-opus-4-6",
    role: "assistant",
    stop_reason: stop,
    content: typeof content === "string" ? [{ type: "text", text: content }] : content,
    usage: { input_tokens: 10, output_tokens: 1 },
  },
  ...more,
});

const used = (session, second, name, id, input = {}, more = {}) =>
  said(session, second, [{ type: "tool_use", id, name, input }], { stop: "tool_use", ...more });

const resulted = (session, second, id, content, { isError = false, ...more } = {}) =>
  user(
    session,
    second,
    [{ type: "tool_result", tool_use_id: id, content, ...(isError ? { is_error: true } : {}) }],
    more,
  );

module.exports = { startImports, imported, put, time, user, said, used, resulted };
