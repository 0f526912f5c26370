"use strict";
const path = require("node:path");

// The host names the agents that it starts for itself; those that a user asked for have a number, or a name without
// an underscore.
const HOST_AGENT = /^a(compact|speculation|[a-z]+(?:_[a-z]+)+)-[0-9a-f]+$/;

/** The name of the host's own background agent with this id, such as `prompt_suggestion`; null for a subagent. */
const hostAgentOf = (agentId) => (typeof agentId === "string" ? (HOST_AGENT.exec(agentId)?.[1] ?? null) : null);

/** The id of the agent whose transcript this is; null for that of a session. */
const agentIdIn = (file) => /^agent-(.+)\.jsonl$/.exec(path.basename(file))?.[1] ?? null;

module.exports = { hostAgentOf, agentIdIn };
