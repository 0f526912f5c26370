"""Observations and summaries of the recorded sessions. A person reviewed the golden files.

After a change of the rules run `UPDATE=1 script/test tests/memory/rules/test_observations.py` and review the
difference.
"""

import os
from dataclasses import asdict
from typing import Any

import pytest

from memory.rules.observations import Observation
from memory.rules.turn_summary import Summary
from tests.dashboard import payloads
from tests.memory.make import event
from tests.memory.stories import STORIES, afternoon, told
from tests.memory.told import derived, lines
from tests.server import ROOT

GOLDEN = ROOT / "tests/memory/golden"


def is_golden(name: str, shown: list[str]) -> None:
    file, text = GOLDEN / f"{name}.txt", "\n".join(shown) + "\n"
    if "UPDATE" in os.environ:
        file.write_text(text)
    assert text == file.read_text()


@pytest.mark.parametrize("name", STORIES)
def test_a_session_reads_as(name: str) -> None:
    is_golden(name, lines(derived(told(STORIES[name], "s1"))))


def test_every_recorded_payload_reads_as() -> None:
    shown: list[str] = []
    for name in payloads.NAMES:
        event = payloads.event(name, ts="2025-10-09T08:53:20Z") | {"id": "00000000-0000-0000-0000-000000000001"}
        shown += [f"== {name}", *(lines(derived([event])) or ["    nothing"])]
    is_golden("payloads", shown)


def test_an_afternoon_reads_as() -> None:
    events = afternoon()
    sessions = dict.fromkeys(one["kind"]["data"]["data"]["session_id"] for one in events)
    shown: list[str] = []
    for session in sessions:
        of_it = [one for one in events if one["kind"]["data"]["data"]["session_id"] == session]
        shown += [f"== {of_it[0]['project']}", *lines(derived(of_it))]
    is_golden("afternoon", shown)


VALUES: list[Any] = [None, 5, "", "\ud800\0x", [], [1], {"a": {"b": [None]}}, True, 1e300, "x" * 50_000]
TOOLS = (
    "Bash",
    "Edit",
    "Write",
    "Read",
    "Grep",
    "WebFetch",
    "WebSearch",
    "Agent",
    "TaskCreate",
    "TaskUpdate",
    "TodoWrite",
)


def test_the_colours_of_a_terminal_stick_to_no_word() -> None:
    command: dict[str, Any] = {"tool_name": "Bash", "tool_input": {"command": "pytest -q"}}
    red, plain = "\x1b[1;31mFAILED\x1b[0m test_total", {"stdout": "\x1b[32m23 passed\x1b[0m in 3.71s"}
    made = derived(
        [
            payloads.event("PostToolUseFailure", **command, tool_use_id="u1", error=f"Exit code 1\n{red}"),
            payloads.event("PostToolUse", **command, tool_use_id="u2", tool_response=plain),
        ]
    )
    assert [one.outcome for one in made.observations] == ["exit 1: FAILED test_total", "23 passed in 3.71s"]
    assert all("31m" not in one.text and "\x1b" not in one.text for one in made.observations)
    assert "Earlier failure: exit 1: FAILED test_total" in made.observations[1].text


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("tool", [*TOOLS, "ExitPlanMode", "mcp__a__b", "Unheard", "", None, 5])
@pytest.mark.parametrize("name", ["PostToolUse", "PostToolUseFailure", "PermissionDenied"])
def test_no_value_anywhere_stops_it(name: str, tool: Any, value: Any) -> None:
    keys = (
        "command",
        "description",
        "file_path",
        "pattern",
        "path",
        "url",
        "query",
        "todos",
        "taskId",
        "plan",
        "edits",
    )
    given = dict.fromkeys(keys, value)
    bad = {"tool_name": tool, "tool_use_id": "u1", "error": value, "reason": value}
    events = [
        payloads.event(name, **bad, tool_input=value, tool_response=value),
        payloads.event(
            name, **{**bad, "tool_use_id": "u2"}, tool_input=given, tool_response={**given, "stdout": value}
        ),
        payloads.event("Stop", last_assistant_message=value),
        payloads.event("PostCompact", compact_summary=value),
    ]
    made = derived(events)
    rows: list[Observation | Summary] = [*made.observations, *made.summaries]
    for row in rows:
        texts = [part for part in asdict(row).values() if isinstance(part, str)]
        assert all("\0" not in part and "\ud800" not in part and len(part) <= 6_000 for part in texts)


def test_what_is_typed_while_a_tool_is_at_work_does_not_end_it() -> None:
    use: dict[str, Any] = {"tool_name": "Bash", "tool_use_id": "t1", "tool_input": {"command": "make test"}}
    begun = [event("prompt_submit", 0, prompt="Test it.", prompt_id="p1"), event("pre_tool_use", 1, **use)]
    over = event("post_tool_use", 9, **use, tool_response={"stdout": "12 passed"})
    for turn, outcomes in (("p1", ["12 passed"]), ("p2", [])):
        made = derived([*begun, event("prompt_submit", 2, prompt="And hurry.", prompt_id=turn), over])
        assert [one.outcome for one in made.observations] == outcomes
        assert made.fold.prompts == 2
