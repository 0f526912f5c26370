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
