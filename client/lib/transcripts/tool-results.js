"use strict";
const { textsIn } = require("./line-content.js");
const { responseFrom } = require("./responses.js");
const { TaskTracker } = require("./tasks.js");

// Claude Code writes the sentence of a refusal also for a tool that it stopped halfway.
const STOPPED =
  /^(?:The user doesn't want to (?:proceed|take this action)|\[Request interrupted by user|User rejected tool use)/;
// The request was malformed: no hook saw it.
const NOT_REQUESTED = /^<tool_use_error>/;

/** Makes the events that follow the result of a tool call. */
class ResultReader {
  #tasks = new TaskTracker();

  /** The events as [{hook, data}] after the request of a `call` with these `data`; null if no hook saw the request. */
  read(line, block, { data, agentId }) {
    const text = textsIn(block.content).join("\n");
    if (!block.is_error) return this.#readSuccess(line, block, { data, agentId, text });
    if (NOT_REQUESTED.test(text)) return null;
    if (wasDenied(line, block)) return [];
    return [{ hook: "post_tool_failure", data: { ...data, error: text, is_interrupt: STOPPED.test(text) } }];
  }

  #readSuccess(line, block, { data, agentId, text }) {
    const result = line.toolUseResult ?? responseFrom(data.tool_name, data.tool_input, text) ?? block.content ?? null;
    const isPlain = result !== null && typeof result === "object" && !Array.isArray(result);
    const response = agentId && isPlain && !result.agentId ? { ...result, agentId } : result;
    const task = this.#tasks.completedBy(data, response);
    return [
      ...(task ? [{ hook: "task_completed", data: task }] : []),
      { hook: "post_tool_use", data: { ...data, tool_response: response } },
    ];
  }
}

/** Whether the tool never ran: of the hooks only PreToolUse saw it. */
function wasDenied(line, { tool_use_id: id }) {
  const notes = Array.isArray(line.tool_result_meta) ? line.tool_result_meta : [];
  const noted = notes.find((note) => note?.id === id)?.non_execution_kind;
  const kind = line.toolDenialKind ?? line.non_execution_kind ?? line.nonExecutionKind ?? noted;
  return Boolean(kind) && kind !== "interrupted" && line.toolDenialBeforeRun !== false;
}

module.exports = { ResultReader };
