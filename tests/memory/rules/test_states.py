"""The state of a session follows from its events alone. A table holds events, state and reason."""

import json
from typing import Any

import pytest

from events.wire.hook_event import HookEvent
from memory.rules.fold_state import FoldState
from memory.rules.session_projection import SessionProjection, start_projection
from memory.values import session_states
from tests.memory.make import SECOND, START, event


def happenings(*told: dict[str, Any]) -> list[HookEvent]:
    """Parses events as if they arrived in this order, all of them a day later."""
    read_ones = [
        HookEvent.parse(seq, json.dumps(one), START + 86_400 * SECOND) for seq, one in enumerate(told, start=1)
    ]
    return [one for one in read_ones if one.session_id]


def derive(*told: dict[str, Any]) -> SessionProjection:
    taken = happenings(*told)
    made = start_projection(taken)
    made.apply(taken)
    return made


def tool(hook: str, second: float, use: str = "t1", **data: Any) -> dict[str, Any]:
    return event(hook, second, tool_name=data.pop("tool", "Bash"), tool_use_id=use, **data)


def notice(type_: str, second: float, **data: Any) -> dict[str, Any]:
    return event("notification", second, notification_type=type_, message="Claude says so", **data)


BEGUN = [event("session_start", 0, source="startup"), event("prompt_submit", 1, prompt="Do it")]
DONE = event("stop", 9, last_assistant_message="Done.")
AGENT = {"agent_id": "a1", "agent_type": "Explore"}

CASES: dict[str, tuple[list[dict[str, Any]], tuple[str, str]]] = {
    "a session that began": (BEGUN[:1], ("waiting", "needs_input")),
    "a prompt": (BEGUN, ("working", "")),
    "a tool at work": ([*BEGUN, tool("pre_tool_use", 2)], ("working", "")),
    "a turn that is done": ([*BEGUN, DONE], ("waiting", "turn_done")),
    "a prompt after that": ([*BEGUN, DONE, event("prompt_submit", 10, prompt="More")], ("working", "")),
    "a lost prompt, seen by its tool": ([*BEGUN, DONE, tool("pre_tool_use", 10)], ("working", "")),
    "a turn that failed": ([*BEGUN, event("stop_failure", 9, error="overloaded")], ("error", "overloaded")),
    "a permission asked for": (
        [*BEGUN, tool("pre_tool_use", 2), notice("permission_prompt", 8)],
        ("waiting", "needs_permission"),
    ),
    "a permission given": (
        [*BEGUN, tool("pre_tool_use", 2), notice("permission_prompt", 8), tool("post_tool_use", 9)],
        ("working", ""),
    ),
    "a permission asked for while another tool ends": (
        [
            *BEGUN,
            tool("pre_tool_use", 2, "t1"),
            tool("pre_tool_use", 2, "t2"),
            notice("permission_prompt", 8),
            tool("post_tool_use", 9, "t2"),
        ],
        ("waiting", "needs_permission"),
    ),
    "a permission refused by a rule": (
        [*BEGUN, tool("pre_tool_use", 2), tool("permission_denied", 3, reason="no")],
        ("working", ""),
    ),
    "a dialog for a permission": (
        [*BEGUN, event("permission_request", 3, tool_name="Bash")],
        ("waiting", "needs_permission"),
    ),
    "a question": ([*BEGUN, tool("pre_tool_use", 2, tool="AskUserQuestion")], ("waiting", "needs_input")),
    "its answer": (
        [*BEGUN, tool("pre_tool_use", 2, tool="AskUserQuestion"), tool("post_tool_use", 5, tool="AskUserQuestion")],
        ("working", ""),
    ),
    "a plan to approve": ([*BEGUN, tool("pre_tool_use", 2, tool="ExitPlanMode")], ("waiting", "needs_permission")),
    "a question of a server": ([*BEGUN, notice("elicitation_dialog", 3)], ("waiting", "needs_input")),
    "its answer to the server": (
        [*BEGUN, notice("elicitation_dialog", 3), notice("elicitation_response", 4)],
        ("working", ""),
    ),
    "a reminder after the turn": ([*BEGUN, DONE, notice("idle_prompt", 69)], ("waiting", "turn_done")),
    "a reminder with a lost stop": ([*BEGUN, notice("idle_prompt", 69)], ("waiting", "needs_input")),
    "an unknown notice": ([*BEGUN, notice("auth_success", 3)], ("working", "")),
    "an interrupted tool": (
        [*BEGUN, tool("pre_tool_use", 2), tool("post_tool_failure", 3, error="", is_interrupt=True)],
        ("waiting", "interrupted"),
    ),
    "a tool that failed": (
        [*BEGUN, tool("pre_tool_use", 2), tool("post_tool_failure", 3, error="Exit code 1")],
        ("working", ""),
    ),
    "an end": ([*BEGUN, DONE, event("session_end", 20, reason="clear")], ("ended", "clear")),
    "a stop that comes after the end": (
        [*BEGUN, event("session_end", 20, reason="other"), event("stop", 21)],
        ("ended", "other"),
    ),
    "a result that comes after the end": (
        [*BEGUN, event("session_end", 20, reason="other"), tool("post_tool_use", 21)],
        ("ended", "other"),
    ),
    "a notice after the end": (
        [*BEGUN, event("session_end", 20, reason="other"), notice("idle_prompt", 80)],
        ("ended", "other"),
    ),
    "a session that was resumed": (
        [*BEGUN, event("session_end", 20, reason="other"), event("session_start", 30, source="resume")],
        ("waiting", "needs_input"),
    ),
    "a session that went on, its start lost": (
        [*BEGUN, event("session_end", 20, reason="other"), tool("pre_tool_use", 30)],
        ("working", ""),
    ),
    "a subagent that goes on after the turn": (
        [*BEGUN, event("subagent_start", 2, **AGENT), DONE, tool("pre_tool_use", 10, "t9", **AGENT)],
        ("waiting", "turn_done"),
    ),
    "a subagent that was let": (
        [*BEGUN, tool("pre_tool_use", 2, **AGENT), notice("permission_prompt", 8), tool("post_tool_use", 9, **AGENT)],
        ("working", ""),
    ),
    "a compaction in the middle of the work": (
        [*BEGUN, event("pre_compact", 3, trigger="auto"), event("session_start", 5, source="compact")],
        ("working", ""),
    ),
    "a compaction somebody asked for": (
        [*BEGUN, DONE, event("pre_compact", 12, trigger="manual"), event("session_start", 15, source="compact")],
        ("waiting", "needs_input"),
    ),
    "a hook nobody knows": ([*BEGUN, event("moon_phase", 3)], ("working", "")),
    "nothing but a hook nobody knows": ([event("moon_phase", 3)], ("working", "")),
}


@pytest.mark.parametrize("case", CASES)
def test_the_state_after(case: str) -> None:
    told, expected = CASES[case]
    for order in (told, told[::-1], [*told[1::2], *told[::2]]):
        story = derive(*order).fold
        assert (story.state, story.reason) == expected


@pytest.mark.parametrize("case", CASES)
def test_it_is_the_same_after_being_put_away_at_any_point(case: str) -> None:
    told = happenings(*CASES[case][0])
    whole = start_projection(told)
    whole.apply(told)
    for at in range(1, len(told)):
        parts = start_projection(told[:at])
        parts.apply(told[:at])
        parts.fold.fold_state = FoldState.load(parts.fold.fold_state.dump())
        parts.apply(told[at:])
        assert parts == whole


def test_an_event_twice_counts_once() -> None:
    """Two installations of the hooks send the same event under two ids."""
    told = [
        *BEGUN,
        tool("pre_tool_use", 2),
        tool("pre_tool_use", 2),
        tool("post_tool_failure", 3, error="Exit code 1"),
        tool("post_tool_failure", 3, error="Exit code 1"),
        event("subagent_start", 4, **AGENT),
        event("subagent_start", 4, **AGENT),
        event("subagent_stop", 5, **AGENT),
    ]
    story = derive(*told).fold
    assert (story.tools, story.failures, story.subagents) == (1, 1, 1)


def test_either_half_of_a_tool_use_counts() -> None:
    story = derive(
        *BEGUN, tool("pre_tool_use", 2, "t1"), tool("post_tool_use", 3, "t2"), tool("post_tool_use", 4, "")
    ).fold
    assert story.tools == 3


def test_the_end_of_a_compaction_is_no_subagent() -> None:
    story = derive(*BEGUN, event("pre_compact", 2), event("subagent_stop", 3, agent_id="a1", agent_type="")).fold
    assert (story.subagents, story.compactions) == (0, 1)


def test_it_says_which_tool_is_at_work() -> None:
    told = [*BEGUN, tool("pre_tool_use", 2, tool="Agent"), tool("pre_tool_use", 3, "t2", tool="Read", **AGENT)]
    assert derive(*told).fold.current_tool == "Agent"
    assert derive(*told).fold.current_tool_since_us == START + 2 * SECOND
    assert derive(*told, tool("post_tool_use", 4)).fold.current_tool == "Read"
    assert derive(*told, event("subagent_stop", 4, **AGENT)).fold.current_tool == "Agent"
    assert derive(*told, event("stop", 4)).fold.current_tool == "Read"
    assert derive(*told, event("session_end", 4)).fold.current_tool == ""


def test_tools_that_never_end_are_forgotten_at_last() -> None:
    told = [tool("pre_tool_use", number, f"t{number}") for number in range(200)]
    story = derive(*told).fold
    assert story.tools == 200
    assert len(story.fold_state.dump()) < 10_000


def test_a_task_that_reports_itself_is_no_prompt_of_a_person() -> None:
    made = derive(*BEGUN, DONE, event("prompt_submit", 12, prompt="<task-notification>\n<status>done</status>"))
    assert made.fold.prompts == 1
    assert [(prompt.number, prompt.by_person) for prompt in made.prompts] == [(1, True), (0, False)]
    assert made.fold.last_prompt == "Do it"
    assert made.fold.state == "working"


MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND


@pytest.mark.parametrize(
    ("state", "busy", "silence", "shown"),
    [
        ("working", False, 14 * MINUTE, "working"),
        ("working", False, 16 * MINUTE, "stale"),
        ("working", True, 16 * MINUTE, "working"),
        ("working", True, 3 * HOUR, "stale"),
        ("waiting", False, 23 * HOUR, "waiting"),
        ("waiting", True, 3 * HOUR, "waiting"),
        ("waiting", False, 25 * HOUR, "stale"),
        ("error", False, 25 * HOUR, "stale"),
        ("ended", False, 400 * DAY, "ended"),
    ],
)
def test_silence_becomes_stale(state: str, busy: bool, silence: int, shown: str) -> None:
    assert session_states.current_state(state, busy=busy, last_us=START, now_us=START + silence) == shown


def test_a_clock_that_runs_ahead_is_held_to_when_the_event_came() -> None:
    received = START
    ahead = HookEvent.parse(1, json.dumps(event("stop", 3_600)), received)
    assert ahead.at_us == received


BAD: list[Any] = [
    {"kind": 5},
    {"kind": {"type": "HookEvent", "data": {"hook": "stop"}}},
    {"kind": {"type": "HookEvent", "data": {"hook": "stop", "data": [1]}}},
    {"kind": {"type": "HookEvent", "data": {"hook": "stop", "data": {"session_id": 5}}}},
    {"kind": {"type": "HookEvent", "data": {"hook": "stop", "data": {"session_id": "a/b"}}}},
    {"kind": {"type": "HookEvent", "data": {"hook": "stop", "data": {"session_id": "x" * 129}}}},
]


@pytest.mark.parametrize("over", BAD)
def test_what_is_malformed_belongs_to_no_session(over: dict[str, Any]) -> None:
    assert happenings(event("stop", envelope=over)) == []


@pytest.mark.parametrize("hook", sorted({case[0][-1]["kind"]["data"]["hook"] for case in CASES.values()}))
@pytest.mark.parametrize("value", [None, 5, "\ud800\0", [], {"a": 1}, True, 1e300])
def test_no_value_anywhere_stops_it(hook: str, value: Any) -> None:
    names = ("prompt", "source", "model", "tool_name", "tool_use_id", "agent_id", "agent_type", "reason", "trigger")
    more = ("notification_type", "message", "error", "is_interrupt", "last_assistant_message", "session_title")
    bad = event(
        hook, 2, **dict.fromkeys((*names, *more), value), envelope={"client": value, "repo": value, "root": value}
    )
    story = derive(*BEGUN, bad).fold
    stored = json.dumps(
        [getattr(story, name) for name in ("state", "reason", "message", "title", "last_prompt", "current_tool")]
    )
    assert "\\u0000" not in stored
    assert "\\ud800" not in stored
