"""Events like those of a working day, in any number: recorded payloads, filled with the text of Python's library.

No two are alike, and none is random bytes: how well they are packed is what is measured. The mean event has about
1.5 KB of payload. The log's dictionary was trained on other text (`script.dictionary`).
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

from events.wire.timestamps import rfc3339

ROOT = Path(__file__).parent.parent.parent
HOME = "/home/dev"
SESSION, TURN = 400, 20  # events of a session, and from a prompt to its stop
PROJECTS = ("shop", "billing-service", "web/dashboard", "infra", "notes")
SECONDS = 7  # between two events
BEGINS_US = 1_735_689_600_000_000
WHOLE = 660  # characters of a text of middling length


@cache
def corpus() -> str:
    """Code and prose that everybody has."""
    return "".join(path.read_text() for path in sorted(Path(json.__file__).parent.parent.glob("*.py")))


@cache
def recorded(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / f"tests/payloads/{name}.json").read_text())
    return loaded


def event(number: int, text: str = "") -> str:
    """The wire text of the event of this number, filled from `text`; the same number is the same event."""
    session, step = divmod(number, SESSION)
    hook, name, fill = PLAN[0 if not step else 1 + (step - 1) % TURN]
    data = json.loads(json.dumps(recorded(name)))
    project = f"{HOME}/{PROJECTS[session % len(PROJECTS)]}"
    whose = random.Random(f"session {session}")
    session_id = uuid(whose)
    data |= {"session_id": session_id, "cwd": project, "prompt_id": uuid(whose)}
    data["transcript_path"] = f"{HOME}/.claude/projects/{project.replace('/', '-')}/{session_id}.jsonl"
    # What a tool is given is the same before and after.
    dice = random.Random((number + 1) // 2)
    if "tool_use_id" in data:
        data["tool_use_id"] = f"toolu_{dice.randbytes(12).hex()}"
    fill(data, Filling(text or corpus(), dice, project))
    return wire(number, hook, data, project)


def wire(number: int, hook: str, data: dict[str, Any], project: str) -> str:
    """An event as this client sends it."""
    first = {"id": uuid(random.Random(number)), "ts": _stamp(number), "project": project}
    kind = {"type": "HookEvent", "data": {"hook": hook, "data": data}}
    rest = {"root": project, "repo": f"github.com/dev/{project.rsplit('/', 1)[1]}"}
    client = {"name": "memfog", "version": "0.1.0", "branch": "main", "machine": "laptop"}
    return json.dumps({**first, "kind": kind, **rest, "client": client}, separators=(",", ":"))


def uuid(dice: random.Random) -> str:
    return str(UUID(int=dice.getrandbits(128), version=4))


def _stamp(number: int) -> str:
    return rfc3339(BEGINS_US + number * SECONDS * 1_000_000)


def stretch(text: str, dice: random.Random, mean: int) -> str:
    """A piece of a text, from a few characters to several times the mean."""
    length = min(int(dice.expovariate(1 / mean)) + 20, 12 * mean)
    start = dice.randrange(len(text) - length)
    return text[start : start + length]


@dataclass(frozen=True, slots=True)
class Filling:
    """What a payload is filled with."""

    source: str
    dice: random.Random
    project: str

    def text(self, mean: int) -> str:
        return stretch(self.source, self.dice, mean)

    def path(self) -> str:
        names = self.dice.choices(WORDS, k=2)
        return f"{self.project}/src/{'/'.join(names)}_{self.dice.randrange(40)}.py"


WORDS = ["order", "refund", "invoice", "token", "cursor", "stream", "index", "page", "customer", "price", "ledger"]


def _prompt(data: dict[str, Any], some: Filling) -> None:
    data["prompt"] = some.text(300)


def _stop(data: dict[str, Any], some: Filling) -> None:
    data["last_assistant_message"] = some.text(WHOLE)


def _command(data: dict[str, Any], some: Filling) -> None:
    data["tool_input"] = {"command": f"pytest -q {some.path()}", "description": some.text(30)}
    if "tool_response" in data:
        data["tool_response"]["stdout"] = some.text(2 * WHOLE)


def _read(data: dict[str, Any], some: Filling) -> None:
    data["tool_input"]["file_path"] = path = some.path()
    if "tool_response" in data:
        data["tool_response"]["file"] |= {"filePath": path, "content": some.text(3 * WHOLE)}


def _edit(data: dict[str, Any], some: Filling) -> None:
    path, old, new = some.path(), some.text(WHOLE // 4), some.text(WHOLE // 3)
    data["tool_input"] |= {"file_path": path, "old_string": old, "new_string": new}
    if "tool_response" in data:
        lines = [f"-{line}" for line in old.splitlines()] + [f"+{line}" for line in new.splitlines()]
        patch = {"oldStart": some.dice.randrange(900), "oldLines": 9, "newStart": 3, "newLines": 9, "lines": lines}
        whole = {"filePath": path, "oldString": old, "newString": new, "originalFile": some.text(WHOLE)}
        data["tool_response"] |= whole | {"structuredPatch": [patch]}


def _nothing(data: dict[str, Any], some: Filling) -> None:
    """As it was recorded."""


Fill = Callable[[dict[str, Any], Filling], None]
_USES: list[tuple[str, Fill]] = [(".Read", _read), (".Edit", _edit), ("", _command)]
_TOOLS: list[tuple[str, str, Fill]] = [
    (hook, f"{name}{tool}", fill)
    for tool, fill in islice(cycle(_USES), (TURN - 2) // 2)
    for hook, name in (("pre_tool_use", "PreToolUse"), ("post_tool_use", "PostToolUse"))
]
PLAN: list[tuple[str, str, Fill]] = [
    ("session_start", "SessionStart", _nothing),
    ("prompt_submit", "UserPromptSubmit", _prompt),
    *_TOOLS,
    ("stop", "Stop", _stop),
]
