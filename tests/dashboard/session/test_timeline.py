import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.render.timeline_steps import Agent, EventStep, ToolCall, ToolCallState, Turn, walk_steps
from dashboard.session import step_views, timeline
from events.wire.hook_event import HookEvent
from events.wire.timestamps import to_datetime
from tests.dashboard.payloads import NAMES, SESSIONS, afternoon, event
from tests.dashboard.told import LATER_US, START, bash, happened, outline, parsed, session

AGENT, OTHER = "a0000000000000001", "a0000000000000002"


def read(*steps: Any) -> list[object]:
    return outline(timeline.build_turns(session(*steps)))


def uses(turns: list[Turn]) -> list[ToolCall]:
    return [block for turn in turns for block in walk_steps(turn.steps) if isinstance(block, ToolCall)]


def test_both_halves_of_a_use_are_one_block_in_the_turn_of_its_prompt() -> None:
    steps = ["SessionStart", "UserPromptSubmit", *bash("t1"), "Stop", "UserPromptSubmit", *bash("t2"), "SessionEnd"]
    assert read(*steps) == [
        (0, "session_start"),
        (1, "Bash done", "stop"),
        (2, "Bash done", "session_end"),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_recorded_payload_stands_somewhere(name: str) -> None:
    turns = timeline.build_turns([happened(7, name)])
    assert len(turns) == 1
    prompt = turns[0].prompt
    assert prompt is not None or len(list(walk_steps(turns[0].steps))) >= 1


def test_a_result_that_came_first_is_the_same_use() -> None:
    [use] = uses(timeline.build_turns(session("PostToolUse", "PreToolUse")))
    assert (use.state, use.seqs, use.duration_ms) == (ToolCallState.DONE, [1, 2], 26)


def test_what_happened_first_stands_first_however_it_arrived() -> None:
    events = [happened(1, "Stop", at=9), happened(2, "UserPromptSubmit", at=1), happened(3, "PreToolUse", at=2)]
    assert outline(timeline.build_turns(events)) == [(1, "Bash lost", "stop")]


@pytest.mark.parametrize(
    ("over", "state"),
    [({}, ToolCallState.FAILED), ({"is_interrupt": True}, ToolCallState.INTERRUPTED)],
)
def test_a_failure_and_an_interrupt_are_told_apart(over: dict[str, Any], state: ToolCallState) -> None:
    [use] = uses(timeline.build_turns(session("PreToolUse", ("PostToolUseFailure", over))))
    assert (use.state, use.error.splitlines()[0]) == (state, "Exit code 2")


def test_a_use_without_a_result_runs_until_the_conversation_goes_on() -> None:
    assert read("UserPromptSubmit", "PreToolUse") == [(1, "Bash running")]
    assert read("UserPromptSubmit", "PreToolUse", "UserPromptSubmit") == [(1, "Bash lost"), (2,)]
    assert read("UserPromptSubmit", "PreToolUse", "SessionEnd") == [(1, "Bash lost", "session_end")]


def test_a_result_after_all_undoes_the_loss() -> None:
    assert read("PreToolUse", "Stop", "PostToolUse") == [(0, "Bash done", "stop")]


def test_permission_is_asked_for_the_use_that_waits() -> None:
    asked = {"tool_input": {"command": "ls /no/such/dir"}}
    first, second = ("PreToolUse", {"tool_use_id": "t1"}), ("PreToolUse", {"tool_use_id": "t2", **asked})
    turns = timeline.build_turns(session(first, second, ("PermissionRequest", asked), "PermissionRequest.Write"))
    assert [use.permission_asked_at is not None for use in uses(turns)] == [False, True]
    assert outline(turns) == [(0, "Bash running", "Bash running", "permission_request")]


def test_a_denied_use_says_why() -> None:
    [use] = uses(timeline.build_turns(session("PreToolUse", "PermissionDenied")))
    assert (use.state, use.error) == (ToolCallState.DENIED, "Classifier unavailable")


def test_a_failure_leads_to_the_next_success_on_the_same_thing() -> None:
    fail = ("PostToolUseFailure", {"tool_use_id": "t1", "tool_input": {"command": "npm test"}})
    other, same = bash("t2"), bash("t3", tool_input={"command": "npm test"})
    turns = timeline.build_turns(session(fail, *other, *same))
    assert [use.fixed_by_seq for use in uses(turns)] == [4, None, None]


# --- Subagents ------------------------------------------------------------------------------------------


def in_agent(name: str, agent: str = AGENT, **over: Any) -> tuple[str, dict[str, Any]]:
    return name, {"agent_id": agent, "agent_type": "Explore", "tool_use_id": f"{agent}-1", **over}


def test_what_a_subagent_did_stands_at_the_use_that_started_it() -> None:
    steps = [
        ("PreToolUse.Agent", {"tool_use_id": "outer"}),
        ("SubagentStart", {"agent_type": "general-purpose"}),
        ("PreToolUse.in_subagent", {"tool_use_id": "inner"}),
        ("PostToolUse.in_subagent", {"tool_use_id": "inner"}),
        "SubagentStop",
        ("PostToolUse.Agent", {"tool_use_id": "outer"}),
    ]
    assert read(*steps) == [(0, "Agent done", ["general-purpose", "Bash done", "ended"])]


def test_the_result_says_whose_agent_it_was() -> None:
    """Two subagents of one type run at once. A guess from the order of their events would be wrong here."""
    steps = [
        ("PreToolUse.Agent", {"tool_use_id": "one", "tool_input": {"subagent_type": "Explore"}}),
        ("PreToolUse.Agent", {"tool_use_id": "two", "tool_input": {"subagent_type": "Explore"}}),
        in_agent("SubagentStart", OTHER),
        in_agent("SubagentStart", AGENT),
        in_agent("PreToolUse.in_subagent", AGENT),
        ("PostToolUse.Agent", {"tool_use_id": "one", "tool_response": {"agentId": AGENT}}),
        ("PostToolUse.Agent", {"tool_use_id": "two", "tool_response": {"agentId": OTHER}}),
    ]
    assert read(*steps) == [
        (0, "Agent done", ["Explore", "Bash running", "at work"], "Agent done", ["Explore", "at work"])
    ]


def test_an_agent_is_found_by_its_kind_until_the_result_is_there() -> None:
    steps = [
        ("PreToolUse.Agent", {"tool_use_id": "one", "tool_input": {"subagent_type": "Plan"}}),
        ("PreToolUse.Agent", {"tool_use_id": "two", "tool_input": {"subagent_type": "Explore"}}),
        in_agent("SubagentStart"),
    ]
    assert read(*steps) == [(0, "Agent running", "Agent running", ["Explore", "at work"])]


def test_a_subagent_may_have_subagents() -> None:
    steps = [
        ("PreToolUse.Agent", {"tool_use_id": "outer", "tool_input": {}}),
        in_agent("SubagentStart"),
        in_agent("PreToolUse.Agent", tool_use_id="inner", tool_input={}),
        in_agent("SubagentStart", OTHER),
        in_agent("PreToolUse.in_subagent", OTHER),
    ]
    assert read(*steps) == [
        (0, "Agent running", ["Explore", "Agent running", ["Explore", "Bash running", "at work"], "at work"])
    ]


def test_agents_within_agents_without_end_stand_beside() -> None:
    steps: list[Any] = [("PreToolUse.Agent", {"tool_use_id": "u0", "tool_input": {}})]
    for depth in range(1, 60):
        over = {"tool_use_id": f"u{depth}", "tool_input": {}}
        steps.append(in_agent("PreToolUse.Agent", f"agent{depth}", **over))
    turns = timeline.build_turns(session(*steps))

    def depth_of(blocks: list[Any]) -> int:
        children = [block.subagent if isinstance(block, ToolCall) else block for block in blocks]
        return 1 + max([depth_of(child.steps) for child in children if isinstance(child, Agent)], default=0)

    assert depth_of(turns[0].steps) < 10
    assert len(uses(turns)) == 60


def test_an_agent_in_the_background_keeps_its_place_while_the_conversation_goes_on() -> None:
    steps = [
        "UserPromptSubmit",
        ("PostToolUse.Agent_background", {"tool_use_id": "outer"}),
        "Stop",
        "UserPromptSubmit",
        in_agent("PreToolUse.in_subagent"),
        in_agent("SubagentStop"),
        "UserPromptSubmit.task_notification",
    ]
    assert read(*steps) == [
        (1, "Agent done", ["Explore", "Bash lost", "ended"], "stop"),
        (2, "prompt_submit"),
    ]


def test_a_prompt_ends_no_use_of_a_subagent() -> None:
    steps = [in_agent("SubagentStart"), in_agent("PreToolUse.in_subagent"), "UserPromptSubmit"]
    assert read(*steps) == [(0, ["Explore", "Bash running", "at work"]), (1,)]


def test_an_agent_that_nobody_started_stands_by_itself() -> None:
    assert read(in_agent("PostToolUse.in_subagent")) == [(0, ["Explore", "Bash done", "at work"])]
    assert read(("SubagentStart", {"agent_id": ""}), ("SubagentStop", {"agent_id": ""})) == [
        (0, "subagent_start", "subagent_stop")
    ]


# --- Events of the session itself -----------------------------------------------------------------------


def test_a_compaction_is_one_block_from_its_beginning_to_its_summary() -> None:
    steps = ["PreCompact", "SubagentStop.compaction", "SessionStart.compact", "PostCompact"]
    turns = timeline.build_turns(session(*steps))
    assert outline(turns) == [(0, "compaction manual")]
    [block] = turns[0].steps
    assert block.instructions == "keep file names"  # type: ignore[union-attr]
    assert "alpha and gamma" in block.summary  # type: ignore[union-attr]
    assert block.ended_at == START + timedelta(seconds=4)  # type: ignore[union-attr]


def test_each_compaction_is_one_of_its_own() -> None:
    steps = ["PreCompact.auto", "SubagentStop.compaction", "PreCompact", "SubagentStop.compaction"]
    assert read(*steps) == [(0, "compaction auto", "compaction manual")]


def test_compactions_of_subagents_that_follow_each_other_are_one_row() -> None:
    turns = timeline.build_turns(session(*["SubagentStop.compaction"] * 4))
    assert outline(turns) == [(0, "compaction")]
    [view] = step_views.build_turn_views(turns)[0].steps
    assert view.label.outcome.startswith("4 times")


def test_nothing_runs_in_a_session_that_is_over() -> None:
    kind = {"agent_id": "aprompt_suggestion-7fc6a5", "agent_type": ""}
    turns = timeline.build_turns(session("PreToolUse", ("PreToolUse", {"tool_use_id": "t2", **kind})), is_over=True)
    call, agent = step_views.build_turn_views(turns)[0].steps
    assert (call.label.outcome, call.label.tone) == ("No result (interrupted or denied)", "plain")
    assert (agent.label.target, agent.label.outcome, agent.label.tone) == (
        "prompt suggestion",
        "No end reported",
        "plain",
    )
    assert agent.children[0].label.tone == "plain"


def test_a_session_may_go_on_after_its_end() -> None:
    steps = ["SessionStart", "SessionEnd.clear", "SessionStart.resume", "UserPromptSubmit"]
    assert read(*steps) == [(0, "session_start", "session_end", "session_start"), (1,)]


def test_silence_is_told_within_a_turn_and_between_turns() -> None:
    steps = [
        "SessionStart",
        ("UserPromptSubmit", {"at": 840}),
        ("PreToolUse", {"at": 850}),
        ("PostToolUse", {"at": 2000}),
        ("Stop", {"at": 2010}),
        ("SessionEnd", {"at": 2400}),
    ]
    assert read(*steps) == [(0, "session_start"), (1, "Bash done", "stop", "gap 6 min", "session_end")]


def test_a_turn_knows_its_length_its_uses_and_its_failures() -> None:
    fail = ("PostToolUseFailure", {"tool_use_id": "t2"})
    [turn] = timeline.build_turns(session("UserPromptSubmit", *bash("t1"), fail, ("Stop", {"at": 31})))
    assert (turn.prompt_text, turn.tool_call_count, turn.failure_count) == ("Please take the tour.", 2, 1)
    assert turn.duration == timedelta(seconds=30)


def test_kinds_of_other_clients_read_too() -> None:
    def event(seq: int, kind: str, **data: str) -> HookEvent:
        return parsed({"kind": {"type": kind, "data": data}}, seq)

    events = [event(1, "Prompt", text="Hello"), event(2, "ContextInjected"), event(3, "Usage"), event(4, "Weather")]
    [turn] = timeline.build_turns(events)
    assert turn.prompt_text == "Hello"
    assert [block.event.kind for block in turn.steps if isinstance(block, EventStep)] == ["ContextInjected", "Weather"]


def test_a_hook_of_the_name_of_a_kind_is_a_hook() -> None:
    [turn] = timeline.build_turns([parsed({"kind": {"type": "HookEvent", "data": {"hook": "usage", "data": {}}}})])
    assert [step.event.kind for step in turn.steps if isinstance(step, EventStep)] == ["HookEvent"]


def test_a_clock_that_runs_ahead_is_held_to_the_time_of_arrival() -> None:
    [turn] = timeline.build_turns([HookEvent.parse(1, json.dumps(event("Stop", ts="2099-01-01T00:00:00Z")), LATER_US)])
    assert [step.at for step in turn.steps if isinstance(step, EventStep)] == [to_datetime(LATER_US)]


# --- Pages ----------------------------------------------------------------------------------------------


def test_what_comes_later_completes_what_began_on_this_page() -> None:
    events = session(
        "UserPromptSubmit", "PreToolUse", in_agent("SubagentStart"), "PostToolUse", in_agent("SubagentStop")
    )
    turns = timeline.build_turns(events[:3], after=events[3:])
    assert outline(turns) == [(1, "Bash done", ["Explore", "ended"])]


def test_what_began_on_an_earlier_page_is_not_told_again() -> None:
    events = session("UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop", "UserPromptSubmit")
    turns = timeline.build_turns(events[2:], before=events[:2], turn_number=1)
    assert outline(turns) == [(1, "stop"), (2,)]


@given(st.data(), st.integers(1, 40))
def test_pages_of_any_length_tell_every_use_once(data: st.DataObject, size: int) -> None:
    whole = [
        event for event in afternoon() if event["kind"]["data"]["data"]["session_id"] == SESSIONS["shop"]["session_id"]
    ]
    events = [
        parsed(event | {"ts": (START + timedelta(seconds=seq)).isoformat()}, seq) for seq, event in enumerate(whole)
    ]
    told = [
        use.seq
        for at in range(0, len(events), size)
        for use in uses(timeline.build_turns(events[at : at + size], before=events[:at], after=events[at + size :]))
    ]
    assert sorted(told) == sorted(use.seq for use in uses(timeline.build_turns(events)))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.fixed_dictionaries(
            {},
            optional={
                "tool_use_id": st.sampled_from(["t1", "t2", "", 7]),
                "agent_id": st.sampled_from([AGENT, OTHER, "", None]),
                "agent_type": st.sampled_from(["Explore", "", 7]),
                "tool_response": st.sampled_from([{"agentId": AGENT}, {"agentId": OTHER}, [], "x", None]),
                "tool_input": st.sampled_from([{"subagent_type": "Explore"}, {}, None]),
                "at": st.integers(0, 2_000),
            },
        ),
    ),
    max_size=25,
)


@given(STEPS)
def test_no_order_of_events_breaks_a_timeline(steps: list[tuple[str, dict[str, Any]]]) -> None:
    turns = timeline.build_turns(session(*steps))
    assert [turn.number for turn in turns if turn.prompt] == list(
        range(1, 1 + sum(bool(turn.prompt) for turn in turns))
    )
    for turn in turns:
        assert turn.duration >= timedelta()
