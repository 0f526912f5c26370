"use strict";

const textOf = (value) => (typeof value === "string" ? value : undefined);

// Each line is asked for its time several times.
const last = { text: null, time: Number.NaN };

/** A time in a line, in milliseconds; NaN for anything else. */
function timeOf(value) {
  if (value !== last.text) Object.assign(last, { text: value, time: Date.parse(value) });
  return last.time;
}

const hasTime = (line) => Number.isFinite(timeOf(line.timestamp));

const isBlock = (item) => item !== null && typeof item === "object";

/** The blocks of a message: text alone, or in a list, is a block of text. */
function blocksIn(content) {
  if (Array.isArray(content) && content.every(isBlock)) return content;
  const items = Array.isArray(content) ? content : [content];
  return items.map((item) => (typeof item === "string" ? { type: "text", text: item } : item)).filter(isBlock);
}

/** What a message says; a block of an unknown type may have text, too. */
const textsIn = (content) =>
  blocksIn(content)
    .filter(({ type, text }) => type === "text" || (!KNOWN_BLOCKS.has(type) && typeof text === "string"))
    .map(({ text }) => String(text));

/** The blocks that have no text of their own to show. */
const KNOWN_BLOCKS = new Set([
  ...["tool_use", "tool_result", "thinking", "redacted_thinking", "image", "document"],
  ...["server_tool_use", "web_search_tool_result", "fallback"],
]);

const hasIdAndTime = (line) => typeof line.sessionId === "string" && typeof line.uuid === "string" && hasTime(line);

const isMessage = (line) =>
  (line.type === "user" || line.type === "assistant") &&
  line.message !== null &&
  typeof line.message === "object" &&
  hasIdAndTime(line);

/** A prompt that was typed while the model worked, and that the model received in between. */
const isQueuedPrompt = (line) =>
  line.type === "attachment" &&
  line.attachment?.type === "queued_command" &&
  line.attachment.commandMode === "prompt" &&
  !line.agentId &&
  hasIdAndTime(line);

/** The results of tools in a line that the host wrote for the model. */
const resultsIn = (line) => blocksIn(line.message.content).filter(({ type }) => type === "tool_result");

/** Hosts give ids that are unique everywhere; some gateways start their numbers again in each answer. */
const isRandomId = (id) =>
  typeof id === "string" && /^(?:[a-z]+_\w{12,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(id);

module.exports = {
  KNOWN_BLOCKS,
  textOf,
  timeOf,
  hasTime,
  blocksIn,
  textsIn,
  hasIdAndTime,
  isMessage,
  isQueuedPrompt,
  resultsIn,
  isRandomId,
};
