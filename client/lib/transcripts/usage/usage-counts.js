"use strict";
const { sha256 } = require("../../files.js");
const { derivedId } = require("../../shipper/events/derived-id.js");
const { isUniqueId } = require("./answer-keys.js");
const { timeOf } = require("../line-content.js");

const COUNTS = ["input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
const CACHE_LIVES = [
  ["cache_creation_5m_input_tokens", "ephemeral_5m_input_tokens"],
  ["cache_creation_1h_input_tokens", "ephemeral_1h_input_tokens"],
];
// What the price depends on besides the counts.
const CONDITIONS = ["speed", "inference_geo", "service_tier"];
const CONDITION = /^[\w.:/-]{1,64}$/;
const SERVER_TOOL = /^\w{1,64}$/;
const MAX_SERVER_TOOLS = 16;

/** The counts of a `usage` in a transcript: {tokens, serverTools, conditions}, each {name: value}. */
function readCounts(usage) {
  const tokens = {};
  for (const name of COUNTS) tokens[name] = count(usage[name]);
  for (const [life, member] of CACHE_LIVES)
    if (count(usage.cache_creation?.[member])) tokens[life] = count(usage.cache_creation[member]);
  const serverTools = usage.server_tool_use ? readServerTools(usage.server_tool_use) : {};
  const conditions = {};
  for (const name of CONDITIONS)
    if (typeof usage[name] === "string" && CONDITION.test(usage[name])) conditions[name] = usage[name];
  return { tokens, serverTools, conditions };
}

function readServerTools(uses) {
  const counted = Object.entries(uses).filter(([name, value]) => SERVER_TOOL.test(name) && count(value));
  return Object.fromEntries(counted.slice(0, MAX_SERVER_TOOLS));
}

/** The counts of two lines of one answer: the larger of each. */
const mergeCounts = (one, other) => ({
  tokens: largest(one.tokens, other.tokens),
  serverTools: largest(one.serverTools, other.serverTools),
  conditions: { ...one.conditions, ...other.conditions },
});

function largest(one, other) {
  if (Object.keys(other).every((name) => other[name] <= one[name])) return one;
  const merged = { ...one };
  for (const [name, value] of Object.entries(other)) merged[name] = Math.max(merged[name] ?? 0, value);
  return merged;
}

/**
 * The event of one answer, for the spool. Its id follows from the answer and from all it counts: a later, larger count
 * is another event, and the server keeps the largest; the same answer in a copied transcript is the same event.
 */
function usageEvent({ id, key, line, model, counts: { tokens, serverTools, conditions }, prompt, agentType }) {
  const answer = isUniqueId(id) ? undefined : sha256(key).slice(0, 32);
  const data = {
    session_id: text(line.sessionId),
    prompt_id: prompt ?? undefined,
    message_id: id || answer,
    answer_id: answer,
    request_id: text(line.requestId),
    agent_id: text(line.agentId),
    agent_type: line.agentId ? text(agentType) : undefined,
    cwd: text(line.cwd),
    model,
    ...tokens,
    ...conditions,
    server_tool_use: Object.keys(serverTools).length ? serverTools : undefined,
  };
  const counted = [tokens, serverTools, conditions].map(listSorted);
  return {
    name: "Usage",
    id: derivedId("usage", key, model, ...counted),
    time: BigInt(timeOf(line.timestamp)) * 1_000_000n,
    payload: JSON.stringify(data),
  };
}

/** The members as JSON, in the order of their names. */
const listSorted = (part) =>
  `[${Object.keys(part)
    .sort()
    .map((name) => `[${JSON.stringify(name)},${JSON.stringify(part[name])}]`)
    .join()}]`;

const text = (value) => (typeof value === "string" ? value : undefined);

const count = (value) => (Number.isSafeInteger(value) && value >= 0 ? value : 0);

module.exports = { readCounts, mergeCounts, usageEvent };
