"""Makes events to send."""

from typing import Any
from uuid import uuid4


def make_event(hook: str = "post_tool_use", data: Any = None, **over: Any) -> dict[str, Any]:
    """A valid event as on the wire; `over` replaces or adds members."""
    payload = data if data is not None else {"session_id": "s1", "tool_name": "Bash", "cwd": "/home/dev/my-repo"}
    return {
        "id": str(uuid4()),
        "ts": "2026-11-21T08:00:00.000Z",
        "project": "/home/dev/my-repo",
        "schema_version": 1,
        "kind": {"type": "HookEvent", "data": {"hook": hook, "data": payload}},
        **over,
    }
