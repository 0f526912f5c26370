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

RUNNING = {"type": "subagent", "status": "running"}


def stop_with(*tasks: Any, second: float = 9) -> dict[str, Any]:
    return event("stop", second, last_assistant_message="Done.", background_tasks=list(tasks), session_crons=[])


def interrupted(second: float) -> dict[str, Any]:
    """What the client sends for the host's line about an interrupt, for which no hook runs."""
    return {**event("", second), "kind": {"type": "Interrupted", "data": {"session_id": "s1"}}}


def headless(one: dict[str, Any], entrypoint: str = "sdk-cli") -> dict[str, Any]:
    return {**one, "client": {"name": "memfog", "entrypoint": entrypoint}}


def attended(one: dict[str, Any]) -> dict[str, Any]:
    return headless(one, "cli")


def hook_of(one: dict[str, Any]) -> str:
    return str(one["kind"]["data"].get("hook", ""))


STOP_WITH_AGENT = stop_with(RUNNING)

CASES: dict[str, tuple[list[dict[str, Any]], tuple[str, str]]] = {
    "a session that began": (BEGUN[:1], ("idle", "")),
    "a reminder before the first prompt": ([BEGUN[0], notice("idle_prompt", 60)], ("idle", "")),
    "a resumed session of which only the resume is known": ([event("session_start", 0, source="resume")], ("idle", "")),
    "a session that began and closed": ([BEGUN[0], event("session_end", 1, reason="clear")], ("ended", "clear")),
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
    "a host that was killed": (
        [*BEGUN, DONE, event("session_end", 20, reason="process_gone")],
        ("ended", "process_gone"),
    ),
    "a host that was killed at work": (
        [*BEGUN, tool("pre_tool_use", 2), event("session_end", 20, reason="process_gone")],
        ("ended", "process_gone"),
    ),
    "a host that ended by itself, and then was gone": (
        [*BEGUN, event("session_end", 20, reason="clear"), event("session_end", 21, reason="process_gone")],
        ("ended", "clear"),
    ),
    "a headless run whose host is gone": (
        [*map(headless, [*BEGUN, DONE]), headless(event("session_end", 20, reason="process_gone"))],
        ("ended", "turn_done"),
    ),
    "a prompt after the host was taken for gone": (
        [*BEGUN, DONE, event("session_end", 20, reason="process_gone"), event("prompt_submit", 30, prompt="More")],
        ("working", ""),
    ),
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
    "a subagent in the background": ([*BEGUN, STOP_WITH_AGENT], ("working", "background")),
    "a subagent in the background that works": (
        [*BEGUN, STOP_WITH_AGENT, tool("pre_tool_use", 10, "t9", **AGENT)],
        ("working", "background"),
    ),
    "a reminder while something runs in the background": (
        [*BEGUN, STOP_WITH_AGENT, notice("idle_prompt", 69)],
        ("working", "background"),
    ),
    "a permission asked for in the background": (
        [*BEGUN, STOP_WITH_AGENT, notice("permission_prompt", 69)],
        ("waiting", "needs_permission"),
    ),
    "a command in the background whose state is unknown": (
        [*BEGUN, stop_with({"type": "shell"})],
        ("working", "background"),
    ),
    "background tasks that are over": (
        [*BEGUN, stop_with({"type": "shell", "status": "completed"}, {"type": "subagent", "status": "killed"})],
        ("waiting", "turn_done"),
    ),
    "background tasks of an unknown form": ([*BEGUN, stop_with("a task", None, 7)], ("waiting", "turn_done")),
    "a turn that failed while something runs": (
        [*BEGUN, event("stop_failure", 9, error="overloaded", background_tasks=[RUNNING])],
        ("working", "background"),
    ),
    "the end of the background": ([*BEGUN, STOP_WITH_AGENT, stop_with(second=20)], ("waiting", "turn_done")),
    "the last subagent in the background": (
        [*BEGUN, STOP_WITH_AGENT, event("subagent_stop", 20, **AGENT, background_tasks=[])],
        ("waiting", "turn_done"),
    ),
    "one of two subagents in the background": (
        [*BEGUN, STOP_WITH_AGENT, event("subagent_stop", 20, **AGENT, background_tasks=[RUNNING])],
        ("working", "background"),
    ),
    "a subagent that ends before its turn does": (
        [*BEGUN, event("subagent_stop", 5, **AGENT, background_tasks=[])],
        ("working", ""),
    ),
    "an interrupt that only the transcript shows": (
        [*BEGUN, tool("pre_tool_use", 2), interrupted(3)],
        ("waiting", "interrupted"),
    ),
    "an interrupt while a permission is asked for": (
        [*BEGUN, notice("permission_prompt", 8), interrupted(9)],
        ("waiting", "interrupted"),
    ),
    "a prompt after an interrupt": ([*BEGUN, interrupted(3), event("prompt_submit", 4, prompt="No")], ("working", "")),
    "an interrupt after the turn": ([*BEGUN, DONE, interrupted(10)], ("waiting", "turn_done")),
    "an interrupt after the end": (
        [*BEGUN, event("session_end", 20, reason="other"), interrupted(21)],
        ("ended", "other"),
    ),
    "a headless run": ([headless(one) for one in BEGUN], ("working", "")),
    "the end of a headless run": ([headless(one) for one in (*BEGUN, DONE)], ("ended", "turn_done")),
    "an interrupted headless run": ([*[headless(one) for one in BEGUN], interrupted(3)], ("ended", "interrupted")),
    "a headless run with another prompt": (
        [*[headless(one) for one in (*BEGUN, DONE)], headless(event("prompt_submit", 10, prompt="More"))],
        ("working", ""),
    ),
    "a headless run that waits for its subagent": (
        [headless(one) for one in (*BEGUN, STOP_WITH_AGENT)],
        ("working", "background"),
    ),
    "a session of a person that a program resumes": (
        [*BEGUN, DONE, *[headless(one) for one in (event("prompt_submit", 20, prompt="More"), stop_with(second=30))]],
        ("ended", "turn_done"),
    ),
    "a headless run that a person resumes": (
        [
            *[headless(one) for one in (*BEGUN, DONE)],
            attended(event("session_start", 20, source="resume")),
            attended(event("prompt_submit", 21, prompt="And now?")),
            attended(stop_with(second=30)),
        ],
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
        ("idle", False, 400 * DAY, "idle"),
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


@pytest.mark.parametrize("hook", sorted({hook_of(case[0][-1]) for case in CASES.values()}))
@pytest.mark.parametrize("value", [None, 5, "\ud800\0", [], {"a": 1}, True, 1e300])
def test_no_value_anywhere_stops_it(hook: str, value: Any) -> None:
    names = ("prompt", "source", "model", "tool_name", "tool_use_id", "agent_id", "agent_type", "reason", "trigger")
    more = (
        "notification_type",
        "background_tasks",
        "entrypoint",
        "promptSource",
        "message",
        "error",
        "is_interrupt",
        "last_assistant_message",
        "session_title",
    )
    bad = event(
        hook, 2, **dict.fromkeys((*names, *more), value), envelope={"client": value, "repo": value, "root": value}
    )
    story = derive(*BEGUN, bad).fold
    stored = json.dumps(
        [getattr(story, name) for name in ("state", "reason", "message", "title", "last_prompt", "current_tool")]
    )
    assert "\\u0000" not in stored
    assert "\\ud800" not in stored


@pytest.mark.parametrize(
    ("entrypoint", "automated"),
    [
        *[
            (name, True)
            for name in ("sdk-cli", "sdk-ts", "sdk-py", "SDK-typescript", "claude-code-github-action", "mcp")
        ],
        *[(name, False) for name in ("cli", "claude-vscode", "claude-desktop", "remote", "one-of-a-later-host", "")],
    ],
)
def test_an_entry_point_of_a_program_marks_its_sessions(entrypoint: str, automated: bool) -> None:
    fold = derive(*[headless(one, entrypoint) for one in (*BEGUN, DONE)]).fold
    assert (fold.automated, fold.state) == (automated, "ended" if automated else "waiting")
    imported = [event("prompt_submit", 1, prompt="Do it", entrypoint=entrypoint)]
    assert derive(*imported).fold.automated == automated


@pytest.mark.parametrize(
    ("envelope", "prompt", "automated"),
    [
        ({"root": "/home/ada/.claude-mem/observer-sessions"}, "Do it", True),
        ({"project": "/home/ada/.claude-mem/observer-sessions/x"}, "Do it", True),
        ({"root": "C:\\Users\\ada\\.claude-mem\\observer-sessions"}, "Do it", True),
        ({"root": "/home/ada/observer-sessions"}, "Do it", False),
        ({"root": "/home/ada/my.claude-mem/observer-sessions"}, "Do it", False),
        ({}, "<observed_from_primary_session>\n  <what_happened>Bash</what_happened>", True),
        ({}, "\n<Observed-From-Primary-Session>Bash", True),
        ({}, "What is <observed_from_primary_session> in my log?", False),
    ],
)
def test_sessions_of_observers_are_automated(envelope: dict[str, str], prompt: str, automated: bool) -> None:
    assert derive(event("prompt_submit", 1, prompt=prompt, envelope=envelope)).fold.automated == automated


def test_the_source_of_a_prompt_tells_a_program_from_a_person() -> None:
    assert derive(event("prompt_submit", 1, prompt="Do it", promptSource="sdk")).fold.automated
    assert not derive(event("prompt_submit", 1, prompt="Do it", promptSource="typed")).fold.automated


def test_a_session_with_a_person_is_not_automated() -> None:
    ran, resumed = headless(BEGUN[1]), attended(event("prompt_submit", 20, prompt="And now?"))
    for order in ((ran, resumed), (resumed, ran)):
        assert not derive(*order).fold.automated


def test_the_prompt_of_a_program_names_its_session_and_is_nobodys() -> None:
    made = derive(headless(BEGUN[1]))
    assert (made.fold.prompts, made.fold.title, made.fold.last_prompt) == (0, "Do it", "Do it")
    assert [(prompt.number, prompt.by_person) for prompt in made.prompts] == [(0, False)]
    assert made.fold.fold_state.turn.request == ""


@pytest.mark.parametrize(
    "text",
    [
        *("<observed_from_primary_session>\n  <what_happened>Bash</what_happened>", "<task-notification>done"),
        *("<cross-session-message>Hello</cross-session-message>", "<webhook-payload>{}</webhook-payload>"),
    ],
)
def test_text_of_a_machine_is_no_prompt_of_a_person_and_no_title(text: str) -> None:
    made = derive(event("prompt_submit", 1, prompt=text))
    assert (made.fold.prompts, made.fold.title, made.fold.last_prompt) == (0, "", "")
    assert made.fold.fold_state.turn.request == ""


def test_a_subagent_may_end_before_it_is_known_to_have_begun() -> None:
    start, end = event("subagent_start", 2, **AGENT), event("subagent_stop", 5, **AGENT)
    for told in ([start, end], [end, start], [{**end, "ts": start["ts"]}, {**start, "ts": end["ts"]}]):
        fold = derive(*BEGUN, *told, DONE).fold
        assert (fold.subagents, fold.current_tool, fold.state) == (1, "", "waiting")


def test_a_tool_of_a_subagent_that_has_ended_is_not_at_work() -> None:
    late = tool("pre_tool_use", 6, "t2", tool="Read", **AGENT)
    told = [*BEGUN, event("subagent_start", 2, **AGENT), event("subagent_stop", 5, **AGENT), late]
    assert derive(*told).fold.current_tool == ""
    assert derive(*told).fold.tools == 1
    assert derive(*told, event("subagent_start", 7, **AGENT), tool("pre_tool_use", 8, "t3", **AGENT)).fold.current_tool


def test_a_stop_without_background_tasks_ends_what_was_open() -> None:
    told = [*BEGUN, event("subagent_start", 2, **AGENT), tool("pre_tool_use", 3, tool="Read", **AGENT)]
    assert derive(*told, DONE).fold.current_tool == "Read"
    assert derive(*told, stop_with(RUNNING)).fold.current_tool == "Read"
    assert derive(*told, stop_with()).fold.current_tool == ""
