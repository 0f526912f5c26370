"use strict";

/** Follows the tasks that the tool calls of one transcript create and complete. */
class TaskTracker {
  #created = new Map();

  /** The payload of TaskCompleted if this tool call completed a task, else null. TaskCreate alone has its text. */
  completedBy({ tool_name: tool, tool_input: input }, response) {
    const { id } = response?.task ?? {};
    if (tool === "TaskCreate" && typeof id === "string")
      this.#created.set(id, { subject: textOr(input.subject), description: textOr(input.description) });
    if (tool !== "TaskUpdate" || response?.statusChange?.to !== "completed" || typeof response.taskId !== "string")
      return null;
    const { subject = "", description = "" } = this.#created.get(response.taskId) ?? {};
    return { task_id: response.taskId, task_subject: subject, task_description: description };
  }
}

const textOr = (value) => (typeof value === "string" ? value : "");

module.exports = { TaskTracker };
