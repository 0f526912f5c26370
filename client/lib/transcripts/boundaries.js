"use strict";
const fs = require("node:fs");

const COMPACT = /<command-name>\/compact<\/command-name>[\s\S]*?<command-args>([^<]*)<\/command-args>/;
// What the host says to the model around the summary that it had made.
const AFTER_SUMMARY = [
  "If you need specific details from before compaction",
  "Continue the conversation from where",
  "The messages after this summary",
].join("|");
const SUMMARY = new RegExp(`(?:^|\\n)Summary:\\n([\\s\\S]*?)(?=\\n\\n(?:${AFTER_SUMMARY})|$)`);

/**
 * Where one transcript has its seams: compactions, and the ends of the session, of which Claude Code's last line is
 * what it cost. `note(line)` is called with each line; `reopening(line, told)`, `compaction(line, told)` and
 * `end(told)` give the events that are due.
 */
function seamsOf(file) {
  let compacted = null;
  let summary = null;
  let cost = null;
  let reopened = null;
  let last = null;

  function note(line) {
    const isDated = Number.isFinite(Date.parse(line.timestamp));
    if (line.type === "system" && line.subtype === "compact_boundary" && typeof line.uuid === "string" && isDated)
      [compacted, summary] = [line, null];
    if (line.isCompactSummary && typeof line.message?.content === "string")
      summary = SUMMARY.exec(line.message.content)?.[1].trim() ?? null;
    if (line.type === "cost-state") [cost, reopened] = [line, null];
    else if (cost && isDated) reopened ??= line.timestamp;
  }

  /** Whoever goes on after what it cost has resumed the session; in the middle of a use nothing had ended. */
  function reopening(line, told, isIdle) {
    const [before, since] = [last, reopened];
    if (line.isSidechain || line.agentId) return [];
    const ended = before && isIdle ? endOf(cost, before, Date.parse(since)) : null;
    [cost, reopened, last] = [null, null, line];
    return ended === null
      ? []
      : [
          endAt(ended, before, told),
          told(
            "session_start",
            { ...line, timestamp: since },
            `${line.sessionId} ${ended}`,
            { source: "resume" },
            { hasPrompt: false },
          ),
        ];
  }

  /**
   * After the boundary stand the summary, remarks, and the command if somebody typed it; they tell the prompt and its
   * words.
   */
  function compaction(line, told) {
    if (compacted === null || line.isMeta || line.isCompactSummary || line.agentId) return [];
    const [boundary, written] = [compacted, summary];
    compacted = null;
    const { trigger, durationMs } = boundary.compactMetadata ?? {};
    const asked = trigger === "manual" ? "manual" : "auto";
    const instructions = COMPACT.exec(line.message.content)?.[1].trim() || null;
    const began = new Date(
      Date.parse(boundary.timestamp) - (Number.isSafeInteger(durationMs) ? durationMs : 0),
    ).toISOString();
    return [
      told("pre_compact", { ...boundary, timestamp: began }, boundary.uuid, {
        trigger: asked,
        custom_instructions: instructions,
      }),
      told("session_start", boundary, boundary.uuid, { source: "compact" }),
      ...(written
        ? [
            told("post_compact", boundary, boundary.uuid, {
              trigger: asked,
              compact_summary: `<summary>${written}</summary>`,
            }),
          ]
        : []),
    ];
  }

  function end(told) {
    const written = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    const time = last ? endOf(cost, last, written) : null;
    return time === null ? [] : [endAt(time, last, told)];
  }

  return { note, reopening, compaction, end };
}

/** A transcript does not say why a session ended: `other` is what Claude Code calls that. */
function endAt(time, last, told) {
  return told("session_end", { ...last, timestamp: new Date(time).toISOString() }, `${last.sessionId} ${time}`, {
    reason: "other",
  });
}

/**
 * When it was over, by its own clock if that fits: after all that was said, and before what came `next`. Null without
 * `cost`.
 */
function endOf(cost, last, next) {
  const said = Date.parse(last.timestamp);
  if (!cost || !Number.isFinite(said)) return null;
  const over = cost.startTime + cost.totalDuration;
  return Number.isSafeInteger(over) && over >= said && over <= (next || said) + 1_000 ? over : said;
}

module.exports = { seamsOf };
