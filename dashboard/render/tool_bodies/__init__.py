"""What a use of a tool looks like when it is opened: from its input and its result to parts. Pure.

One line of a table per tool; a tool that nobody knows shows its input and its result by name.
"""

from collections.abc import Callable

from dashboard.render import render_parts
from dashboard.render.render_parts import RenderPart
from dashboard.render.timeline_steps import ToolCall, ToolCallState
from dashboard.render.tool_bodies import checklists, file_changes, generic, lookups, terminal_output

MAX_PREVIEW_LINES, MAX_OPENED_LINES = 20, 2_000  # lines: of a part in a timeline, and of one that was opened
BodyRenderer = Callable[[ToolCall, int], list[RenderPart]]


def render_body(call: ToolCall, limit: int = MAX_PREVIEW_LINES) -> list[RenderPart]:
    """The parts of this use, each of at most so many lines."""
    return BODIES.get(call.name, generic.render_unknown_tool)(call, limit) + _render_error(call, limit)


def _render_error(call: ToolCall, limit: int) -> list[RenderPart]:
    """What went wrong, if it did; a command shows that itself, as its output."""
    if BODIES.get(call.name) is terminal_output.render_command:
        return []
    return render_parts.make_lines(
        call.error, limit, tone="wrong", label="Denied" if call.state == ToolCallState.DENIED else "Error"
    )


BODIES: dict[str, BodyRenderer] = {
    "Bash": terminal_output.render_command,
    "PowerShell": terminal_output.render_command,
    "BashOutput": terminal_output.render_command,
    "Edit": file_changes.render_edit,
    "MultiEdit": file_changes.render_edit,
    "NotebookEdit": file_changes.render_notebook_edit,
    "Write": file_changes.render_write,
    "Read": file_changes.render_read,
    "NotebookRead": file_changes.render_read,
    "Grep": lookups.render_search,
    "Glob": lookups.render_search,
    "LS": lookups.render_search,
    "WebFetch": lookups.render_fetch,
    "WebSearch": lookups.render_web_search,
    "TodoWrite": checklists.render_todos,
    "TaskCreate": checklists.render_task,
    "TaskUpdate": checklists.render_task,
    "TaskGet": checklists.render_task,
    "TaskList": checklists.render_task_list,
    "ExitPlanMode": checklists.render_plan,
    "AskUserQuestion": checklists.render_questions,
    "Agent": generic.render_agent,
    "Task": generic.render_agent,
}
