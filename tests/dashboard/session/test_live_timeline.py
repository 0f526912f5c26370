"""A live timeline that gets events one by one equals a timeline that reads them at once, and uses little memory."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from dashboard.render.timeline_steps import Agent, Compaction, Gap, Step, ToolCall, Turn, walk_steps
from dashboard.session import timeline
from dashboard.session.live_timeline import MAX_FINISHED, LiveTimeline
from events.wire.hook_event import HookEvent
from tests.dashboard.payloads import SESSIONS, afternoon, demo
from tests.dashboard.told import bash, happened, parsed, session

AGENT: dict[str, Any] = {"agent_id": "a0000000000000001", "agent_type": "general-purpose"}


def grown(events: Iterable[HookEvent], growing: LiveTimeline | None = None) -> dict[int, str]:
    """Returns number → look of each block at the end, on a page that got the events one by one."""
    growing, shown = growing or LiveTimeline(), dict[int, str]()
    for event in events:
        made = growing.apply([event])
        shown |= {seq: look for seq, look in looks(made.turns).items() if seq in made.changed_seqs}
    return shown


def looks(turns: Sequence[Turn]) -> dict[int, str]:
    blocks = [block for turn in turns for block in walk_steps(turn.steps) if not isinstance(block, Gap)]
    return {block.seq: look(block) for block in blocks}


def look(block: Step) -> str:
    match block:
        case ToolCall():
            asked, fixed = block.permission_asked_at, block.fixed_by_seq
            return f"{block.name} {block.state}, asked {asked}, fixed by {fixed}: {block.response}"
        case Agent():
            return f"{block.type} {block.ended_at}"
        case Compaction():
            return f"compaction {block.trigger}, {block.summary}"
    return "note"


def of_session(events: list[dict[str, Any]], name: str) -> list[HookEvent]:
    told = (parsed(event, seq) for seq, event in enumerate(events, start=1))
    return [one for one in told if one.session_id == SESSIONS[name]["session_id"]]


@pytest.mark.parametrize("name", SESSIONS)
@pytest.mark.parametrize("told", [afternoon, demo])
def test_what_was_told_piece_by_piece_is_what_is_read_at_once(told: Any, name: str) -> None:
    events = sorted(of_session(told(), name), key=timeline.event_order)
    assert grown(events) == looks(timeline.build_turns(events))


def test_only_what_is_new_or_changed_is_told_and_where_it_stands() -> None:
    growing = LiveTimeline()
    growing.apply(session("UserPromptSubmit", "PreToolUse.Agent", *bash("t1")))
    made = growing.apply([happened(9, "PreToolUse", tool_use_id="t2", **AGENT)])
    [turn] = made.turns
    [use] = turn.steps
    assert isinstance(use, ToolCall)
    assert use.subagent
    assert (turn.number, use.name, list(looks([Turn(None, 1, use.subagent.steps)]))) == (1, "Agent", [9])
    assert made.changed_seqs == {2, 9}  # the subagent's event also changed the tool call that started it
    made = growing.apply([happened(10, "PostToolUse", tool_use_id="t2", **AGENT)])
    assert made.changed_seqs == {9}


def test_what_says_nothing_new_tells_nothing() -> None:
    growing = LiveTimeline()
    growing.apply(session("UserPromptSubmit", *bash("t1")))
    assert growing.apply([happened(9, "PostToolUse", tool_use_id="t1")]).turns == []
    assert growing.apply([]).turns == []


def test_a_turn_that_began_before_goes_on_under_its_number() -> None:
    growing = LiveTimeline(7, "Mend it")
    [turn] = growing.apply([happened(1, "PreToolUse")]).turns
    assert (turn.number, turn.prompt) == (7, None)
    old, new = growing.apply([happened(2, "PostToolUse"), happened(3, "UserPromptSubmit")]).turns
    assert (old.number, new.number, new.steps) == (7, 8, [])


def test_a_silence_is_told_once() -> None:
    growing = LiveTimeline()
    growing.apply(session("UserPromptSubmit", *bash("t1")))
    [turn] = growing.apply([happened(9, "PreToolUse", tool_use_id="t2", at=1_000)]).turns
    assert [type(block) for block in turn.steps] == [Gap, ToolCall]
    [turn] = growing.apply([happened(10, "PostToolUse", tool_use_id="t2", at=1_001)]).turns
    assert [type(block) for block in turn.steps] == [ToolCall]


def test_a_stop_tells_what_was_lost_and_a_success_what_it_mends() -> None:
    growing = LiveTimeline()
    growing.apply(session("UserPromptSubmit", "PreToolUse"))
    assert growing.apply([happened(3, "Stop")]).changed_seqs == {2, 3}
    growing.apply([happened(4, "PostToolUseFailure", tool_use_id="bad", tool_input={"command": "npm test"})])
    mended = growing.apply([happened(5, "PostToolUse", tool_use_id="good", tool_input={"command": "npm test"})])
    assert mended.changed_seqs == {4, 5}


@pytest.mark.sweep
def test_however_long_it_grows_it_holds_little_and_knows_what_is_at_work() -> None:
    growing = LiveTimeline()
    growing.apply(session("UserPromptSubmit", ("PreToolUse", {"tool_use_id": "long"})))
    for seq in range(10, 10 + 10 * MAX_FINISHED):
        growing.apply([happened(seq, "PostToolUse", tool_use_id=f"t{seq}"), happened(seq + 10_000, "TaskCreated")])
    assert len(growing.fingerprints) <= MAX_FINISHED + 1
    assert len(growing.builder.calls) <= MAX_FINISHED + 1
    assert [block for block in growing.builder.turns[-1].steps if isinstance(block, ToolCall) and block.response] == []
    [turn] = growing.apply([happened(9_999, "PostToolUse", tool_use_id="long")]).turns
    assert [block.seq for block in turn.steps if isinstance(block, ToolCall)] == [2]
