"""Events of sessions to derive from."""

from typing import Any
from uuid import uuid4

from events.timestamps import rfc3339

START = 1_760_000_000_000_000  # microseconds: an afternoon in October 2025
SECOND = 1_000_000


def event(hook: str, second: float = 0, *, session: str = "s1", envelope: Any = (), **data: Any) -> dict[str, Any]:
    """An event of a session, so many seconds after it began; `data` is what the hook is given."""
    return {
        "id": str(uuid4()),
        "ts": at(second),
        "project": "/home/ada/engine",
        "kind": {"type": "HookEvent", "data": {"hook": hook, "data": {"session_id": session, **data}}},
        **dict(envelope),
    }


def usage(message: str, second: float = 0, *, session: str = "s1", **data: Any) -> dict[str, Any]:
    """What a message of the model used, as the client tells it."""
    kind = {"type": "Usage", "data": {"session_id": session, "message_id": message, **data}}
    return {"id": str(uuid4()), "ts": at(second), "project": "/home/ada/engine", "kind": kind}


def at(second: float) -> str:
    return rfc3339(START + round(second * SECOND))


def one_of_each() -> list[dict[str, Any]]:
    """Events from which a row of each kind is derived."""
    read = {"file_path": "/home/ada/engine/a.py"}
    return [
        event("prompt_submit", 0, prompt="Hello"),
        event("post_tool_use", 1, tool_name="Read", tool_use_id="t1", tool_input=read),
        usage("m1", 2, output_tokens=5),
        event("stop", 3, last_assistant_message="Hello to you."),
    ]
