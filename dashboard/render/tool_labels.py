"""Labels a tool call in one line: icon, verb, target and outcome. Pure.

The tool catalog has the icon, the verb and the members of the target; the tables here have the additions of each
family.
"""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from dashboard.render.safe_text import first_line, one_line
from events.wire import patterns
from events.wire.json_values import Data, get_flag, get_list, get_mapping, get_number, get_text
from memory.rules.tool_catalog import Tool, get_tool
from memory.values.mcp_tool_names import split_mcp_name

MAX_LABEL_CHARS = 240
_MAX_HOST_CHARS = 120

# From the tool's input and the folders that its paths are shown relative to.
TargetFormatter = Callable[[Data, tuple[str, ...]], str]
# From the tool's response.
OutcomeFormatter = Callable[[object], str]


class ToolLabel(NamedTuple):
    """A tool on a row: `Edit` `billing/models.py`."""

    icon: str
    verb: str
    target: str


def label_tool_call(name: str, tool_input: Data, folders: tuple[str, ...]) -> ToolLabel:
    """Labels a tool call, whatever its name and input."""
    tool, mcp_names = get_tool(name), split_mcp_name(name)
    if mcp_names is not None:
        return ToolLabel("plug", " · ".join(mcp_names), _format_first_text(tool_input, folders))
    return ToolLabel(tool.icon, tool.verb or name or "A tool", _format_target(tool, tool_input, folders))


def format_outcome(name: str, response: object) -> str:
    """Formats the result of a call, for tools whose result says more than success."""
    formatter = OUTCOME_FORMATTERS.get(get_tool(name).family)
    return formatter(response) if formatter else ""


def format_failure(error: str) -> str:
    """`exit 2` for a command, else the first line of the error."""
    exit_code = patterns.EXIT_CODE.match(error)
    return f"exit {exit_code[1]}" if exit_code else first_line(error, 80) or "failed"


def relative_path(path: str, folders: tuple[str, ...]) -> str:
    """Returns the path relative to the first of these folders that contains it; backslashes count as separators."""
    for folder in filter(None, (folder.rstrip("/\\") for folder in folders)):
        if path.startswith(folder) and path[len(folder) : len(folder) + 1] in ("/", "\\"):
            return path[len(folder) + 1 :]
    return path


def _format_target(tool: Tool, tool_input: Data, folders: tuple[str, ...]) -> str:
    formatter = TARGET_FORMATTERS.get(tool.family)
    if formatter:
        return formatter(tool_input, folders)
    if not tool.target:
        return _format_first_text(tool_input, folders)
    return next(filter(None, (_format_member(name, tool_input, folders) for name in tool.target)), "")


def _format_member(name: str, tool_input: Data, folders: tuple[str, ...]) -> str:
    text = get_text(tool_input, name)
    if name.endswith("path"):
        return one_line(relative_path(text, folders), MAX_LABEL_CHARS)
    return first_line(text, MAX_LABEL_CHARS)


def _format_pattern(tool_input: Data, folders: tuple[str, ...]) -> str:
    pattern, path = first_line(get_text(tool_input, "pattern"), MAX_LABEL_CHARS), get_text(tool_input, "path")
    return pattern if path in ("", *folders) else f"{pattern} in {one_line(relative_path(path, folders), 120)}"


def _format_host(tool_input: Data, folders: tuple[str, ...]) -> str:
    url = get_text(tool_input, "url")
    try:
        host = urlsplit(url).hostname
    except ValueError:  # `http://[`
        host = None
    return one_line(host or url, _MAX_HOST_CHARS)


def _format_task(tool_input: Data, folders: tuple[str, ...]) -> str:
    number, status = one_line(get_text(tool_input, "taskId"), 20), one_line(get_text(tool_input, "status"), 30)
    return " → ".join(filter(None, (f"#{number}" if number else "", status)))


def _format_todos(tool_input: Data, folders: tuple[str, ...]) -> str:
    todos = get_list(tool_input, "todos")
    done = sum(get_text(todo, "status") == "completed" for todo in todos)
    return f"{done} of {len(todos)} done"


def _format_plan(tool_input: Data, folders: tuple[str, ...]) -> str:
    """Returns the first line, which mostly is a heading in Markdown."""
    return first_line(get_text(tool_input, "plan").lstrip("# \n"), MAX_LABEL_CHARS)


def _format_question(tool_input: Data, folders: tuple[str, ...]) -> str:
    questions = [
        first_line(get_text(question, "question"), MAX_LABEL_CHARS) for question in get_list(tool_input, "questions")
    ]
    return next(filter(None, questions), "")


def _format_findings(tool_input: Data, folders: tuple[str, ...]) -> str:
    return _format_count(len(get_list(tool_input, "findings")), "finding")


def _format_first_text(tool_input: Data, folders: tuple[str, ...]) -> str:
    texts = (value for value in tool_input.values() if isinstance(value, str) and value.strip())
    return first_line(relative_path(next(texts, ""), folders), MAX_LABEL_CHARS)


def _format_edit_outcome(response: object) -> str:
    lines = [line for hunk in get_list(response, "structuredPatch") for line in get_list(hunk, "lines")]
    added = sum(isinstance(line, str) and line.startswith("+") for line in lines)
    removed = sum(isinstance(line, str) and line.startswith("-") for line in lines)
    return " ".join([f"+{added}"] * bool(added) + [f"−{removed}"] * bool(removed))


def _format_write_outcome(response: object) -> str:
    if get_text(response, "type") != "create":
        return _format_edit_outcome(response)
    return _format_count(len(get_text(response, "content").splitlines()), "line")


def _format_read_outcome(response: object) -> str:
    lines = get_number(get_mapping(response, "file"), "numLines")
    return "" if lines is None else _format_count(int(lines), "line")


def _format_search_outcome(response: object) -> str:
    files = get_number(response, "numFiles")
    return "" if files is None else _format_count(int(files), "file")


def _format_command_outcome(response: object) -> str:
    if get_flag(response, "interrupted"):
        return "interrupted"
    return "in background" if get_text(response, "backgroundTaskId") else ""


def _format_agent_outcome(response: object) -> str:
    if get_flag(response, "isAsync"):
        return "in background"
    call_count = get_number(response, "totalToolUseCount")
    return "" if call_count is None else _format_count(int(call_count), "tool use")


def _format_count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


TARGET_FORMATTERS: dict[str, TargetFormatter] = {
    "search": _format_pattern,
    "fetch": _format_host,
    "task_update": _format_task,
    "todos": _format_todos,
    "plan": _format_plan,
    "question": _format_question,
    "findings": _format_findings,
}
OUTCOME_FORMATTERS: dict[str, OutcomeFormatter] = {
    "command": _format_command_outcome,
    "edit": _format_edit_outcome,
    "notebook_edit": _format_edit_outcome,
    "write": _format_write_outcome,
    "read": _format_read_outcome,
    "search": _format_search_outcome,
    "agent": _format_agent_outcome,
}
