"use strict";
const fs = require("node:fs");
const { contains, linesOf, objectIn } = require("../lines.js");
const { familyOf, parentOf } = require("../transcript-files.js");
const { readHookEvents } = require("../transcript-reader.js");

const STOP_HOOKS = '"stop_hook_summary"';
// Transcripts of a session come close to each other.
const MAX_KNOWN_STARTS = 1_000;
const BEGINNINGS = new Set(["startup", "clear", "fork"]);

/**
 * Up to when a session is imported from its transcripts (nanoseconds, or null for all of it): from then on hooks
 * captured it, according to this machine (`seenSessions`) or to the transcript. Returns `startOf(file, session)`.
 */
function captureStarts(seenSessions) {
  const startByKey = new Map();
  // The events of a file follow each other.
  const last = { file: null, session: null, start: null };
  return (file, session) => {
    if (file !== last.file || session !== last.session)
      Object.assign(last, { file, session, start: findStart(file, session) });
    return last.start;
  };

  function findStart(file, session) {
    const parent = parentOf(file, session);
    const key = `${parent}\n${session}`;
    if (startByKey.size >= MAX_KNOWN_STARTS) startByKey.clear();
    if (!startByKey.has(key)) startByKey.set(key, findCaptureStart(parent, seenSessions.first(session)));
    return startByKey.get(key);
  }
}

function findCaptureStart(parent, first) {
  if (first?.hook === "session_start" && BEGINNINGS.has(first.about)) return 0n;
  const byTranscript = fs.existsSync(parent) ? findHookStart(parent, first?.time) : null;
  return byTranscript ?? (first && findEventTime(parent, first));
}

/** A transcript dates a hook's input a moment before the hook ran, and a hook's output a moment after it. */
function findEventTime(parent, { time, hook, about }) {
  let latest = null;
  if (hook)
    for (const file of familyOf(parent))
      for (const event of readHookEvents(file, new Set())) {
        const isMatch = event.name === hook && event.about === about && event.time <= time;
        if (isMatch && (latest === null || event.time > latest)) latest = event.time;
      }
  return latest ?? time;
}

/**
 * From when on hooks captured this session according to the transcript, if that is earlier than `known`; or null. The
 * transcript records the commands of its stop hooks; the answer is the end of the last turn without ours.
 */
function findHookStart(file, startByKey) {
  if (!contains(file, STOP_HOOKS)) return null;
  let previousEnd = 0n;
  for (const { text } of linesOf(file)) {
    if (!text?.includes(STOP_HOOKS)) continue;
    const line = objectIn(text);
    if (line?.subtype !== "stop_hook_summary" || !Array.isArray(line.hookInfos)) continue;
    const time = BigInt(Date.parse(line.timestamp) || 0) * 1_000_000n;
    if (startByKey <= time) return null;
    if (line.hookInfos.some((info) => /[\\/]memfog-hook\.(?:sh|cjs)/.test(info?.command))) return previousEnd;
    previousEnd = time;
  }
  return null;
}

module.exports = { captureStarts };
