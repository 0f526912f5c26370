"""The recorded hook payloads of the real client, as wire events; and a made-up afternoon told with them."""

import json
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

FOLDER = Path(__file__).parent.parent / "payloads"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
# Where the wire's name of a hook is not simply the host tool's in snake case.
RENAMED = {"UserPromptSubmit": "prompt_submit", "PostToolUseFailure": "post_tool_failure"}
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def payload(name: str) -> dict[str, Any]:
    return dict(json.loads(_text(name)))


@cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.json").read_text()


def hook(name: str) -> str:
    event = payload(name)["hook_event_name"]
    return RENAMED.get(event) or _CAPITAL.sub("_", event).lower()


def event(name: str, *, root: str = "", ts: str = "", **over: Any) -> dict[str, Any]:
    """A recorded payload as an event on the wire; `over` goes over the payload's own fields."""
    data = payload(name) | over
    return {
        "id": str(uuid4()),
        "ts": ts or datetime.now(UTC).isoformat(),
        "project": data["cwd"],
        "schema_version": 1,
        "kind": {"type": "HookEvent", "data": {"hook": hook(name), "data": data}},
        "root": root or data["cwd"],
    }


SESSIONS = {
    "shop": {"cwd": "/home/ada/shop", "session_id": "7f3a90c2-4b1d-4c55-9c0e-51a7de22b001"},
    "field-notes": {"cwd": "/home/ada/field-notes", "session_id": "c21e5b08-9d64-4f0a-8e21-0b9f6a4c7002"},
    "infra": {"cwd": "/srv/infra", "session_id": "19d4ea77-20fb-4b6b-a1f3-d2c85e0f9003"},
}


def afternoon() -> list[dict[str, Any]]:
    """Three projects, one of them waiting for its person. The file: seconds ago, session, payload, what differs."""
    return _told("afternoon.json")


def demo() -> list[dict[str, Any]]:
    """The same afternoon with more in it to look at: source code, a terminal's colours, a plan, a question."""
    return _told("demo.json")


def _told(file: str) -> list[dict[str, Any]]:
    end = datetime.now(UTC)
    told = json.loads(Path(__file__).with_name(file).read_text())
    return [
        event(
            name,
            ts=(end - timedelta(seconds=ago)).isoformat(),
            **{"tool_use_id": f"toolu_{number}", **SESSIONS[who], **over},
        )
        for number, (ago, who, name, over) in enumerate(told)
    ]
