"use strict";
const fs = require("node:fs");

const COMPACT = /<command-name>\/compact<\/command-name>[\s\S]*?<command-args>([^<]*)<\/command-args>/;

/**
 * Where one transcript has its seams: compactions, and the end of the session, of which Claude Code's last line is what it cost.
 * `note(line)` is called with each line; `compaction(line, told)` and `end(told)` give the events that are due.
 */
function seamsOf(file) {
  let compacted = null;
  let cost = null;
  let last = null;

  function note(line) {
    if (line.type === "system" && line.subtype === "compact_boundary" && typeof line.uuid === "string" && Number.isFinite(Date.parse(line.timestamp))) compacted = line;
    if (line.type === "cost-state") cost = line;
    if ((line.type !== "user" && line.type !== "assistant") || line.isSidechain || line.agentId) return;
    // Whoever resumed the session took its end back.
    cost = null;
    last = line;
  }

  /** After the boundary stand the summary, remarks, and the command if somebody typed it; they tell the prompt and its words. */
  function compaction(line, told) {
    if (compacted === null || line.isMeta || line.isCompactSummary || line.agentId) return [];
    const boundary = compacted;
    compacted = null;
    const { trigger, durationMs } = boundary.compactMetadata ?? {};
    const instructions = COMPACT.exec(line.message.content)?.[1].trim() || null;
    const began = new Date(Date.parse(boundary.timestamp) - (Number.isSafeInteger(durationMs) ? durationMs : 0)).toISOString();
    return [
      told("pre_compact", { ...boundary, timestamp: began }, boundary.uuid, { trigger: trigger === "manual" ? "manual" : "auto", custom_instructions: instructions }),
      told("session_start", boundary, boundary.uuid, { source: "compact" }),
    ];
  }

  /** A transcript does not say why a session ended: `other` is what Claude Code calls that. */
  function end(told) {
    const time = cost && last ? endOf(cost, last, file) : null;
    if (time === null) return [];
    return [told("session_end", { ...last, timestamp: new Date(time).toISOString() }, `${last.sessionId} ${time}`, { reason: "other" })];
  }

  return { note, compaction, end };
}

/** When it was over, by its own clock if that fits: after all that was said, and before the file was written for the last time. */
function endOf({ startTime, totalDuration }, last, file) {
  const said = Date.parse(last.timestamp);
  const over = startTime + totalDuration;
  const written = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? said;
  if (!Number.isFinite(said)) return null;
  return Number.isSafeInteger(over) && over >= said && over <= written + 1_000 ? over : said;
}

module.exports = { seamsOf };
