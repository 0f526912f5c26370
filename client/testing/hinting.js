"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { connect, hook, scratch } = require("./scratch.js");
const { startServer } = require("./servers/server.js");

const LINES = {
  header: "Memfog, from earlier sessions:",
  hints: [
    {
      id: 7,
      session_id: "old",
      line: "- 7 · 2026-03-01 · edit · `billing/total.py: 3 edits` · 20 tokens",
      keys: ["total py", "billing total py"],
      words: [],
      tokens: 20,
    },
    {
      id: 8,
      session_id: "old",
      line: "- 8 · 2026-03-01 · prompt · Always round taxes by cent · 9 tokens",
      keys: [],
      words: ["round", "taxes", "cent"],
      tokens: 18,
    },
  ],
};
const TOTAL = "Why is @billing/total.py wrong?";

/** A connected home with hints switched on, and a server that has `LINES`. */
async function startHinting(test, { isOn = true, ...options } = {}) {
  const server = await startServer();
  test.after(server.stop);
  const here = scratch(test, options);
  assert.equal((await connect(here, server)).code, 0);
  server.hints = LINES;
  if (isOn) fs.writeFileSync(here.paths.config, '{"hints": true}');
  return { server, here, cache: path.join(here.paths.hints, here.home, "lines.json") };
}

/** Runs the hook of a prompt; the session was started in the home folder. */
const submit = (here, { prompt = TOTAL, session = "s-1", payload = {}, ...options } = {}) =>
  hook(here, {
    name: "prompt_submit",
    payload: { session_id: session, cwd: here.home, hook_event_name: "UserPromptSubmit", prompt, ...payload },
    project: here.home,
    ...options,
  });

const begin = (here, { session = "s-1", name = "session_start", ...options } = {}) =>
  hook(here, {
    name,
    payload: { session_id: session, cwd: here.home, hook_event_name: "SessionStart", source: "startup" },
    project: here.home,
    ...options,
  });

module.exports = { LINES, TOTAL, startHinting, submit, begin };
