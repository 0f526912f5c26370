"use strict";

// Members that only payloads of other hosts have. Some of them read Claude Code's settings.
const MARKS = {
  Cursor: ["conversation_id", "generation_id", "workspace_roots", "cursor_version"],
  Copilot: ["sessionId", "hookEventName", "toolName", "toolArgs"],
  Windsurf: ["agent_action_name", "trajectory_id"],
  "another host": ["workspaceRoots", "workspaceFolders", "workspace_folders"],
};
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** The host of a payload if it is not Claude Code, or null: events of other hosts stay here. */
function detectOtherHost(value) {
  if (!isObject(value)) return null;
  const marked = Object.keys(MARKS).find((host) => MARKS[host].some((name) => Object.hasOwn(value, name)));
  if (marked) return marked;
  // The names of Claude Code's events begin with a capital, and with neither of these words.
  const { hook_event_name: event } = value;
  return typeof event === "string" && /^(?:[a-z]|(?:Before|After)[A-Z])/.test(event) ? "another host" : null;
}

module.exports = { detectOtherHost };
