"""Every tool has one row, which determines all of its display and observation. Adding a tool changes one row."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from dashboard.render import tool_bodies, tool_labels
from memory.rules import tool_actions, tool_catalog
from memory.rules.tool_catalog import TOOLS, UNKNOWN_TOOL, Tool, get_tool
from memory.values.mcp_tool_names import split_mcp_name
from tests.dashboard.payloads import NAMES, payload
from tests.dashboard.render.test_renderers import everything
from tests.dashboard.told import body
from tests.house.test_house import ROOT

RECORDED = {name for payload_name in NAMES if (name := payload(payload_name).get("tool_name"))}
FAMILIES = {tool.family for tool in TOOLS.values()}
TABLES: dict[str, Iterable[str]] = {
    "actions": tool_actions.ACTION_BUILDERS,
    "bodies": tool_bodies.BODIES,
    "targets": tool_labels.TARGET_FORMATTERS,
    "outcomes": tool_labels.OUTCOME_FORMATTERS,
}


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_every_recorded_tool_has_a_row(name: str) -> None:
    assert get_tool(name).name == name or split_mcp_name(name)


def test_a_tool_stands_in_the_catalog_once() -> None:
    assert len(TOOLS) == len(tool_catalog._TOOLS)


@pytest.mark.parametrize("name", ["", "Never", "mcp__lab__echo", "bash"])
def test_a_tool_that_nobody_knows_is_told_by_its_name(name: str) -> None:
    assert get_tool(name) is UNKNOWN_TOOL == Tool("")


@pytest.mark.parametrize("table", TABLES)
def test_functions_are_found_by_the_family_of_a_tool(table: str) -> None:
    assert set(TABLES[table]) <= FAMILIES - {"other"}


def test_a_tool_that_is_observed_in_a_way_of_its_own_is_observed() -> None:
    silent = {tool.family for tool in TOOLS.values() if not tool.is_observed}
    assert silent & set(tool_actions.ACTION_BUILDERS) == set()


# A word on a page, not the name of a tool.
OTHER_WORDS = {("dashboard/render/tool_bodies/checklists.py", "Task")}


def named() -> Iterator[tuple[str, str]]:
    """Each module of memory, dashboard and events with the tool that it names."""
    for room in ("memory", "dashboard", "events"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and node.value in TOOLS:
                    yield path.relative_to(ROOT).as_posix(), str(node.value)


@pytest.mark.sweep
def test_no_other_module_knows_a_tool_by_its_name() -> None:
    assert {path for path, _ in set(named()) - OTHER_WORDS} == {"memory/rules/tool_catalog.py"}


GIVEN = {
    "command": "npm test",
    "file_path": "/p/a.py",
    "old_string": "a",
    "new_string": "b",
    "pattern": "a",
    "prompt": "b",
}


@pytest.mark.parametrize("one", TOOLS.values(), ids=lambda tool: tool.name)
def test_tools_with_the_same_row_are_told_in_the_same_way(one: Tool) -> None:
    for other in [tool for tool in TOOLS.values() if replace(tool, name=one.name) == one]:
        calls = [tool_actions.ToolCall(name, GIVEN, {"stdout": "ok"}, ("/p",)) for name in (one.name, other.name)]
        acts = [tool_actions.build_action(call) for call in calls]
        assert acts[0] == acts[1] or one.family == "other"
        labels = [tool_labels.label_tool_call(call.tool, call.tool_input, call.folders) for call in calls]
        assert labels[0] == labels[1]._replace(verb=labels[0].verb)
        assert looks(one.name) == looks(other.name)


def looks(name: str) -> str:
    return everything(body(name, GIVEN, {"stdout": "ok"}, error="bad"))


SENTENCES: dict[str, tuple[dict[str, object], str, str]] = {
    "Skill": ({"skill": "review"}, "Used the skill review", "command"),
    "Workflow": ({"name": "release", "args": {}}, "Ran the workflow release", "task"),
    "ScheduleWakeup": ({"delaySeconds": 60, "reason": "CI runs"}, "Scheduled a wake-up: CI runs", "command"),
    "Monitor": ({"command": "tail -f log", "description": "the log"}, "Watched the log", "command"),
    "CronCreate": ({"cron": "0 9 * * *", "prompt": "Triage"}, "Scheduled the prompt Triage", "command"),
    "EnterWorktree": ({"name": "login"}, "Entered the worktree login", "command"),
    "ExitWorktree": ({"action": "keep"}, "Left the worktree: keep", "command"),
    "Artifact": ({"file_path": "/p/out/report.html"}, "Published the page out/report.html", "command"),
    "PushNotification": ({"message": "Done"}, "Notified the user: Done", "command"),
    "SendUserMessage": ({"message": "Half done"}, "Told the user: Half done", "command"),
    "RemoteTrigger": ({"action": "run", "trigger_id": "t"}, "Managed a remote run: run", "command"),
    "ReadMcpResource": ({"server": "lab", "uri": "lab://x"}, "Read the resource lab://x", "read"),
    "ReadMcpResourceTool": ({"server": "lab", "uri": "lab://x"}, "Read the resource lab://x", "read"),
    "ReportFindings": (
        {"findings": [{"file": "a.py", "summary": "Off by one"}, {"file": "b.py"}]},
        "Reported 2 findings: Off by one",
        "decision",
    ),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_newer_tool_is_told_in_a_sentence(name: str) -> None:
    tool_input, title, type_ = SENTENCES[name]
    action = tool_actions.build_action(tool_actions.ToolCall(name, tool_input, None, ("/p",)))
    assert action is not None
    assert (action.title, action.type) == (title, type_)
    label = tool_labels.label_tool_call(name, tool_input, ("/p",))
    assert label.verb not in ("", name)
    assert label.target
    for unusual in ({}, dict.fromkeys(tool_input, None), {key: [1, {"a": None}] for key in tool_input}):
        assert tool_actions.build_action(tool_actions.ToolCall(name, unusual, None, ("/p",)))
        assert tool_labels.label_tool_call(name, unusual, ("/p",)).verb == label.verb


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        *[(name, "search") for name in ("FindUsers", "mcp__lab__search_code", "code-query", "HTTPSearch", "grep")],
        *[(name, "read") for name in ("GetIssue", "mcp__lab__list_issues", "fetchURL", "ShowRow")],
        *[(name, "command") for name in ("Findings", "mcp__lab__findings", "Researcher", "Getaway", "Listen")],
    ],
)
def test_words_in_the_name_of_an_unknown_tool_are_whole_words(name: str, type_: str) -> None:
    action = tool_actions.build_action(tool_actions.ToolCall(name, {}, None))
    assert action is not None
    assert action.type == type_
