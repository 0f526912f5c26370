"use strict";
const { familyOf, parentOf } = require("./find.js");
const { linesOf, objectIn } = require("./lines.js");
const { readHookEvents } = require("./transcript-reader.js");

const BEGINNINGS = new Set(["startup", "clear", "fork"]);

/**
 * Up to when a session is to be taken from its transcripts (nanoseconds, or null for all of it): from then on the hooks
 * have captured it, as this machine remembers (`live`) or the transcript itself says. Returns `until(file, session)`.
 */
function captureStarts(live) {
  const known = new Map();
  return (file, session) => {
    const parent = parentOf(file);
    const key = `${parent}\n${session}`;
    if (!known.has(key)) known.set(key, until(parent, live.first(session)));
    return known.get(key);
  };
}

function until(parent, first) {
  if (first?.hook === "session_start" && BEGINNINGS.has(first.about)) return 0n;
  const [own] = familyOf(parent);
  const byTranscript = own === undefined ? null : capturedBy(own, first?.time);
  return byTranscript ?? (first && momentOf(parent, first));
}

/**
 * A transcript dates what a hook is told of a moment earlier than the hook, and what it tells to the model a moment
 * later.
 */
function momentOf(parent, { time, hook, about }) {
  let moment = null;
  if (hook)
    for (const file of familyOf(parent))
      for (const event of readHookEvents(file, new Set())) {
        const isIt = event.name === hook && event.about === about && event.time <= time;
        if (isIt && (moment === null || event.time > moment)) moment = event.time;
      }
  return moment ?? time;
}

/**
 * From when on the hooks have captured this session by the transcript's own word, where that is earlier than `known`;
 * or null. It notes the commands of its stop hooks, and it counts from the end of the last turn without ours.
 */
function capturedBy(file, known) {
  let before = 0n;
  for (const { text } of linesOf(file)) {
    if (!text?.includes('"stop_hook_summary"')) continue;
    const line = objectIn(text);
    if (line?.subtype !== "stop_hook_summary" || !Array.isArray(line.hookInfos)) continue;
    const time = BigInt(Date.parse(line.timestamp) || 0) * 1_000_000n;
    if (known <= time) return null;
    if (line.hookInfos.some((info) => /[\\/]memfog-hook\.(?:sh|cjs)/.test(info?.command))) return before;
    before = time;
  }
  return null;
}

module.exports = { captureStarts };
