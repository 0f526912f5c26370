"""A corpus for searches: acts of people and Claude, each with a question that must find it, among two thousand others.

The others use the same plain words and are newer, so that neither a single word nor the age is enough to find an act.
"""

import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.memory.make import event

OTHERS = 2_000
MINUTE = 60.0
KINDS = ("bash", "edit", "prompt", "read")


@dataclass(frozen=True)
class Told:
    """An event, and the question of a user who looks for it."""

    event: dict[str, Any]
    question: str


def corpus() -> list[Told]:
    lines = Path(__file__).with_name("corpus.tsv").read_text().splitlines()
    rows = [[cell.replace("\\n", "\n") for cell in line.split("\t")] for line in lines]
    return [Told(_event(row[0], row[1:-1], number), row[-1]) for number, row in enumerate(rows)]


def others() -> list[dict[str, Any]]:
    dice = random.Random(11)
    told = " ".join(str(one.event["kind"]["data"]["data"]) for one in corpus())
    words = sorted(set(re.findall(r"(?<![\w.])[a-z]{4,}(?![\w.])", told)))
    return [make_other(dice, dice.sample(words, 9), 1_000 + number) for number in range(OTHERS)]


def make_other(dice: random.Random, words: list[str], number: int) -> dict[str, Any]:
    """Makes a document of these nine words."""
    parts = [" ".join(words[:4]), " ".join(words[4:7]), " ".join(words[7:])]
    return _event(dice.choice(KINDS), parts, number)


def _event(kind: str, parts: list[str], number: int) -> dict[str, Any]:
    hook, data = MAKE[kind](parts, {"tool_use_id": f"t{number}"})
    made = event(hook, number * MINUTE, session=f"c{number // 20}", **data)
    return made | {"id": str(UUID(int=number + 1))}


def _tool(name: str, use: dict[str, Any], given: dict[str, Any], response: Any) -> tuple[str, dict[str, Any]]:
    return "post_tool_use", {**use, "tool_name": name, "tool_input": given, "tool_response": response}


def _edit(parts: list[str], use: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    path, old, new = parts
    hunk = {"lines": [f"-{old}", f"+{new}"]}
    given = {"file_path": f"/home/ada/engine/{path}", "old_string": old, "new_string": new}
    return _tool("Edit", use, given, {"structuredPatch": [hunk]})


def _fail(parts: list[str], use: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    given = {"command": parts[0]}
    return "post_tool_failure", {**use, "tool_name": "Bash", "tool_input": given, "error": parts[1]}


MAKE: dict[str, Any] = {
    "prompt": lambda parts, use: ("prompt_submit", {"prompt": " ".join(parts)}),
    "bash": lambda parts, use: _tool("Bash", use, {"command": parts[0]}, {"stdout": parts[1]}),
    "read": lambda parts, use: _tool("Read", use, {"file_path": "/home/ada/engine/" + parts[0].split()[0]}, {}),
    "web": lambda parts, use: _tool(
        "WebFetch", use, {"url": parts[0], "prompt": "?"}, {"code": 200, "result": parts[1]}
    ),
    "stop": lambda parts, use: ("stop", {"last_assistant_message": parts[0]}),
    "edit": _edit,
    "fail": _fail,
}
