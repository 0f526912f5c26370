"""The recorded hook payloads of the real client as events of the wire format, and made-up sessions built of them."""

import json
import random
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from dashboard.demo import demo_events
from memory.values.location import DEMO_MACHINE

FOLDER = Path(__file__).parent.parent / "payloads"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
# Hooks whose name in the wire format is not the host's name in snake case.
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
    """Returns a recorded payload as an event of the wire format. `over` overrides fields of the payload."""
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


# Sample session → the folder and id of its copy that belongs to a user.
HOMES = {name: SESSIONS["field-notes" if name == "notes" else name] for name in demo_events.SESSIONS}


def afternoon() -> list[dict[str, Any]]:
    """Returns the events of three projects, of which one waits for its user.

    A row of the file: seconds ago, session, payload, overridden fields.
    """
    end = datetime.now(UTC)
    told = json.loads(Path(__file__).with_name("afternoon.json").read_text())
    return [
        event(
            name,
            ts=(end - timedelta(seconds=ago)).isoformat(),
            **{"tool_use_id": f"toolu_{number}", **SESSIONS[who], **over},
        )
        for number, (ago, who, name, over) in enumerate(told)
    ]


def demo() -> list[dict[str, Any]]:
    """Returns the sample sessions as if a user had captured them: with the user's folders and machine, and new ids."""
    told = json.dumps(demo_events.build_events(0, datetime.now(UTC)))
    for name, (session, folder, _) in demo_events.SESSIONS.items():
        told = told.replace(folder, HOMES[name]["cwd"]).replace(f'"{session}"', f'"{HOMES[name]["session_id"]}"')
    own = json.loads(
        told.replace(f'"name": "{DEMO_MACHINE}"', '"name": "memfog"').replace(f'"{DEMO_MACHINE}"', '"laptop"')
    )
    return [one | {"id": str(uuid4())} for one in own]


def months() -> list[dict[str, Any]]:
    """Returns half a year of events in three projects, with some turns on most days: enough data for charts."""
    dice, end = random.Random(8), datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    days = [end - timedelta(days=ago) for ago in range(180, 0, -1)]
    return [told for day in days for told in _day(dice, day, dice.choice(range(-2 if day.weekday() < 5 else -5, 5)))]


def _day(dice: random.Random, day: datetime, turns: int) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for turn in range(max(0, turns)):
        who = dice.choice(("shop", "shop", "shop", "field-notes", "infra"))
        cwd, session = SESSIONS[who]["cwd"], f"{who}-{day:%m%d}-{turn // 2}"
        at = day.replace(hour=dice.choice((8, 9, 9, 10, 10, 11, 14, 14, 15, 16, 20)), minute=dice.randrange(40))
        told += _turn(dice, at, {"cwd": cwd, "session_id": session}, f"{day:%m%d}{turn}")
    return told


def _turn(dice: random.Random, at: datetime, where: dict[str, Any], name: str) -> list[dict[str, Any]]:
    names = dice.choices(("PostToolUse", "PostToolUse.Read", "PostToolUse.Edit", "PostToolUse.mcp"), (5, 6, 4, 1), k=4)
    if dice.random() < 0.3:
        names.insert(2, "PostToolUseFailure")
    steps = [("UserPromptSubmit", {"prompt": "Go on with it."}), *((name, {}) for name in names), ("Stop", {})]
    told = []
    for number, (step, over) in enumerate(steps):
        more = {"tool_use_id": f"{name}-{number}", "duration_ms": dice.randrange(5, 9_000)} if "Tool" in step else over
        at += timedelta(seconds=dice.choice((2, 9, 40)))
        told.append(event(step, ts=at.isoformat(), **where, **more))
    most = {"input_tokens": 500, "output_tokens": 4_000, "cache_read_input_tokens": 200_000}
    counts = {name: dice.randrange(count) for name, count in most.items()}
    model = dice.choice(("claude-opus-5-5", "claude-opus-5-5", "claude-haiku-5"))
    used = {"session_id": where["session_id"], "message_id": name, "model": model, **counts}
    return [*told, told[-1] | {"id": str(uuid4()), "kind": {"type": "Usage", "data": used}}]
