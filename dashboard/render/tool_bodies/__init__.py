"""What a use of a tool looks like when it is opened: from its input and its result to parts. Pure.

One line of a table per tool; a tool that nobody knows shows its input and its result by name.
"""

from collections.abc import Callable

from dashboard.render import render_parts
from dashboard.render.render_parts import Part
from dashboard.render.timeline_steps import State, Use
from dashboard.render.tool_bodies import checklists, file_changes, generic, lookups, terminal_output

SHORT, WHOLE = 20, 2_000  # lines: of a part in a timeline, and of one that was opened
Body = Callable[[Use, int], list[Part]]


def body(use: Use, limit: int = SHORT) -> list[Part]:
    """The parts of this use, each of at most so many lines."""
    return BODIES.get(use.name, generic.other)(use, limit) + _why(use, limit)


def _why(use: Use, limit: int) -> list[Part]:
    """What went wrong, if it did; a command shows that itself, as its output."""
    if BODIES.get(use.name) is terminal_output.command:
        return []
    return render_parts.lines(use.error, limit, tone="wrong", label="Denied" if use.state == State.DENIED else "Error")


BODIES: dict[str, Body] = {
    "Bash": terminal_output.command,
    "PowerShell": terminal_output.command,
    "BashOutput": terminal_output.command,
    "Edit": file_changes.edited,
    "MultiEdit": file_changes.edited,
    "NotebookEdit": file_changes.notebook,
    "Write": file_changes.written,
    "Read": file_changes.read,
    "NotebookRead": file_changes.read,
    "Grep": lookups.searched,
    "Glob": lookups.searched,
    "LS": lookups.searched,
    "WebFetch": lookups.fetched,
    "WebSearch": lookups.web_searched,
    "TodoWrite": checklists.todos,
    "TaskCreate": checklists.task,
    "TaskUpdate": checklists.task,
    "TaskGet": checklists.task,
    "TaskList": checklists.tasks,
    "ExitPlanMode": checklists.plan,
    "AskUserQuestion": checklists.question,
    "Agent": generic.agent,
    "Task": generic.agent,
}
