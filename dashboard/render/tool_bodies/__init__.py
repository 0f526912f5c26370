"""Renders the body of an opened tool call: from its input and its result to parts. Pure.

A table has one function per family of tools; a tool of no family shows its input and its result by name.
"""

from collections.abc import Callable

from dashboard.render import render_parts
from dashboard.render.render_parts import RenderPart
from dashboard.render.timeline_steps import ToolCall, ToolCallState
from dashboard.render.tool_bodies import checklists, file_changes, generic, lookups, terminal_output
from memory.rules.tool_catalog import get_tool

MAX_PREVIEW_LINES, MAX_OPENED_LINES = 24, 2_000  # lines: of a part in a timeline, and of one that was opened
BodyRenderer = Callable[[ToolCall, int], list[RenderPart]]


def render_body(call: ToolCall, limit: int = MAX_PREVIEW_LINES) -> list[RenderPart]:
    """Renders the parts of a tool call, each with at most `limit` lines."""
    return _find_renderer(call)(call, limit) + _render_error(call, limit)


def _find_renderer(call: ToolCall) -> BodyRenderer:
    return BODIES.get(get_tool(call.name).family, generic.render_unknown_tool)


def _render_error(call: ToolCall, limit: int) -> list[RenderPart]:
    """Renders the error of a failed call; a command shows its error as output."""
    if _find_renderer(call) is terminal_output.render_command:
        return []
    return render_parts.make_lines(
        call.error, limit, tone="wrong", label="Denied" if call.state == ToolCallState.DENIED else "Error"
    )


BODIES: dict[str, BodyRenderer] = {
    "command": terminal_output.render_command,
    "command_output": terminal_output.render_command,
    "edit": file_changes.render_edit,
    "notebook_edit": file_changes.render_notebook_edit,
    "write": file_changes.render_write,
    "read": file_changes.render_read,
    "folder": lookups.render_search,
    "search": lookups.render_search,
    "fetch": lookups.render_fetch,
    "web_search": lookups.render_web_search,
    "todos": checklists.render_todos,
    "task": checklists.render_task,
    "task_create": checklists.render_task,
    "task_update": checklists.render_task,
    "task_list": checklists.render_task_list,
    "plan": checklists.render_plan,
    "question": checklists.render_questions,
    "agent": generic.render_agent,
}
