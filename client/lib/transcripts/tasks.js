"use strict";

/**
 * Tasks that the uses of one transcript plan and finish: `over(use, response)` gives what the hook of a finished task
 * is given, or null. What a task is about was said when it was planned.
 */
function tasksDone() {
  const planned = new Map();

  function over({ tool_name: tool, tool_input: input }, response) {
    const { id } = response?.task ?? {};
    if (tool === "TaskCreate" && typeof id === "string")
      planned.set(id, { subject: textOr(input.subject), description: textOr(input.description) });
    if (tool !== "TaskUpdate" || response?.statusChange?.to !== "completed" || typeof response.taskId !== "string")
      return null;
    const { subject = "", description = "" } = planned.get(response.taskId) ?? {};
    return { task_id: response.taskId, task_subject: subject, task_description: description };
  }

  return { over };
}

const textOr = (value) => (typeof value === "string" ? value : "");

module.exports = { tasksDone };
