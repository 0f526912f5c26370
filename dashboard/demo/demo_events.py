"""The demo's events: three made-up sessions, told with what the real client sends. Pure but for reading its file.

Whoever meets one knows it: its id begins as no other does, its folder lies under `/demo`, and its client and machine
are called `memfog-demo`. So feed, search, insights, API, MCP and export need no rule of their own to say what it is.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from memory.values.location import DEMO

FILE = Path(__file__).with_name("demo.json")
# The same for everybody, so that two servers that sync hold a demo once. A deleted id stays deleted: each time that
# it is loaded is a round of its own. Version 8 of RFC 9562, behind the letters of our name.
FIRST = UUID("6d656d66-6f67-8de0-8000-000000000000")
LAST = UUID("6d656d66-6f67-8de0-8000-ffffffffffff")
_ROUND = 2**16
# Session and folder, and the branch if it is a repository; the sessions are named so that nobody resumes them.
SESSIONS = {
    "shop": ("demo-1", "/demo/demo-shop", "partial-refunds"),
    "notes": ("demo-2", "/demo/demo-notes", ""),
    "infra": ("demo-3", "/demo/demo-infra", "main"),
}


def is_demo(id_: UUID) -> bool:
    return FIRST <= id_ <= LAST


def id_of(round_: int, number: int) -> UUID:
    return UUID(int=FIRST.int + round_ * _ROUND + number)


def round_of(id_: UUID) -> int:
    return (id_.int - FIRST.int) // _ROUND


def events(round_: int, end: datetime) -> list[dict[str, Any]]:
    """The events on the wire, oldest first, as if the last of them had just happened at `end`."""
    told = sorted((at for entry in _entries() for at in _told(*entry)), key=lambda one: -one[0])
    return [
        _event(id_of(round_, number), end - timedelta(seconds=ago), who, kind)
        for number, (ago, who, kind) in enumerate(told)
    ]


@cache
def _entries() -> list[tuple[float, str, str, dict[str, Any]]]:
    """Seconds ago, session, hook, data. The hook `use` stands for both halves of a tool's use, or the first alone."""
    return [(ago, who, hook, data) for ago, who, hook, data in json.loads(FILE.read_text())]


def _told(ago: float, who: str, hook: str, data: dict[str, Any]) -> Iterator[tuple[float, str, dict[str, Any]]]:
    if hook == "usage":
        yield ago, who, {"type": "Usage", "data": {"session_id": SESSIONS[who][0], **data}}
    elif hook == "use":
        data = data | {"tool_use_id": f"toolu_{who}_{ago}"}
        given = {name: value for name, value in data.items() if name not in ("tool_response", "error", "duration_ms")}
        yield ago + data["duration_ms"] / 1_000, who, _hook(who, "pre_tool_use", given)
        if ended := "post_tool_failure" * ("error" in data) or "post_tool_use" * ("tool_response" in data):
            yield ago, who, _hook(who, ended, data)
    else:
        yield ago, who, _hook(who, hook, data)


def _hook(who: str, hook: str, data: dict[str, Any]) -> dict[str, Any]:
    session, folder, _ = SESSIONS[who]
    return {"type": "HookEvent", "data": {"hook": hook, "data": {"session_id": session, "cwd": folder, **data}}}


def _event(id_: UUID, at: datetime, who: str, kind: dict[str, Any]) -> dict[str, Any]:
    _, folder, branch = SESSIONS[who]
    client = {"name": DEMO, "version": "1", "machine": DEMO} | ({"branch": branch} if branch else {})
    place = {"project": folder, "root": folder}
    return {"id": str(id_), "ts": at.isoformat(), "schema_version": 1, "kind": kind, **place, "client": client}
