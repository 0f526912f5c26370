"use strict";
const fs = require("node:fs");
const path = require("node:path");

const DAY = "2026-11-01T10:00";
// An id as Anthropic gives it.
const uniqueId = (letter) => `msg_01${letter}bCdEfGhJkLmNpQrStUv`;

/** A line of a user in a transcript; `second` is the time within one minute. */
const userLine = (session, second, over = {}) => lineOf("user", session, second, { role: "user", content: "x" }, over);

/** A line of an answer; `usage` adds to, and `over` replaces, what it holds. */
function answerLine(
  session,
  second,
  id,
  { output = 1, stop = "end_turn", model = "claude-opus-4-6", usage = {}, over = {} },
) {
  const counts = { input_tokens: 10, output_tokens: output, ...usage };
  const message = {
    id,
    model,
    role: "assistant",
    stop_reason: stop,
    content: [{ type: "text", text: "t" }],
    usage: counts,
  };
  return lineOf("assistant", session, second, message, over);
}

function lineOf(type, sessionId, second, message, over) {
  const timestamp = `${DAY}:${String(second).padStart(2, "0")}.000Z`;
  const uuid = `${sessionId}-${type}-${second}`;
  return `${JSON.stringify({ type, uuid, timestamp, sessionId, cwd: "/x", message, ...over })}\n`;
}

/** Writes a transcript of this name below a project of the home; returns the file. */
function putTranscript(here, name, lines) {
  const file = path.join(here.home, ".claude", "projects", "-x", `${name}.jsonl`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, lines.join(""));
  return file;
}

module.exports = { answerLine, putTranscript, uniqueId, userLine };
