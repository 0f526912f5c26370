"""Builds the demo's events: three invented sessions in the client's wire format. Pure except for reading its file.

Every reader can recognize them: a reserved range of ids, a folder under `/demo`, the client and machine `memfog-demo`.
So feed, search, insights, API, MCP and export need no rule to label them.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from memory.values.location import DEMO_MACHINE

EVENTS_FILE = Path(__file__).with_name("demo.json")
# The ids are the same for all users, so that two synced servers hold the demo once. A deleted id stays deleted:
# each load therefore uses a new round of ids. UUID version 8 (RFC 9562) that starts with the letters `memfog`.
FIRST_ID = UUID("6d656d66-6f67-8de0-8000-000000000000")
LAST_ID = UUID("6d656d66-6f67-8de0-8000-ffffffffffff")
_ROUND_SIZE = 2**16
# Session id, folder, and the branch if the folder is a repository. The session ids are not UUIDs, so that no page
# offers to resume these sessions.
SESSIONS = {
    "shop": ("demo-1", "/demo/demo-shop", "partial-refunds"),
    "notes": ("demo-2", "/demo/demo-notes", ""),
    "infra": ("demo-3", "/demo/demo-infra", "main"),
}


def is_demo_id(id_: UUID) -> bool:
    return FIRST_ID <= id_ <= LAST_ID


def make_event_id(round_: int, number: int) -> UUID:
    return UUID(int=FIRST_ID.int + round_ * _ROUND_SIZE + number)


def parse_round(id_: UUID) -> int:
    return (id_.int - FIRST_ID.int) // _ROUND_SIZE


def build_events(round_: int, end: datetime) -> list[dict[str, Any]]:
    """Builds the events in wire format, oldest first; the last one happens at `end`."""
    timed_kinds = sorted((at for entry in _load_entries() for at in _expand_entry(*entry)), key=lambda one: -one[0])
    return [
        _build_event(make_event_id(round_, number), end - timedelta(seconds=ago), session_key, kind)
        for number, (ago, session_key, kind) in enumerate(timed_kinds)
    ]


@cache
def _load_entries() -> list[tuple[float, str, str, dict[str, Any]]]:
    """Loads the entries: seconds ago, session, hook, data.

    The hook `use` stands for both events of a tool call, or for the first one alone.
    """
    return [(ago, session_key, hook, data) for ago, session_key, hook, data in json.loads(EVENTS_FILE.read_text())]


def _expand_entry(
    ago: float, session_key: str, hook: str, data: dict[str, Any]
) -> Iterator[tuple[float, str, dict[str, Any]]]:
    if hook == "usage":
        yield ago, session_key, {"type": "Usage", "data": {"session_id": SESSIONS[session_key][0], **data}}
    elif hook == "use":
        data = data | {"tool_use_id": f"toolu_{session_key}_{ago}"}
        tool_call = {
            name: value for name, value in data.items() if name not in ("tool_response", "error", "duration_ms")
        }
        yield ago + data["duration_ms"] / 1_000, session_key, _build_hook_kind(session_key, "pre_tool_use", tool_call)
        if result_hook := "post_tool_failure" * ("error" in data) or "post_tool_use" * ("tool_response" in data):
            yield ago, session_key, _build_hook_kind(session_key, result_hook, data)
    else:
        yield ago, session_key, _build_hook_kind(session_key, hook, data)


def _build_hook_kind(session_key: str, hook: str, data: dict[str, Any]) -> dict[str, Any]:
    session, folder, _ = SESSIONS[session_key]
    return {"type": "HookEvent", "data": {"hook": hook, "data": {"session_id": session, "cwd": folder, **data}}}


def _build_event(id_: UUID, at: datetime, session_key: str, kind: dict[str, Any]) -> dict[str, Any]:
    _, folder, branch = SESSIONS[session_key]
    client = {"name": DEMO_MACHINE, "version": "1", "machine": DEMO_MACHINE} | ({"branch": branch} if branch else {})
    location = {"project": folder, "root": folder}
    return {"id": str(id_), "ts": at.isoformat(), "schema_version": 1, "kind": kind, **location, "client": client}
