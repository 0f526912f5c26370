"""What a tool was used on, and what came of it, in a few words. Pure. One line of a table per tool."""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from dashboard.render.safe_text import first_line, one_line
from events.wire import patterns
from events.wire.json_values import Data, flag, items, mapping, number, text
from memory.values.mcp_tool_names import mcp_tool

LONGEST = 240
_HOST = 120

# From the tool's input and the folders that its paths are told relative to.
Target = Callable[[Data, tuple[str, ...]], str]
# From the tool's response.
Outcome = Callable[[object], str]


class Tool(NamedTuple):
    icon: str
    target: Target
    outcome: Outcome = lambda response: ""
    verb: str = ""  # the tool's own name where empty


class Use(NamedTuple):
    """A tool on a row: `Edit` `billing/models.py`."""

    icon: str
    verb: str
    target: str


def use(name: str, given: Data, folders: tuple[str, ...]) -> Use:
    """How a use of this tool reads, whatever its name and input."""
    tool = TOOLS.get(name)
    if tool is not None:
        return Use(tool.icon, tool.verb or name, tool.target(given, folders))
    over_mcp = mcp_tool(name)
    if over_mcp is not None:
        return Use("plug", " · ".join(over_mcp), _anything(given, folders))
    return Use("tool", name or "A tool", _anything(given, folders))


def outcome(name: str, response: object) -> str:
    """What came of it, if that tool has something to say besides success."""
    return TOOLS[name].outcome(response) if name in TOOLS else ""


def failure(error: str) -> str:
    """`exit 2` for a command, else the first line of the error."""
    code = patterns.EXIT_CODE.match(error)
    return f"exit {code[1]}" if code else first_line(error, 80) or "failed"


def relative(path: str, folders: tuple[str, ...]) -> str:
    """The path as seen from the first of these folders it lies in; also between backslashes."""
    for folder in filter(None, (folder.rstrip("/\\") for folder in folders)):
        if path.startswith(folder) and path[len(folder) : len(folder) + 1] in ("/", "\\"):
            return path[len(folder) + 1 :]
    return path


def _path(*names: str) -> Target:
    def target(given: Data, folders: tuple[str, ...]) -> str:
        path = next(filter(None, (text(given, name) for name in names)), "")
        return one_line(relative(path, folders), LONGEST)

    return target


def _said(*names: str) -> Target:
    def target(given: Data, folders: tuple[str, ...]) -> str:
        return next(filter(None, (first_line(text(given, name), LONGEST) for name in names)), "")

    return target


def _pattern(given: Data, folders: tuple[str, ...]) -> str:
    pattern, path = first_line(text(given, "pattern"), LONGEST), text(given, "path")
    return pattern if path in ("", *folders) else f"{pattern} in {one_line(relative(path, folders), 120)}"


def _host(given: Data, folders: tuple[str, ...]) -> str:
    url = text(given, "url")
    try:
        host = urlsplit(url).hostname
    except ValueError:  # `http://[`
        host = None
    return one_line(host or url, _HOST)


def _task(given: Data, folders: tuple[str, ...]) -> str:
    number, status = one_line(text(given, "taskId"), 20), one_line(text(given, "status"), 30)
    return " → ".join(filter(None, (f"#{number}" if number else "", status)))


def _todos(given: Data, folders: tuple[str, ...]) -> str:
    todos = items(given, "todos")
    done = sum(text(todo, "status") == "completed" for todo in todos)
    return f"{done} of {len(todos)} done"


def _plan(given: Data, folders: tuple[str, ...]) -> str:
    """Its first line, which mostly is a heading in Markdown."""
    return first_line(text(given, "plan").lstrip("# \n"), LONGEST)


def _question(given: Data, folders: tuple[str, ...]) -> str:
    questions = [first_line(text(question, "question"), LONGEST) for question in items(given, "questions")]
    return next(filter(None, questions), "")


def _anything(given: Data, folders: tuple[str, ...]) -> str:
    said = (value for value in given.values() if isinstance(value, str) and value.strip())
    return first_line(relative(next(said, ""), folders), LONGEST)


def _changed(response: object) -> str:
    lines = [line for hunk in items(response, "structuredPatch") for line in items(hunk, "lines")]
    added = sum(isinstance(line, str) and line.startswith("+") for line in lines)
    removed = sum(isinstance(line, str) and line.startswith("-") for line in lines)
    return " ".join([f"+{added}"] * bool(added) + [f"−{removed}"] * bool(removed))


def _written(response: object) -> str:
    if text(response, "type") != "create":
        return _changed(response)
    return _count(len(text(response, "content").splitlines()), "line")


def _lines_read(response: object) -> str:
    lines = number(mapping(response, "file"), "numLines")
    return "" if lines is None else _count(int(lines), "line")


def _found(response: object) -> str:
    files = number(response, "numFiles")
    return "" if files is None else _count(int(files), "file")


def _ran(response: object) -> str:
    if flag(response, "interrupted"):
        return "interrupted"
    return "in background" if text(response, "backgroundTaskId") else ""


def _reported(response: object) -> str:
    if flag(response, "isAsync"):
        return "in background"
    uses = number(response, "totalToolUseCount")
    return "" if uses is None else _count(int(uses), "tool use")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


_EDIT, _AGENT = (
    Tool("edit", _path("file_path", "notebook_path"), _changed),
    Tool("agent", _said("description"), _reported),
)
TOOLS: dict[str, Tool] = {
    "Bash": Tool("shell", _said("command"), _ran),
    "PowerShell": Tool("shell", _said("command"), _ran),
    "BashOutput": Tool("shell", _said("bash_id", "shell_id")),
    "KillShell": Tool("shell", _said("shell_id")),
    "Edit": _EDIT,
    "MultiEdit": _EDIT,
    "NotebookEdit": _EDIT,
    "Write": Tool("write", _path("file_path"), _written),
    "Read": Tool("read", _path("file_path"), _lines_read),
    "Grep": Tool("search", _pattern, _found),
    "Glob": Tool("search", _pattern, _found),
    "LS": Tool("folder", _path("path")),
    "WebFetch": Tool("web", _host),
    "WebSearch": Tool("web", _said("query")),
    "Agent": _AGENT,
    "Task": _AGENT,
    "TaskCreate": Tool("task", _said("subject", "description")),
    "TaskUpdate": Tool("task", _task),
    "TodoWrite": Tool("task", _todos),
    "AskUserQuestion": Tool("ask", _question, verb="Asks"),
    "ExitPlanMode": Tool("task", _plan, verb="Plan"),
    "Skill": Tool("tool", _said("skill", "command")),
}
