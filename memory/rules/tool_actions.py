"""Builds the action of a tool call, for observations; a table has one rule per family of tools. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from events.wire import patterns
from events.wire.hook_event import summary_line
from events.wire.json_values import Data, get_list, get_number, get_text
from memory.rules.changes.edited_lines import list_replacements
from memory.rules.shell_commands import normalize_command
from memory.rules.tool_catalog import get_tool
from memory.values.mcp_tool_names import split_mcp_name
from memory.values.text_analyzer import strip_terminal_codes

MAX_TITLE_CHARS, MAX_BODY_CHARS = 160, 4_000


@dataclass(frozen=True, slots=True)
class ToolAction:
    """The action of a tool call: title, outcome, files read and changed, and `body`, the text for search."""

    type: str
    title: str
    outcome: str = ""
    files_read: tuple[str, ...] = ()
    files_modified: tuple[str, ...] = ()
    body: str = ""
    trust: str = "tool"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call: name, input, response, and the folders to which paths are made relative."""

    tool: str
    tool_input: Data
    response: object
    folders: tuple[str, ...] = field(default=())

    def input_path(self, *names: str) -> str:
        value = next(filter(None, (get_text(self.tool_input, name) for name in names)), "")
        return self.relative_path(value)

    def relative_path(self, path: str) -> str:
        for folder in filter(None, (folder.rstrip("/\\") for folder in self.folders)):
            if path.startswith(folder) and path[len(folder) : len(folder) + 1] in ("/", "\\"):
                return summary_line(path[len(folder) + 1 :], 500)
        return summary_line(path, 500)


def build_action(tool_call: ToolCall) -> ToolAction | None:
    """Builds the action of a tool call; None for a call that is not worth an observation."""
    tool = get_tool(tool_call.tool)
    return ACTION_BUILDERS.get(tool.family, _build_other)(tool_call) if tool.is_observed else None


def _build_command(tool_call: ToolCall) -> ToolAction:
    command, description = (
        get_text(tool_call.tool_input, "command"),
        summary_line(get_text(tool_call.tool_input, "description"), MAX_TITLE_CHARS),
    )
    output = "\n".join(filter(None, (get_text(tool_call.response, "stdout"), get_text(tool_call.response, "stderr"))))
    outcome = "in background" if get_text(tool_call.response, "backgroundTaskId") else _last_line(output)
    body = "\n".join(filter(None, (description, f"$ {command}", _truncate(output))))
    return ToolAction(
        "command", f"Ran `{summary_line(normalize_command(command) or command, MAX_TITLE_CHARS)}`", outcome, body=body
    )


def _last_line(output: str) -> str:
    lines = strip_terminal_codes(output[-2_000:]).strip().splitlines()
    return summary_line(lines[-1], 100) if lines else ""


def _build_edit(tool_call: ToolCall) -> ToolAction:
    path = tool_call.input_path("file_path", "notebook_path")
    patch = [part for hunk in get_list(tool_call.response, "structuredPatch") for part in get_list(hunk, "lines")]
    lines = [part for part in patch if isinstance(part, str)] or list_replacements(tool_call.tool_input)
    body = "\n".join(part for part in lines if part[:1] in "+-")
    return ToolAction(
        "edit",
        f"Edited {path}",
        _format_line_counts(lines),
        files_modified=(path,) if path else (),
        body=_truncate(f"{path}\n{body}"),
    )


def _format_line_counts(lines: list[str]) -> str:
    added, removed = (sum(part.startswith(sign) for part in lines) for sign in "+-")
    return " ".join([f"+{added}"] * bool(added) + [f"−{removed}"] * bool(removed))


def _build_write(tool_call: ToolCall) -> ToolAction:
    if get_text(tool_call.response, "type") == "update":
        return _build_edit(tool_call)
    path, content = tool_call.input_path("file_path"), get_text(tool_call.tool_input, "content")
    outcome = _pluralize(len(content.splitlines()), "line")
    return ToolAction(
        "edit", f"Wrote {path}", outcome, files_modified=(path,) if path else (), body=_truncate(f"{path}\n{content}")
    )


def _build_read(tool_call: ToolCall) -> ToolAction:
    path = tool_call.input_path("file_path", "path", "notebook_path", "uri")
    lines = get_number(tool_call.response, "file", "numLines")
    outcome = "" if lines is None else _pluralize(int(lines), "line")
    return ToolAction("read", f"Read {path}", outcome, files_read=(path,) if path else (), body=path)


def _build_search(tool_call: ToolCall) -> ToolAction:
    pattern, path = (
        summary_line(get_text(tool_call.tool_input, "pattern"), MAX_TITLE_CHARS),
        tool_call.input_path("path"),
    )
    where = f" in {path}" if path and get_text(tool_call.tool_input, "path") not in tool_call.folders else ""
    files = [
        tool_call.relative_path(name) for name in get_list(tool_call.response, "filenames") if isinstance(name, str)
    ][:50]
    file_count = get_number(tool_call.response, "numFiles")
    outcome = "" if file_count is None else _pluralize(int(file_count), "file")
    return ToolAction(
        "search", f"Searched for `{pattern}`{where}", outcome, body=_truncate("\n".join((pattern, *files)))
    )


def _build_fetch(tool_call: ToolCall) -> ToolAction:
    url = get_text(tool_call.tool_input, "url")
    result = get_text(tool_call.response, "result") or _collect_strings(tool_call.response)
    body = _truncate("\n".join((url, get_text(tool_call.tool_input, "prompt"), result)))
    return ToolAction(
        "web",
        f"Fetched {summary_line(_display_url(url), MAX_TITLE_CHARS)}",
        _status_code(tool_call.response),
        body=body,
        trust="web",
    )


def _display_url(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:  # `http://[`
        return url
    return f"{parts.hostname}{parts.path.rstrip('/')}" if parts.hostname else url


def _status_code(response: object) -> str:
    code = get_number(response, "code")
    return "" if code is None else f"{code:.0f}"


def _build_web_search(tool_call: ToolCall) -> ToolAction:
    query = summary_line(get_text(tool_call.tool_input, "query"), MAX_TITLE_CHARS)
    return ToolAction(
        "web",
        f"Searched the web for “{query}”",
        body=_truncate(f"{query}\n{_collect_strings(tool_call.response)}"),
        trust="web",
    )


def _build_agent(tool_call: ToolCall) -> ToolAction | None:
    if get_text(tool_call.response, "status") == "async_launched":
        return None  # the end of a background agent is its report
    kind, description = (
        summary_line(get_text(tool_call.tool_input, "subagent_type"), 40),
        summary_line(get_text(tool_call.tool_input, "description"), MAX_TITLE_CHARS),
    )
    report = "\n".join(get_text(part, "text") for part in get_list(tool_call.response, "content"))
    tool_count = get_number(tool_call.response, "totalToolUseCount")
    outcome = "" if tool_count is None else _pluralize(int(tool_count), "tool use")
    body = _truncate("\n".join((description, get_text(tool_call.tool_input, "prompt"), report)))
    return ToolAction(
        "task", f"{kind or 'Subagent'}: {description or summary_line(report, MAX_TITLE_CHARS)}", outcome, body=body
    )


def _build_task(tool_call: ToolCall) -> ToolAction:
    subject = summary_line(get_text(tool_call.tool_input, "subject"), MAX_TITLE_CHARS)
    return ToolAction(
        "task", f"Planned: {subject}", body=_truncate(f"{subject}\n{get_text(tool_call.tool_input, 'description')}")
    )


def _build_plan(tool_call: ToolCall) -> ToolAction:
    plan = get_text(tool_call.tool_input, "plan")
    title = next((head for part in plan.splitlines() if (head := part.strip("#*- \t"))), "")
    return ToolAction("decision", f"Plan approved: {summary_line(title, MAX_TITLE_CHARS)}", body=_truncate(plan))


def _build_other(tool_call: ToolCall) -> ToolAction:
    mcp_name = split_mcp_name(tool_call.tool)
    name = " · ".join(mcp_name) if mcp_name else tool_call.tool or "a tool"
    type_ = _guess_type(mcp_name[1] if mcp_name else tool_call.tool)
    first_value = summary_line(
        next((value for value in tool_call.tool_input.values() if isinstance(value, str) and value.strip()), ""), 80
    )
    title = summary_line(f"Used {name}" + (f": {first_value}" if first_value else ""), MAX_TITLE_CHARS)
    return ToolAction(type_, title, body=_collect_body(tool_call.tool, tool_call))


_SEARCH_WORDS = frozenset(("find", "grep", "lookup", "query", "search"))
_READ_WORDS = frozenset(("describe", "fetch", "get", "list", "read", "show"))


def _guess_type(name: str) -> str:
    """Guesses the type of an observation by the words in the name of its tool."""
    words = [word.lower() for word in patterns.NAME_WORD.findall(name)]
    if not _SEARCH_WORDS.isdisjoint(words):
        return "search"
    return "read" if words and words[0] in _READ_WORDS else "command"


def _build_named(tool_call: ToolCall) -> ToolAction:
    """Builds the action of a tool with a sentence of its own in the catalog."""
    tool = get_tool(tool_call.tool)
    values = (
        tool_call.input_path(name) if name.endswith("path") else get_text(tool_call.tool_input, name)
        for name in tool.target
    )
    target = next(filter(None, (summary_line(value, MAX_TITLE_CHARS) for value in values)), "")
    title = f"{tool.sentence} {target}" if target else tool.sentence.rstrip(":")
    body = _collect_body(tool.sentence, tool_call)
    return ToolAction(tool.entry_type, summary_line(title, MAX_TITLE_CHARS), body=body)


def _build_findings(tool_call: ToolCall) -> ToolAction:
    tool, findings = get_tool(tool_call.tool), get_list(tool_call.tool_input, "findings")
    titles = (get_text(finding, name) for finding in findings for name in ("title", "summary", "description"))
    first = summary_line(next(filter(None, titles), ""), MAX_TITLE_CHARS)
    title = f"{tool.sentence} {_pluralize(len(findings), 'finding')}" + (f": {first}" if first else "")
    body = _collect_body(tool.sentence, tool_call)
    return ToolAction(tool.entry_type, summary_line(title, MAX_TITLE_CHARS), body=body)


def _collect_body(first_line: str, tool_call: ToolCall) -> str:
    texts = (first_line, _collect_strings(tool_call.tool_input), _collect_strings(tool_call.response))
    return _truncate("\n".join(filter(None, texts)))


def _collect_strings(value: object, depth: int = 4) -> str:
    """Collects the strings in a nested value, one per line."""
    if isinstance(value, str):
        return value[:MAX_BODY_CHARS]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return "\n".join(filter(None, (_collect_strings(part, depth - 1) for part in list(inner)[:50]))) if depth else ""


def _truncate(body: str) -> str:
    """Cuts the middle out of a long text: the last lines of a command contain its result."""
    return (
        body if len(body) <= MAX_BODY_CHARS else f"{body[: MAX_BODY_CHARS * 2 // 3]}\n…\n{body[-MAX_BODY_CHARS // 3 :]}"
    )


def _pluralize(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


ACTION_BUILDERS: dict[str, Callable[[ToolCall], ToolAction | None]] = {
    "command": _build_command,
    "edit": _build_edit,
    "notebook_edit": _build_edit,
    "write": _build_write,
    "read": _build_read,
    "folder": _build_read,
    "search": _build_search,
    "fetch": _build_fetch,
    "web_search": _build_web_search,
    "agent": _build_agent,
    "task_create": _build_task,
    "plan": _build_plan,
    "named": _build_named,
    "findings": _build_findings,
}
