import json

import pytest

from events.wire.urgency import is_urgent


def text(hook: str, **data: str) -> str:
    return json.dumps({"id": "1", "kind": {"type": "HookEvent", "data": {"hook": hook, "data": data}}})


@pytest.mark.parametrize("hook", ["permission_request", "notification", "elicitation", "stop", "stop_failure"])
def test_what_asks_a_user_is_urgent(hook: str) -> None:
    assert is_urgent(text(hook))
    assert is_urgent(text(hook).replace(": ", ":"))


def test_a_tool_is_urgent_if_it_asks() -> None:
    assert is_urgent(text("pre_tool_use", tool_name="AskUserQuestion"))
    assert is_urgent(text("pre_tool_use", tool_name="ExitPlanMode"))
    assert not is_urgent(text("pre_tool_use", tool_name="Bash"))
    assert not is_urgent(text("post_tool_use", tool_name="AskUserQuestion"))


@pytest.mark.parametrize("other", ["", "{}", '"hook":', '"hook":"', text("prompt_submit", prompt="permission_request")])
def test_nothing_else_is(other: str) -> None:
    assert not is_urgent(other)
