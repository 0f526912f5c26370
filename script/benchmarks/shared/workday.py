"""Makes events like those of a working day: recorded payloads with text of Python's library.

No two events are equal and none consists of random bytes, since benchmarks measure their compressed size. The mean
payload is about 1.5 KB. The log's dictionary was trained on other text (`script.dictionary`).
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from uuid import UUID

from events.wire.timestamps import format_rfc3339

ROOT = Path(__file__).parent.parent.parent.parent
HOME_PATH = "/home/dev"
SESSION_EVENTS, TURN_EVENTS = 400, 20  # events per session, and from a prompt to its stop
PROJECTS = ("shop", "billing-service", "web/dashboard", "infra", "notes")
EVENT_INTERVAL_S = 7  # seconds between two events
START_US = 1_735_689_600_000_000
MEDIUM_TEXT_CHARS = 660  # characters of a text of medium length


@cache
def read_library_text() -> str:
    """Reads the text of Python's library: code and prose that every machine has."""
    return "".join(path.read_text() for path in sorted(Path(json.__file__).parent.parent.glob("*.py")))


@cache
def load_payload(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / f"tests/payloads/{name}.json").read_text())
    return loaded


def make_event(number: int, text: str = "") -> str:
    """Makes the JSON of event `number`, filled with parts of `text`. The same number gives the same event."""
    session, step = divmod(number, SESSION_EVENTS)
    hook, name, fill = TURN_PLAN[0 if not step else 1 + (step - 1) % TURN_EVENTS]
    data = json.loads(json.dumps(load_payload(name)))
    project = f"{HOME_PATH}/{PROJECTS[session % len(PROJECTS)]}"
    session_rng = random.Random(f"session {session}")
    session_id = make_uuid(session_rng)
    data |= {"session_id": session_id, "cwd": project, "prompt_id": make_uuid(session_rng)}
    data["transcript_path"] = f"{HOME_PATH}/.claude/projects/{project.replace('/', '-')}/{session_id}.jsonl"
    # The events before and after a tool call have the same input, so both get the same seed.
    rng = random.Random((number + 1) // 2)
    if "tool_use_id" in data:
        data["tool_use_id"] = f"toolu_{rng.randbytes(12).hex()}"
    fill(data, PayloadFiller(text or read_library_text(), rng, project))
    return make_wire_event(number, hook, data, project)


def make_wire_event(number: int, hook: str, data: dict[str, Any], project: str) -> str:
    """Makes the JSON of an event as the client sends it."""
    first = {"id": make_uuid(random.Random(number)), "ts": _format_timestamp(number), "project": project}
    kind = {"type": "HookEvent", "data": {"hook": hook, "data": data}}
    rest = {"root": project, "repo": f"github.com/dev/{project.rsplit('/', 1)[1]}"}
    client = {"name": "memfog", "version": "0.1.0", "branch": "main", "machine": "laptop"}
    return json.dumps({**first, "kind": kind, **rest, "client": client}, separators=(",", ":"))


def make_uuid(rng: random.Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def _format_timestamp(number: int) -> str:
    return format_rfc3339(START_US + number * EVENT_INTERVAL_S * 1_000_000)


def pick_text(text: str, rng: random.Random, mean: int) -> str:
    """Picks a random part of a text, from a few characters to several times the mean length."""
    length = min(int(rng.expovariate(1 / mean)) + 20, 12 * mean)
    start = rng.randrange(len(text) - length)
    return text[start : start + length]


@dataclass(frozen=True, slots=True)
class PayloadFiller:
    """Makes random values that fill a payload."""

    source: str
    rng: random.Random
    project: str

    def pick_text(self, mean: int) -> str:
        return pick_text(self.source, self.rng, mean)

    def pick_path(self) -> str:
        names = self.rng.choices(PATH_WORDS, k=2)
        return f"{self.project}/src/{'/'.join(names)}_{self.rng.randrange(40)}.py"


PATH_WORDS = ["order", "refund", "invoice", "token", "cursor", "stream", "index", "page", "customer", "price", "ledger"]


def _fill_prompt(data: dict[str, Any], filler: PayloadFiller) -> None:
    data["prompt"] = filler.pick_text(300)


def _fill_stop(data: dict[str, Any], filler: PayloadFiller) -> None:
    data["last_assistant_message"] = filler.pick_text(MEDIUM_TEXT_CHARS)


def _fill_command(data: dict[str, Any], filler: PayloadFiller) -> None:
    data["tool_input"] = {"command": f"pytest -q {filler.pick_path()}", "description": filler.pick_text(30)}
    if "tool_response" in data:
        data["tool_response"]["stdout"] = filler.pick_text(2 * MEDIUM_TEXT_CHARS)


def _fill_read(data: dict[str, Any], filler: PayloadFiller) -> None:
    data["tool_input"]["file_path"] = path = filler.pick_path()
    if "tool_response" in data:
        data["tool_response"]["file"] |= {"filePath": path, "content": filler.pick_text(3 * MEDIUM_TEXT_CHARS)}


def _fill_edit(data: dict[str, Any], filler: PayloadFiller) -> None:
    path, old, new = (
        filler.pick_path(),
        filler.pick_text(MEDIUM_TEXT_CHARS // 4),
        filler.pick_text(MEDIUM_TEXT_CHARS // 3),
    )
    data["tool_input"] |= {"file_path": path, "old_string": old, "new_string": new}
    if "tool_response" in data:
        lines = [f"-{line}" for line in old.splitlines()] + [f"+{line}" for line in new.splitlines()]
        patch = {"oldStart": filler.rng.randrange(900), "oldLines": 9, "newStart": 3, "newLines": 9, "lines": lines}
        response = {
            "filePath": path,
            "oldString": old,
            "newString": new,
            "originalFile": filler.pick_text(MEDIUM_TEXT_CHARS),
        }
        data["tool_response"] |= response | {"structuredPatch": [patch]}


def _fill_nothing(data: dict[str, Any], filler: PayloadFiller) -> None:
    """Leaves the payload as recorded."""


FillFunction = Callable[[dict[str, Any], PayloadFiller], None]
_TOOL_CALLS: list[tuple[str, FillFunction]] = [(".Read", _fill_read), (".Edit", _fill_edit), ("", _fill_command)]
_TOOLS: list[tuple[str, str, FillFunction]] = [
    (hook, f"{name}{tool}", fill)
    for tool, fill in islice(cycle(_TOOL_CALLS), (TURN_EVENTS - 2) // 2)
    for hook, name in (("pre_tool_use", "PreToolUse"), ("post_tool_use", "PostToolUse"))
]
TURN_PLAN: list[tuple[str, str, FillFunction]] = [
    ("session_start", "SessionStart", _fill_nothing),
    ("prompt_submit", "UserPromptSubmit", _fill_prompt),
    *_TOOLS,
    ("stop", "Stop", _fill_stop),
]
