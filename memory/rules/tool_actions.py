"""What a use of a tool was, in the words of somebody who looks back: one line of a table per tool. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import takewhile
from urllib.parse import urlsplit

from events.wire import patterns
from events.wire.hook_event import line
from events.wire.json_values import Data, items, number, text
from memory.rules.shell_commands import essence
from memory.values.mcp_tool_names import mcp_tool
from memory.values.text_analyzer import plain

TITLE, BODY = 160, 4_000  # characters


@dataclass(frozen=True, slots=True)
class Act:
    """`what` was done, the files it read and changed, and the words that it is found by."""

    type: str
    what: str
    outcome: str = ""
    read: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    body: str = ""
    trust: str = "tool"


@dataclass(frozen=True, slots=True)
class Use:
    """A use of a tool: its name, input and response, and the folders that paths are told relative to."""

    tool: str
    given: Data
    response: object
    folders: tuple[str, ...] = field(default=())

    def path(self, *names: str) -> str:
        value = next(filter(None, (text(self.given, name) for name in names)), "")
        return self.relative(value)

    def relative(self, path: str) -> str:
        for folder in filter(None, (folder.rstrip("/\\") for folder in self.folders)):
            if path.startswith(folder) and path[len(folder) : len(folder) + 1] in ("/", "\\"):
                return line(path[len(folder) + 1 :], 500)
        return line(path, 500)


def act(use: Use) -> Act | None:
    """None for a use that nobody would look back at."""
    if use.tool in TOOLS:
        made = TOOLS[use.tool]
        return made(use) if made else None
    return _other(use)


def _command(use: Use) -> Act:
    command, about = text(use.given, "command"), line(text(use.given, "description"), TITLE)
    output = "\n".join(filter(None, (text(use.response, "stdout"), text(use.response, "stderr"))))
    outcome = "in background" if text(use.response, "backgroundTaskId") else _last_line(output)
    body = "\n".join(filter(None, (about, f"$ {command}", _cut(output))))
    return Act("command", f"Ran `{line(essence(command) or command, TITLE)}`", outcome, body=body)


def _last_line(output: str) -> str:
    lines = plain(output[-2_000:]).strip().splitlines()
    return line(lines[-1], 100) if lines else ""


def _edit(use: Use) -> Act:
    path = use.path("file_path", "notebook_path")
    patch = [part for hunk in items(use.response, "structuredPatch") for part in items(hunk, "lines")]
    lines = [part for part in patch if isinstance(part, str)] or _replaced(use)
    body = "\n".join(part for part in lines if part[:1] in "+-")
    return Act(
        "edit", f"Edited {path}", _changed(lines), modified=(path,) if path else (), body=_cut(f"{path}\n{body}")
    )


def _replaced(use: Use) -> list[str]:
    """The lines of an edit whose patch nobody kept, by what was to be replaced with what."""
    lines: list[str] = []
    for part in (use.given, *items(use.given, "edits")):
        old, new = text(part, "old_string").splitlines(), text(part, "new_string").splitlines()
        same = _alike(old, new)
        old, new = old[same:], new[same:]
        kept = _alike(old[::-1], new[::-1])
        lines += [f"-{line_}" for line_ in old[: len(old) - kept]] + [f"+{line_}" for line_ in new[: len(new) - kept]]
        lines += [f"+{line_}" for line_ in text(part, "new_source").splitlines()]
    return lines


def _alike(old: list[str], new: list[str]) -> int:
    """How many lines both begin with."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))))


def _changed(lines: list[str]) -> str:
    added, removed = (sum(part.startswith(sign) for part in lines) for sign in "+-")
    return " ".join([f"+{added}"] * bool(added) + [f"−{removed}"] * bool(removed))


def _write(use: Use) -> Act:
    if text(use.response, "type") == "update":
        return _edit(use)
    path, content = use.path("file_path"), text(use.given, "content")
    outcome = _count(len(content.splitlines()), "line")
    return Act("edit", f"Wrote {path}", outcome, modified=(path,) if path else (), body=_cut(f"{path}\n{content}"))


def _read(use: Use) -> Act:
    path = use.path("file_path", "path", "notebook_path", "uri")
    lines = number(use.response, "file", "numLines")
    outcome = "" if lines is None else _count(int(lines), "line")
    return Act("read", f"Read {path}", outcome, read=(path,) if path else (), body=path)


def _search(use: Use) -> Act:
    pattern, path = line(text(use.given, "pattern"), TITLE), use.path("path")
    where = f" in {path}" if path and text(use.given, "path") not in use.folders else ""
    files = [use.relative(name) for name in items(use.response, "filenames") if isinstance(name, str)][:50]
    found = number(use.response, "numFiles")
    outcome = "" if found is None else _count(int(found), "file")
    return Act("search", f"Searched for `{pattern}`{where}", outcome, body=_cut("\n".join((pattern, *files))))


def _fetch(use: Use) -> Act:
    url = text(use.given, "url")
    said = text(use.response, "result") or _plain(use.response)
    body = _cut("\n".join((url, text(use.given, "prompt"), said)))
    return Act("web", f"Fetched {line(_address(url), TITLE)}", _code(use.response), body=body, trust="web")


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:  # `http://[`
        return url
    return f"{parts.hostname}{parts.path.rstrip('/')}" if parts.hostname else url


def _code(response: object) -> str:
    code = number(response, "code")
    return "" if code is None else f"{code:.0f}"


def _web_search(use: Use) -> Act:
    query = line(text(use.given, "query"), TITLE)
    return Act("web", f"Searched the web for “{query}”", body=_cut(f"{query}\n{_plain(use.response)}"), trust="web")


def _agent(use: Use) -> Act | None:
    if text(use.response, "status") == "async_launched":
        return None  # it reports by its own end
    kind, about = line(text(use.given, "subagent_type"), 40), line(text(use.given, "description"), TITLE)
    report = "\n".join(text(part, "text") for part in items(use.response, "content"))
    uses = number(use.response, "totalToolUseCount")
    outcome = "" if uses is None else _count(int(uses), "tool use")
    body = _cut("\n".join((about, text(use.given, "prompt"), report)))
    return Act("task", f"{kind or 'Subagent'}: {about or line(report, TITLE)}", outcome, body=body)


def _task(use: Use) -> Act:
    subject = line(text(use.given, "subject"), TITLE)
    return Act("task", f"Planned: {subject}", body=_cut(f"{subject}\n{text(use.given, 'description')}"))


def _plan(use: Use) -> Act:
    plan = text(use.given, "plan")
    title = next((head for part in plan.splitlines() if (head := part.strip("#*- \t"))), "")
    return Act("decision", f"Plan approved: {line(title, TITLE)}", body=_cut(plan))


def _other(use: Use) -> Act:
    over_mcp = mcp_tool(use.tool)
    name = " · ".join(over_mcp) if over_mcp else use.tool or "a tool"
    verb = (over_mcp[1] if over_mcp else use.tool).lower()
    type_ = "search" if patterns.SEARCHES.search(verb) else "read" if patterns.READS.match(verb) else "command"
    about = line(next((value for value in use.given.values() if isinstance(value, str) and value.strip()), ""), 80)
    body = _cut("\n".join(filter(None, (use.tool, _plain(use.given), _plain(use.response)))))
    return Act(type_, line(f"Used {name}" + (f": {about}" if about else ""), TITLE), body=body)


def _plain(value: object, depth: int = 4) -> str:
    """The strings in a value, one a line."""
    if isinstance(value, str):
        return value[:BODY]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return "\n".join(filter(None, (_plain(part, depth - 1) for part in list(inner)[:50]))) if depth else ""


def _cut(body: str) -> str:
    """Its beginning and its end: what a command came to stands in its last lines."""
    return body if len(body) <= BODY else f"{body[: BODY * 2 // 3]}\n…\n{body[-BODY // 3 :]}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


# None: what it did is told otherwise (a task by its own hook), or not worth telling (a look at what runs).
TOOLS: dict[str, Callable[[Use], Act | None] | None] = {
    "Bash": _command,
    "PowerShell": _command,
    "BashOutput": None,
    "TaskOutput": None,
    "KillShell": None,
    "TaskStop": None,
    "Edit": _edit,
    "MultiEdit": _edit,
    "NotebookEdit": _edit,
    "Write": _write,
    "Read": _read,
    "NotebookRead": _read,
    "LS": _read,
    "Grep": _search,
    "Glob": _search,
    "ToolSearch": None,
    "WebFetch": _fetch,
    "WebSearch": _web_search,
    "Agent": _agent,
    "Task": _agent,
    "TaskCreate": _task,
    "TaskUpdate": None,
    "TaskList": None,
    "TaskGet": None,
    "EnterPlanMode": None,
    "ExitPlanMode": _plan,
    "SendMessage": None,
}
