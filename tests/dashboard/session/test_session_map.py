from typing import Any

from dashboard.session.overview.session_map import SessionMap, build_map
from tests.dashboard.told import happened, parsed


def drawn(*steps: tuple[str, dict[str, Any]]) -> SessionMap:
    events = [happened(seq, name, **over) for seq, (name, over) in enumerate(steps, start=1)]
    return build_map((event.at_us, event) for event in events)


def test_both_halves_of_a_use_are_one_box_however_much_the_tool_was_given() -> None:
    large: dict[str, Any] = {"tool_use_id": "t1", "tool_input": {"content": "x" * 10_000}, "agent_id": "a1"}
    [box] = drawn(("PreToolUse.Write", large), ("PostToolUse.Write", large)).segments
    assert (box.seq, box.color, box.lane, box.failed) == (1, "edit", 1, False)
    assert box.width == 1_000


def test_a_word_of_a_captured_text_is_not_taken_for_a_member() -> None:
    given = {"tool_input": {"hook": "prompt_submit", "tool_name": "Bash", "tool_use_id": "t2"}, "tool_use_id": "t1"}
    made = drawn(("PreToolUse.Read", given), ("PostToolUseFailure", given | {"tool_name": "Read"}))
    assert [(box.color, box.failed) for box in made.segments] == [("read", True)]
    assert made.prompts == []


def test_prompts_and_compactions_stand_where_they_were() -> None:
    asked = parsed({"kind": {"type": "Prompt", "data": {"text": "Hello"}}}, 4)
    events = [happened(1, "UserPromptSubmit"), happened(2, "PreCompact"), happened(3, "Stop"), asked]
    made = build_map((seq * 1_000_000, event) for seq, event in enumerate(events, start=1))
    assert [seq for seq, _ in made.prompts] == [1, 4]
    assert len(made.compactions) == 1


def test_long_pauses_are_folded_and_the_axis_counts_from_the_start() -> None:
    times = (1, 61, 121, 30_000, 30_060)
    events = [happened(seq, "PostToolUse", tool_use_id=f"t{seq}") for seq in range(1, len(times) + 1)]
    made = build_map((at * 1_000_000, event) for at, event in zip(times, events, strict=True))
    assert [label for _, _, label in made.folds] == ["Idle for 8 h 17 min"]
    assert made.folds[0][1] < 500
    assert next(tick.label for tick in made.ticks) == "0"
    assert any(tick.label.startswith("+8 h") for tick in made.ticks)
    assert [label for _, label in made.legend] == ["command"]
    assert {segment.title for segment in made.segments} >= {"Bash, 0", "Bash, +1 min"}


def test_a_session_of_a_second_takes_all_of_its_map() -> None:
    made = drawn(("UserPromptSubmit", {"at": 0}), ("PreToolUse", {"at": 0.2}), ("PostToolUse", {"at": 1}))
    (segment,) = made.segments
    assert segment.width > 500
    assert made.ticks[0].label == "0"
