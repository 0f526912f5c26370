"use strict";
const { derivedId } = require("../shipper/events/derived-id.js");
const { textOf, textsIn } = require("./line-content.js");

const AGENT_TOOLS = new Set(["Task", "Agent"]);
const ID_CHARS = 8;

/**
 * Distinguishes the subagents whose lines stand in the file of their session, as hosts before 2.0.28 wrote them:
 * without an id, and several at once. Each root of a side chain is one; the tool call that started it has the same
 * prompt.
 */
class SidechainTracker {
  #agents = new Map();
  #callByPrompt = new Map();
  #agentByCall = new Map();

  noteCall({ name, id, input }) {
    if (AGENT_TOOLS.has(name) && textOf(input?.prompt)) this.#callByPrompt.set(input.prompt.trim(), { id, input });
  }

  /** The line with the id and the type of its subagent. */
  identify(line) {
    if (!line.isSidechain || line.agentId || typeof line.uuid !== "string") return line;
    const agent = this.#agents.get(line.parentUuid) ?? this.#startAgent(line);
    this.#agents.set(line.uuid, agent);
    return { ...line, agentId: agent.id, attributionAgent: line.attributionAgent ?? agent.type };
  }

  /** The id of the subagent that a tool call started; undefined if the transcript does not show it. */
  agentOf = (callId) => this.#agentByCall.get(callId)?.id;

  #startAgent(line) {
    const prompt = textsIn(line.message?.content).join("\n").trim();
    const call = this.#callByPrompt.get(prompt);
    const id = derivedId("sidechain", String(line.sessionId), line.uuid).slice(0, ID_CHARS);
    const agent = { id, type: textOf(call?.input.subagent_type) };
    if (call) this.#agentByCall.set(call.id, agent);
    return agent;
  }
}

module.exports = { SidechainTracker };
