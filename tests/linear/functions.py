"""Every function that reads captured text, as work on one text. Pages are rendered as the views render them."""

import json
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string

from dashboard.render import highlight, json_view, markdown_html, render_budget, syntax
from dashboard.render.render_budget import RenderBudget
from dashboard.render.safe_text import first_line, make_visible, one_line
from dashboard.session import (
    feed_rows,
    session_conversation,
    session_data,
    session_find,
    session_markdown,
    step_views,
    timeline,
)
from dashboard.session.call_starts import CallStarts
from dashboard.session.file_tab import changed_files
from dashboard.session.live_timeline import LiveTimeline
from dashboard.session.overview import session_map
from events.store.log import Record
from events.wire import json_text
from events.wire.hook_event import HookEvent, storable_text, summary_line
from events.wire.urgency import is_urgent
from memory.context import context_lines, context_markdown, context_report, hint_index, quoting
from memory.context.project_memory import Act, ContextEntry, ProjectMemory, TurnSummary, UserPrompt
from memory.file_history import change_lines
from memory.file_history.session_edits import SessionEdit
from memory.mcp_server import mcp_text
from memory.notifications import notice_content
from memory.rules import facts, observations, search_documents, shell_commands, tool_actions, turn_summary
from memory.rules.changes import git_commands, git_output, shell_moves
from memory.rules.failure_tracker import FailureTracker
from memory.rules.session_projection import start_projection
from memory.search import query_parser, query_terms, snippets
from memory.search.search_hits import MemoryEntry
from memory.values import host_markup, text_analyzer
from memory.values.mcp_tool_names import split_mcp_name

Work = Callable[[str], object]
AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
AT_US, ID = 1_760_000_000_000_000, UUID(int=1)
FOLDER = "/home/ada/shop"
# Only the hooks and tools that the code distinguishes; it treats others like one of these.
HOOKS = (
    *("prompt_submit", "stop", "stop_failure", "subagent_stop", "subagent_start", "pre_compact", "post_compact"),
    *("notification", "message_display", "session_start", "task_completed", "permission_request", "setup"),
)
TOOLS = (
    *("Bash", "Edit", "MultiEdit", "NotebookEdit", "Write", "Read", "Grep", "WebFetch", "WebSearch", "TodoWrite"),
    *("TaskCreate", "TaskList", "ExitPlanMode", "AskUserQuestion", "Agent", "Skill", "mcp__a__b"),
)
LEXERS = ("python", "lua", "yaml")
SPOKEN = (
    *("prompt", "text", "last_assistant_message", "message", "reason", "error", "delta", "compact_summary", "trigger"),
    *("custom_instructions", "task_subject", "task_description", "agent_type", "agent_id", "model", "source", "title"),
    *("session_title", "notification_type", "file_path"),
)
GIVEN = (
    *("command", "description", "file_path", "notebook_path", "path", "pattern", "glob", "url", "query", "prompt"),
    *("content", "old_string", "new_string", "new_source", "plan", "subject", "taskId", "status", "subagent_type"),
)


def wire(hook: str, data: dict[str, Any]) -> dict[str, Any]:
    kind = {"type": "HookEvent", "data": {"hook": hook, "data": {"session_id": "s1", "cwd": FOLDER, **data}}}
    return {"id": str(ID), "ts": "2026-11-21T09:00:00Z", "project": FOLDER, "kind": kind}


def spoken(hook: str, text: str) -> dict[str, Any]:
    return wire(hook, dict.fromkeys(SPOKEN, text))


def used(tool: str, text: str, *, failed: bool = False) -> dict[str, Any]:
    """A tool call that holds the text in every member that may hold one."""
    hunk = {
        "oldStart": 1,
        "newStart": 1,
        "lines": [f"{'+- '[at % 3]}{part}" for at, part in enumerate(text.split("\n"))],
    }
    given = {
        **dict.fromkeys(GIVEN, text),
        "edits": [{"old_string": text, "new_string": text[1:]}],
        "todos": [{"content": text, "status": "pending"}],
        "questions": [{"question": text, "options": [{"label": text, "description": text}]}],
    }
    response = {
        **dict.fromkeys(("stdout", "stderr", "content", "result", "type", "old_source", "status"), text),
        "filenames": [text],
        "results": [text],
        "file": {"content": text},
        "answers": {text: text},
        "structuredPatch": [hunk],
    }
    named = {"tool_name": tool, "tool_use_id": "t1", "tool_input": given}
    if failed:
        return wire("post_tool_failure", {**named, "error": text})
    return wire("post_tool_use", {**named, "tool_response": response})


def _asked(text: str) -> dict[str, Any]:
    """A request for permission that holds the text in every member that may hold one."""
    return wire("permission_request", {"tool_name": "Bash", "tool_input": dict.fromkeys(GIVEN, text)})


def named_tool(text: str) -> dict[str, Any]:
    return wire("post_tool_use", {"tool_name": f"mcp__{text}", "tool_use_id": text, "tool_input": {text: text}})


def _happening(event: dict[str, Any]) -> HookEvent:
    found = HookEvent.parse(1, json.dumps(event), AT_US)
    assert found.session_id
    return found


def _skimmed(text: str) -> HookEvent:
    return HookEvent.skim(1, text, AT_US)


def _skimmed_use(tool: str, text: str) -> HookEvent:
    return _skimmed(json.dumps(used(tool, text)))


def _page(*events: dict[str, Any]) -> str:
    """Renders the page of the session with every body open."""
    with render_budget.use_budget(RenderBudget()):
        chapters = step_views.build_turn_views(timeline.build_turns(map(_happening, events)), open_all=True)
        return render_to_string("sessions/_export.html", {"turns": chapters})


def _grown(*events: dict[str, Any]) -> None:
    growing = LiveTimeline()
    for event in events:
        step_views.build_turn_views(growing.apply([_happening(event)]).turns)


def _views(event: dict[str, Any]) -> None:
    session_conversation.build_conversation([_happening(event)], limit=80)
    (file,) = changed_files.list_changed_files([SessionEdit(1, json.dumps(event), 1, 1, None)])
    file.add_changes({1: _happening(event)}, {}, {})
    list(session_find.iter_hits([_happening(event)], session_find.parse_query("x", failed=False), CallStarts()))
    session_markdown.render_markdown(timeline.build_turns([_happening(event)]))


def _derived(*events: dict[str, Any]) -> None:
    told = [_happening(event) for event in events]
    made = start_projection(told)
    made.apply(told)
    for _ in search_documents.build_documents(made):
        pass


def _item(text: str) -> MemoryEntry:
    return MemoryEntry(1, AT_US, "edit", text, text, text, text, 5, "person", 1, text, (text,), (text,))


def _known(text: str) -> ProjectMemory:
    types = ("edit", "command", "failure", "fix", "decision")
    acts = [
        Act(at, "s1", AT_US, types[at % len(types)], f"Ran `{text}`", text, files_modified=text) for at in range(20)
    ]
    return ProjectMemory(
        pinned=[ContextEntry(1, AT_US, "edit", text, 5)],
        prompts=[UserPrompt(at, "s1", AT_US, f"Never {at} {text}") for at in range(20)],
        acts=acts,
        summaries=[TurnSummary(at, "s1", AT_US, text, text, text, f"Next:\n{text}") for at in range(20)],
        llm_summary=text,
    )


class _Seen:
    """Stands for an observation or a prompt in which facts are found."""

    def __init__(self, seq: int, text: str) -> None:
        self.seq, self.session_id, self.type, self.at_us = seq, str(seq), "command", AT_US
        self.title, self.text, self.files_modified = f"Ran `{text}`", text, text


def _facts(text: str) -> None:
    size = max(1, len(text) // 300)
    seen = [_Seen(at, text[at * size : (at + 1) * size]) for at in range(300)]
    deque(facts.find_files_together(seen), maxlen=0)
    deque(facts.find_conventions([_Seen(at, f"no {at} {one.text}") for at, one in enumerate(seen)]), maxlen=0)


def _json_reader(text: str) -> None:
    for hostile in (f"[{json.dumps(text)}]", "[" * 3_000 + text):
        try:
            json_text.JsonReader(hostile).read_value()
        except ValueError:
            continue


def _parts() -> Iterator[tuple[str, Work]]:
    yield "text.visible", make_visible
    yield "text.one_line", lambda text: one_line(text, 200)
    yield "text.first_line", lambda text: first_line(text, 200)
    yield "prose.markdown", markdown_html.render_markdown
    yield "paint.terminal", lambda text: highlight.highlight_terminal([part[:4_000] for part in text.split("\n")])
    yield "paint.terminal, one line", lambda text: highlight.highlight_terminal([text])
    for lexer in LEXERS:
        yield f"paint.code, {lexer}", partial(_painted, lexer)
        yield f"syntax.parts, {lexer}", partial(_lexed, lexer)
    yield "pretty.lay_out", lambda text: json_view.format_json(json.dumps({text: [text], "a": text.split("a")}))
    yield (
        "session_conversation.may_be_message",
        lambda text: session_conversation.may_be_message(_skimmed(json.dumps(spoken("stop", text)))),
    )
    yield "hook_event.skim", _skimmed
    yield "session_map.build_map", lambda text: session_map.build_map((at, _skimmed(text[at:])) for at in range(3))
    yield (
        "session_map.build_map, a use",
        lambda text: session_map.build_map([(AT_US, _skimmed_use("Bash", text))]),
    )
    yield "session_data.parse_event", lambda text: session_data.parse_event(_record(spoken("stop", text)))
    yield "jsontext.Reader", _json_reader
    yield "jsontext.depth", lambda text: json_text.nesting_depth(json.dumps([text]))
    yield "jsontext.one_line", lambda text: json_text.compact_json(json.dumps([text], indent=1))
    yield "host_markup", lambda text: (list(host_markup.split_reminders(text)), host_markup.without_reminders(text))
    yield "host_markup.inside_tag", lambda text: host_markup.extract_tag_content(text, "summary")
    yield (
        "commands",
        lambda text: (
            shell_commands.normalize_command(text),
            shell_commands.extract_failure_reason(text),
            shell_commands.runs_tests(text),
            shell_commands.find_main_part(text),
            shell_commands.find_role(text),
        ),
    )
    yield "mcp_tool", lambda text: split_mcp_name(f"mcp__{text}")
    yield (
        "acts",
        lambda text: tool_actions.build_action(tool_actions.ToolCall("x", {"a": text}, [text], (FOLDER, text))),
    )
    yield "facts", _facts
    yield "asks", lambda text: _derived(_asked(text), wire("notification", {"message": f"permission {text}"}))
    yield "urgency", lambda text: is_urgent(json.dumps(_asked(text)))
    yield "moves", lambda text: shell_moves.find_moves(f"git mv {text}", FOLDER)
    yield "git commands", lambda text: git_commands.find_calls(f"git add {text}; gh pr create {text}", FOLDER)
    yield "git output", _git_output
    yield "hunks", lambda text: change_lines.extract_hunks(_happening(used("Write", text)))
    yield "notices", lambda text: notice_content.clean(text, notice_content.MAX_TEXT_CHARS)
    yield "summarise", lambda text: turn_summary.Turn().summarize(_happening(spoken("stop", text)), FailureTracker())
    yield (
        "quoting",
        lambda text: (quoting.quote(text, 500), quoting.format_user_text(text, 500), quoting.quote_block(text)),
    )
    yield "wording.words", text_analyzer.extract_terms
    yield "wording.label", lambda text: text_analyzer.make_label("file", text)
    yield "wording.plain", text_analyzer.strip_terminal_codes
    yield (
        "snippets",
        lambda text: snippets.build_snippet_parts(
            text, query_terms.parse_search_terms("word a b c d e f g"), ["a/b.py"]
        ),
    )
    yield "question", lambda text: (query_parser.parse_query(text), query_parser.find_invalid_filters(text))
    yield "rendering", lambda text: context_markdown.render_context(_known(text), budget=5_000)
    yield "explaining", lambda text: context_report.make_report(_known(text), budget=5_000)
    yield "hinting", lambda text: hint_index.make_hints(context_lines.list_lines(_known(text)))
    yield "telling", lambda text: (mcp_text.format_index([_item(text)]), mcp_text.format_entries([_item(text)]))
    yield "happening.line", lambda text: (summary_line(text, 200), storable_text(text, 5_000))


def _git_output(text: str) -> None:
    lines = git_output.read_lines(f"To {text}\n{text}\n[{text}\nUpdating {text}")
    for read in (git_output.read_commits, git_output.read_pushes, git_output.read_head, git_output.read_requests):
        read(lines)
    git_output.read_fast_forward([*lines, "Fast-forward"])


def _painted(lexer: str, text: str) -> None:
    highlight.highlight_code(text.split("\n"), lexer)


def _lexed(lexer: str, text: str) -> None:
    deque(syntax.tokenize_source(text, lexer), maxlen=0)


def _events() -> Iterator[tuple[str, Work]]:
    for hook in HOOKS:
        yield f"a page, {hook}", partial(_all_of_it, partial(spoken, hook))
    for tool in TOOLS:
        yield f"a page, {tool}", partial(_all_of_it, partial(used, tool))
        yield f"a page, {tool} failed", partial(_all_of_it, partial(used, tool, failed=True))
    yield "a page, a tool of any name", partial(_all_of_it, named_tool)
    yield "a growing page", lambda text: _grown(spoken("prompt_submit", text), used("Bash", text), spoken("stop", text))


def _all_of_it(make: Callable[[str], dict[str, Any]], text: str) -> None:
    """Runs every function that reads the event."""
    event = make(text)
    _page(event)
    _views(event)
    feed_rows.render_rows([feed_rows.render_row(_record(event))], [])
    _derived(event)
    observations.extract_observation_text(_happening(event), FOLDER)


def _record(event: dict[str, Any]) -> Record:
    return Record(1, ID, json.dumps(event), AT_US)


PARTS, EVENTS = dict(_parts()), dict(_events())
