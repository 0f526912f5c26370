"use strict";
const { blocksIn, hasTime, KNOWN_BLOCKS } = require("./line-content.js");

const MAX_KIND_CHARS = 40;
// The kinds of lines that hosts up to 2.1.3xx write, and that an import understands; most of them give no event.
const KNOWN_KINDS = new Set([
  ...["user", "assistant", "system", "attachment", "progress", "summary", "ai-title", "custom-title", "agent-name"],
  ...["agent-color", "agent-setting", "tag", "mode", "permission-mode", "last-prompt", "queue-operation", "cost-state"],
  ...["file-history-snapshot", "file-history-delta", "bridge-session", "pr-link", "frame-link", "fork-context-ref"],
  ...["worktree-state", "content-replacement", "attribution-snapshot", "environment", "tools-used", "atis-latch"],
  ...["speculation-accept", "marble-origami-commit", "marble-origami-snapshot", "update", "task-summary"],
  // Lines of a workflow's journal, which lies beside the transcripts of its agents.
  ...["started", "result"],
]);

/** Why a line is passed over, or null for one that is understood. */
function findProblem(line) {
  const { type, message, subtype } = line;
  if (typeof type !== "string") return "without a type";
  if (!KNOWN_KINDS.has(type))
    return `of an unknown kind (${/^[\w.-]+$/.test(type) ? type.slice(0, MAX_KIND_CHARS) : "?"})`;
  if (type === "system" && typeof subtype !== "string") return "of an unknown kind (system)";
  if (type !== "user" && type !== "assistant") return null;
  if (message === null || typeof message !== "object") return "without a message";
  if (typeof line.sessionId !== "string" || typeof line.uuid !== "string") return "without an id";
  if (!hasTime(line)) return "without a time";
  return hasKnownContent(message) ? null : "of an unknown form";
}

const hasKnownContent = ({ content }) =>
  (Array.isArray(content) && content.length === 0) ||
  blocksIn(content).some(({ type, text }) => KNOWN_BLOCKS.has(type) || typeof text === "string");

module.exports = { findProblem };
