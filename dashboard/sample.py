"""The example on the landing page: made-up events, read by the same code as real ones."""

from datetime import timedelta

from django.utils import timezone

from dashboard.live import Shown
from dashboard.rows import row

SHOP, BLOG = ("/home/ada/shop", "7f3a90c2-41"), ("/home/ada/field-notes", "c21e5b08-9d")
_BILLING = {"file_path": "/home/ada/shop/billing/models.py"}
_PATCH = {"structuredPatch": [{"lines": ["+"] * 12 + ["-"] * 3}]}
# Seconds ago, where, the hook, its data; newest first.
HAPPENED: tuple[tuple[int, tuple[str, str], str, dict[str, object]], ...] = (
    (2, BLOG, "notification", {"notification_type": "permission_prompt", "message": "Claude needs your permission"}),
    (6, SHOP, "pre_tool_use", {"tool_name": "Bash", "tool_input": {"command": "npm test"}}),
    (
        14,
        SHOP,
        "post_tool_use",
        {"tool_name": "Edit", "tool_input": _BILLING, "tool_response": _PATCH, "duration_ms": 9},
    ),
    (31, BLOG, "subagent_start", {"agent_type": "Explore"}),
    (
        38,
        SHOP,
        "post_tool_failure",
        {"tool_name": "Bash", "tool_input": {"command": "npm test"}, "error": "Exit code 1", "duration_ms": 4230},
    ),
    (52, SHOP, "prompt_submit", {"prompt": "The invoice total is wrong when a refund is partial. Find out why."}),
    (53, SHOP, "session_start", {"source": "startup", "model": "claude-opus-5-5"}),
)


def rows() -> list[Shown]:
    now = timezone.now()
    return [
        Shown(0, row(_event(place, hook, data)), now - timedelta(seconds=ago)) for ago, place, hook, data in HAPPENED
    ]


def _event(place: tuple[str, str], hook: str, data: dict[str, object]) -> dict[str, object]:
    root, session = place
    return {
        "root": root,
        "kind": {"type": "HookEvent", "data": {"hook": hook, "data": {"session_id": session, **data}}},
    }
