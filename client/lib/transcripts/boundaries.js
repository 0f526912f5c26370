"use strict";
const fs = require("node:fs");
const { hasTime } = require("./line-content.js");

const COMPACT = /<command-name>\/compact<\/command-name>[\s\S]*?<command-args>([^<]*)<\/command-args>/;
// What Claude Code writes after a summary, for the model.
const AFTER_SUMMARY = [
  "If you need specific details from before compaction",
  "Continue the conversation from where",
  "The messages after this summary",
].join("|");
const SUMMARY = new RegExp(`(?:^|\\n)Summary:\\n([\\s\\S]*?)(?=\\n\\n(?:${AFTER_SUMMARY})|$)`);

/**
 * Finds the boundaries in one transcript: compactions, and the ends of the session. Claude Code writes the cost of a
 * session as its last line. Each method takes `makeEvent` of the reader and returns the events that are due.
 */
class BoundaryFinder {
  #file;
  #compaction = null;
  #summary = null;
  #cost = null;
  #resumedAt = null;
  #lastLine = null;

  constructor(file) {
    this.#file = file;
  }

  noteLine(line) {
    if (line.type === "system" && line.subtype === "compact_boundary" && typeof line.uuid === "string" && hasTime(line))
      [this.#compaction, this.#summary] = [line, null];
    if (line.isCompactSummary && typeof line.message?.content === "string")
      this.#summary = SUMMARY.exec(line.message.content)?.[1].trim() ?? null;
    if (line.type === "cost-state") [this.#cost, this.#resumedAt] = [line, null];
    else if (this.#cost && hasTime(line)) this.#resumedAt ??= line.timestamp;
  }

  /** A line after the cost means that the session was resumed; while a tool runs nothing has ended. */
  resumeEvents(line, makeEvent, isIdle) {
    if (line.isSidechain || line.agentId) return [];
    const [previous, timestamp] = [this.#lastLine, this.#resumedAt];
    const endTime = previous && isIdle ? endTimeOf(this.#cost, previous, Date.parse(timestamp)) : null;
    [this.#cost, this.#resumedAt, this.#lastLine] = [null, null, line];
    if (endTime === null) return [];
    const about = `${line.sessionId} ${endTime}`;
    return [
      makeEndEvent(endTime, previous, makeEvent),
      makeEvent("session_start", { ...line, timestamp }, about, { source: "resume" }, { hasPrompt: false }),
    ];
  }

  /**
   * After the boundary stand the summary, remarks, and the command if the user typed one; the lines after them show the
   * prompt and its text.
   */
  compactionEvents(line, makeEvent) {
    if (this.#compaction === null || line.isMeta || line.isCompactSummary || line.agentId) return [];
    const [boundary, summary] = [this.#compaction, this.#summary];
    this.#compaction = null;
    const { uuid } = boundary;
    const trigger = boundary.compactMetadata?.trigger === "manual" ? "manual" : "auto";
    const instructions = COMPACT.exec(line.message.content)?.[1].trim() || null;
    const started = { ...boundary, timestamp: startTimeOf(boundary) };
    const events = [
      makeEvent("pre_compact", started, uuid, { trigger, custom_instructions: instructions }),
      makeEvent("session_start", boundary, uuid, { source: "compact" }),
    ];
    if (!summary) return events;
    const result = { trigger, compact_summary: `<summary>${summary}</summary>` };
    return [...events, makeEvent("post_compact", boundary, uuid, result)];
  }

  endEvents(makeEvent) {
    if (!this.#cost || !this.#lastLine) return [];
    const modified = fs.statSync(this.#file, { throwIfNoEntry: false })?.mtimeMs;
    const time = endTimeOf(this.#cost, this.#lastLine, modified);
    return time === null ? [] : [makeEndEvent(time, this.#lastLine, makeEvent)];
  }
}

function startTimeOf({ timestamp, compactMetadata }) {
  const { durationMs } = compactMetadata ?? {};
  return new Date(Date.parse(timestamp) - (Number.isSafeInteger(durationMs) ? durationMs : 0)).toISOString();
}

/** A transcript does not show why a session ended: Claude Code's reason for that is `other`. */
function makeEndEvent(time, lastLine, makeEvent) {
  const line = { ...lastLine, timestamp: new Date(time).toISOString() };
  return makeEvent("session_end", line, `${lastLine.sessionId} ${time}`, { reason: "other" });
}

/**
 * When the session ended (milliseconds), by its own clock if that is plausible: after its last line, and before the
 * `next` one. Null without `cost`.
 */
function endTimeOf(cost, lastLine, next) {
  const lastTime = Date.parse(lastLine.timestamp);
  if (!cost || !Number.isFinite(lastTime)) return null;
  const end = cost.startTime + cost.totalDuration;
  return Number.isSafeInteger(end) && end >= lastTime && end <= (next || lastTime) + 1_000 ? end : lastTime;
}

module.exports = { BoundaryFinder };
