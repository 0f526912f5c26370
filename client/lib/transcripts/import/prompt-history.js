"use strict";
const path = require("node:path");
const { derivedId } = require("../../shipper/events/derived-id.js");
const { textOf } = require("../line-content.js");
const { linesOf, readRecord } = require("../lines.js");
const { UuidSet } = require("./uuid-set.js");

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
// The host dates a prompt in its history and in the transcript within moments.
const BUCKET_MS = 5 * MINUTE_MS;
const MAX_KEY_CHARS = 200;
const PASTED = /\[(?:Pasted text|\.\.\.Truncated text) #(\d+)[^\]]*\]/g;
// Commands of the host itself, and of a shell, are no prompts.
const NOT_A_PROMPT = new RegExp(
  `^\\s*(?:!|$|/(?:${[
    "add-dir|agents|bashes|btw|bug|clear|color|config|context|copy|cost|desktop|diff|doctor|effort|exit|export",
    "extra-usage|fast|feedback|fork|help|hooks|ide|insights|install-github-app|keybindings|login|logout|mcp|memory",
    "mobile|model|output-style|permissions|plan|plugins?|privacy-settings|quit|release-notes|reload-plugins",
    "remote-control|remote-env|rename|resume|rewind|sandbox|skills|stats|status|statusline|stickers|tasks",
    "terminal-setup|theme|todos|upgrade|usage|vim|voice|compact",
  ].join("|")})(?:\\s|$))`,
);

/** The file in which the host keeps prompts of all sessions, also of those whose transcripts it deleted. */
const promptHistoryOf = (root) => path.join(root, "history.jsonl");

/** The prompts that transcripts have, so that the history of an older host, which names no session, adds none twice. */
class PromptIndex {
  #keys = new UuidSet();

  add({ prompt, time }) {
    this.#keys.add(keyOf(prompt, Math.floor(time / BUCKET_MS)));
  }

  has({ prompt, time }) {
    const bucket = Math.floor(time / BUCKET_MS);
    return [bucket - 1, bucket, bucket + 1].some((at) => this.#keys.has(keyOf(prompt, at)));
  }
}

const keyOf = (prompt, bucket) => `${bucket}\n${prompt.trim().slice(0, MAX_KEY_CHARS)}`;

/**
 * The events of sessions of which only the host's history of prompts is left: their start, with the source `history`,
 * their prompts, and their end. `isKnown({session, cwd, prompt, time})` says which prompts came another way. Calls
 * `onSkipped(reason)` for each line that is passed over, `onLine(end, isRest)` behind each, and `onBytes(bytes)` with
 * what it reads.
 */
function* readPromptHistory(
  file,
  { to = Infinity, takesRest = null, isKnown, onSkipped = () => {}, onLine = () => {}, onBytes },
) {
  const sessions = new Map();
  for (const { text, end, isRest } of linesOf(file, 0, to, takesRest, onBytes)) {
    onLine(end, isRest);
    if (text === "") continue;
    const { record, problem } = text === null ? { record: null, problem: "longer than 32 MB" } : readRecord(text);
    const entry = record && entryOf(record);
    if (problem || !entry) onSkipped(problem ?? "without a prompt");
    if (entry && !NOT_A_PROMPT.test(entry.prompt) && !isKnown(entry)) {
      const last = sessions.get(entry.session);
      if (!last) yield eventOf("session_start", entry, { source: "history" });
      yield eventOf("prompt_submit", entry, { prompt: entry.prompt });
      sessions.set(entry.session, entry);
    }
  }
  for (const last of sessions.values()) {
    const end = { ...last, time: last.time + 1 };
    yield eventOf("session_end", end, { reason: "transcript_deleted" });
  }
}

/** {session, cwd, prompt, time, isNamed}, or null. Without a session, a day in a folder is one. */
function entryOf({ display, pastedContents, timestamp, project, sessionId }) {
  const time = typeof timestamp === "number" ? timestamp : Date.parse(timestamp);
  if (typeof display !== "string" || typeof project !== "string" || !Number.isSafeInteger(Math.trunc(time)))
    return null;
  const prompt = display.replace(PASTED, (mark, number) => textOf(pastedContents?.[number]?.content) ?? mark);
  const isNamed = typeof sessionId === "string" && sessionId !== "";
  const session = isNamed ? sessionId : derivedId("history", project, String(Math.floor(time / DAY_MS)));
  return { session, cwd: project, prompt, time: Math.trunc(time), isNamed };
}

const EVENT_NAMES = {
  session_start: "SessionStart",
  prompt_submit: "UserPromptSubmit",
  session_end: "SessionEnd",
};

function eventOf(hook, { session, cwd, prompt, time }, data) {
  const about = hook === "session_start" ? session : `${session} ${time} ${hook === "session_end" ? "" : prompt}`;
  return {
    name: hook,
    session,
    id: derivedId("history", hook, about),
    time: BigInt(time) * 1_000_000n,
    root: cwd,
    payload: JSON.stringify({ session_id: session, cwd, hook_event_name: EVENT_NAMES[hook], ...data }),
  };
}

module.exports = { PromptIndex, promptHistoryOf, readPromptHistory };
