"""A timeline that grows event by event comes to what one that is read at once is, and holds little meanwhile."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.render.timeline_steps import Agent, Block, Compaction, Gap, Happened, Turn, Use, walk
from dashboard.session import timeline
from dashboard.session.live_timeline import KEPT, Growing
from dashboard.session.session_summary import session_of
from tests.dashboard.payloads import SESSIONS, afternoon, demo
from tests.dashboard.told import bash, happened, session

AGENT: dict[str, Any] = {"agent_id": "a0000000000000001", "agent_type": "general-purpose"}


def grown(events: Iterable[Happened], growing: Growing | None = None) -> dict[int, str]:
    """What a page shows of each block in the end, by its number, when it was told event by event."""
    growing, shown = growing or Growing(), dict[int, str]()
    for event in events:
        made = growing.take([event])
        shown |= {seq: look for seq, look in looks(made.turns).items() if seq in made.changed}
    return shown


def looks(turns: Sequence[Turn]) -> dict[int, str]:
    blocks = [block for turn in turns for block in walk(turn.blocks) if not isinstance(block, Gap)]
    return {block.seq: look(block) for block in blocks}


def look(block: Block) -> str:
    match block:
        case Use():
            return f"{block.name} {block.state}, asked {block.asked}, fixed by {block.fixed_by}: {block.response}"
        case Agent():
            return f"{block.type} {block.ended}"
        case Compaction():
            return f"compaction {block.trigger}, {block.summary}"
    return "note"


def of_session(events: list[dict[str, Any]], name: str) -> list[Happened]:
    told = (
        Happened(seq, datetime.fromisoformat(event["ts"]).astimezone(UTC), event)
        for seq, event in enumerate(events, start=1)
    )
    return [one for one in told if session_of(one) == SESSIONS[name]["session_id"]]


@pytest.mark.parametrize("name", SESSIONS)
@pytest.mark.parametrize("told", [afternoon, demo])
def test_what_was_told_piece_by_piece_is_what_is_read_at_once(told: Any, name: str) -> None:
    events = sorted(of_session(told(), name), key=timeline.when)
    assert grown(events) == looks(timeline.read(events))


def test_only_what_is_new_or_changed_is_told_and_where_it_stands() -> None:
    growing = Growing()
    growing.take(session("UserPromptSubmit", "PreToolUse.Agent", *bash("t1")))
    made = growing.take([happened(9, "PreToolUse", tool_use_id="t2", **AGENT)])
    [turn] = made.turns
    [use] = turn.blocks
    assert isinstance(use, Use)
    assert use.child
    assert (turn.number, use.name, list(looks([Turn(None, 1, use.child.blocks)]))) == (1, "Agent", [9])
    assert made.changed == {2, 9}  # the subagent gave its use a name
    made = growing.take([happened(10, "PostToolUse", tool_use_id="t2", **AGENT)])
    assert made.changed == {9}


def test_what_says_nothing_new_tells_nothing() -> None:
    growing = Growing()
    growing.take(session("UserPromptSubmit", *bash("t1")))
    assert growing.take([happened(9, "PostToolUse", tool_use_id="t1")]).turns == []
    assert growing.take([]).turns == []


def test_a_turn_that_began_before_goes_on_under_its_number() -> None:
    growing = Growing(7, "Mend it")
    [turn] = growing.take([happened(1, "PreToolUse")]).turns
    assert (turn.number, turn.prompt) == (7, None)
    old, new = growing.take([happened(2, "PostToolUse"), happened(3, "UserPromptSubmit")]).turns
    assert (old.number, new.number, new.blocks) == (7, 8, [])


def test_a_silence_is_told_once() -> None:
    growing = Growing()
    growing.take(session("UserPromptSubmit", *bash("t1")))
    [turn] = growing.take([happened(9, "PreToolUse", tool_use_id="t2", at=1_000)]).turns
    assert [type(block) for block in turn.blocks] == [Gap, Use]
    [turn] = growing.take([happened(10, "PostToolUse", tool_use_id="t2", at=1_001)]).turns
    assert [type(block) for block in turn.blocks] == [Use]


def test_a_stop_tells_what_was_lost_and_a_success_what_it_mends() -> None:
    growing = Growing()
    growing.take(session("UserPromptSubmit", "PreToolUse"))
    assert growing.take([happened(3, "Stop")]).changed == {2, 3}
    growing.take([happened(4, "PostToolUseFailure", tool_use_id="bad", tool_input={"command": "npm test"})])
    mended = growing.take([happened(5, "PostToolUse", tool_use_id="good", tool_input={"command": "npm test"})])
    assert mended.changed == {4, 5}


def test_however_long_it_grows_it_holds_little_and_knows_what_is_at_work() -> None:
    growing = Growing()
    growing.take(session("UserPromptSubmit", ("PreToolUse", {"tool_use_id": "long"})))
    for seq in range(10, 10 + 10 * KEPT):
        growing.take([happened(seq, "PostToolUse", tool_use_id=f"t{seq}"), happened(seq + 10_000, "TaskCreated")])
    assert len(growing.looks) <= KEPT + 1
    assert len(growing.reader.uses) <= KEPT + 1
    assert [block for block in growing.reader.turns[-1].blocks if isinstance(block, Use) and block.response] == []
    [turn] = growing.take([happened(9_999, "PostToolUse", tool_use_id="long")]).turns
    assert [block.seq for block in turn.blocks if isinstance(block, Use)] == [2]
