"use strict";
const { sha256 } = require("../files.js");
const { derivedId } = require("../shipper/derived-id.js");
const { isUniqueId } = require("./answer-keys.js");

const COUNTS = ["input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
const CACHE_LIVES = { "5m": "ephemeral_5m_input_tokens", "1h": "ephemeral_1h_input_tokens" };
// What the price depends on besides the counts.
const CONDITIONS = ["speed", "inference_geo", "service_tier"];
const CONDITION = /^[\w.:/-]{1,64}$/;
const SERVER_TOOL = /^\w{1,64}$/;
const MAX_SERVER_TOOLS = 16;

/** The counts of a `usage` in a transcript: {tokens, serverTools, conditions}, each {name: value}. */
function readCounts(usage) {
  const tokens = Object.fromEntries(COUNTS.map((name) => [name, count(usage[name])]));
  for (const [life, member] of Object.entries(CACHE_LIVES))
    if (count(usage.cache_creation?.[member]))
      tokens[`cache_creation_${life}_input_tokens`] = count(usage.cache_creation[member]);
  const serverTools = Object.entries(usage.server_tool_use ?? {})
    .filter(([name, value]) => SERVER_TOOL.test(name) && count(value))
    .slice(0, MAX_SERVER_TOOLS);
  const conditions = CONDITIONS.filter((name) => typeof usage[name] === "string" && CONDITION.test(usage[name]));
  return {
    tokens,
    serverTools: Object.fromEntries(serverTools),
    conditions: Object.fromEntries(conditions.map((name) => [name, usage[name]])),
  };
}

/** The counts of two lines of one answer: the larger of each. */
const mergeCounts = (one, other) => ({
  tokens: largest(one.tokens, other.tokens),
  serverTools: largest(one.serverTools, other.serverTools),
  conditions: { ...one.conditions, ...other.conditions },
});

function largest(one, other) {
  const merged = { ...one };
  for (const [name, value] of Object.entries(other)) merged[name] = Math.max(merged[name] ?? 0, value);
  return merged;
}

/**
 * The event of one answer, for the spool. Its id follows from the answer and from all it counts: a later, larger count
 * is another event, and the server keeps the largest; the same answer in a copied transcript is the same event.
 */
function usageEvent({ id, key, line, model, counts: { tokens, serverTools, conditions }, prompt, agentType }) {
  const data = {
    session_id: text(line.sessionId),
    prompt_id: prompt ?? undefined,
    message_id: id,
    answer_id: isUniqueId(id) ? undefined : sha256(key).slice(0, 32),
    request_id: text(line.requestId),
    agent_id: text(line.agentId),
    agent_type: line.agentId ? text(agentType) : undefined,
    cwd: text(line.cwd),
    model,
    ...tokens,
    ...conditions,
    server_tool_use: Object.keys(serverTools).length ? serverTools : undefined,
  };
  const counted = [tokens, serverTools, conditions].map((part) => JSON.stringify(Object.entries(part).sort()));
  return {
    name: "Usage",
    id: derivedId("usage", key, model, ...counted),
    time: BigInt(Date.parse(line.timestamp)) * 1_000_000n,
    payload: JSON.stringify(data),
  };
}

const text = (value) => (typeof value === "string" ? value : undefined);

const count = (value) => (Number.isSafeInteger(value) && value >= 0 ? value : 0);

module.exports = { readCounts, mergeCounts, usageEvent };
