"""Events that happen now: only these are news."""

import time
from typing import Any

from events.wire.timestamps import format_rfc3339
from tests.memory.make import event

MINUTE = 60


def happens(hook: str, *, session: str = "s1", ago: float = 0, machine: str = "laptop", **data: Any) -> dict[str, Any]:
    """An event so many seconds ago, on a machine."""
    at = format_rfc3339(int((time.time() - ago) * 1_000_000))
    return event(hook, session=session, **data) | {"ts": at, "client": {"machine": machine}}


def asks(*, session: str = "s1", ago: float = 0, command: str = "terraform apply", **over: Any) -> list[dict[str, Any]]:
    """A session that asks for permission."""
    call: dict[str, Any] = {"tool_name": "Bash", "tool_use_id": "t1", "tool_input": {"command": command}}
    return [
        happens("prompt_submit", session=session, ago=ago + 2, prompt="Roll it out", **over),
        happens("pre_tool_use", session=session, ago=ago + 1, **call, **over),
        happens("permission_request", session=session, ago=ago, **call, **over),
    ]


def answers(*, session: str = "s1", **over: Any) -> list[dict[str, Any]]:
    """The user gave the permission."""
    return [happens("post_tool_use", session=session, tool_name="Bash", tool_use_id="t1", **over)]
