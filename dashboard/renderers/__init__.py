"""What a use of a tool looks like when it is opened: from its input and its result to parts. Pure.

One line of a table per tool; a tool that nobody knows shows its input and its result by name.
"""

from collections.abc import Callable

from dashboard import parts
from dashboard.blocks import State, Use
from dashboard.parts import Part
from dashboard.renderers import anything, commands, files, lists, lookups

SHORT, WHOLE = 20, 2_000  # lines: of a part in a timeline, and of one that was opened
Body = Callable[[Use, int], list[Part]]


def body(use: Use, limit: int = SHORT) -> list[Part]:
    """The parts of this use, each of at most so many lines."""
    return BODIES.get(use.name, anything.other)(use, limit) + _why(use, limit)


def _why(use: Use, limit: int) -> list[Part]:
    """What went wrong, if it did; a command shows that itself, as its output."""
    if BODIES.get(use.name) is commands.command:
        return []
    return parts.lines(use.error, limit, tone="wrong", label="Denied" if use.state == State.DENIED else "Error")


BODIES: dict[str, Body] = {
    "Bash": commands.command,
    "PowerShell": commands.command,
    "BashOutput": commands.command,
    "Edit": files.edited,
    "MultiEdit": files.edited,
    "NotebookEdit": files.notebook,
    "Write": files.written,
    "Read": files.read,
    "NotebookRead": files.read,
    "Grep": lookups.searched,
    "Glob": lookups.searched,
    "LS": lookups.searched,
    "WebFetch": lookups.fetched,
    "WebSearch": lookups.web_searched,
    "TodoWrite": lists.todos,
    "TaskCreate": lists.task,
    "TaskUpdate": lists.task,
    "TaskGet": lists.task,
    "TaskList": lists.tasks,
    "ExitPlanMode": lists.plan,
    "AskUserQuestion": lists.question,
    "Agent": anything.agent,
    "Task": anything.agent,
}
