"""The figures of the hints of one session: how often they came, and what its turns used of what they named."""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from script.benchmarks.recall.recall_figures import CHARS_PER_TOKEN, INDEX_LINE
from script.benchmarks.recall.transcript_sessions import TranscriptSession, Turn

MATCHER = Path(__file__).parents[3] / "client" / "bench" / "hints.js"
NAMING_TYPES = ("edit", "read", "command", "failure")  # types of lines that are about a file or a command
SEPARATOR = " · "

BESIDE, ALONE = "beside the context", "without a context"


def choose_hints(
    hints: Sequence[Mapping[str, Any]], givens: Sequence[Sequence[int]], prompts: Sequence[str]
) -> list[list[list[int]]]:
    """Returns for each of `givens`, for each prompt, the ids of the lines that the client would give beside these."""
    question = json.dumps({"hints": hints, "givens": givens, "prompts": prompts})
    done = subprocess.run(["node", str(MATCHER)], input=question, check=True, stdout=subprocess.PIPE, text=True)
    return [[list(map(int, ids)) for ids in chosen] for chosen in json.loads(done.stdout)]


def measure_hints(answer: Mapping[str, Any], given: Sequence[int], session: TranscriptSession) -> dict[str, float]:
    """Measures the hints of a session, beside its context and without one. Leaves out figures that it lacks."""
    turns = [turn for turn in session.turns if turn.prompt]
    chosen = choose_hints(answer["hints"], [[], given], [turn.prompt for turn in turns])
    return {
        f"{name}, {where}": value
        for where, ids in zip((ALONE, BESIDE), chosen, strict=True)
        for name, value in _measure(answer, turns, ids).items()
    }


def _measure(answer: Mapping[str, Any], turns: Sequence[Turn], chosen: Sequence[Sequence[int]]) -> dict[str, float]:
    lines = {hint["id"]: hint["line"] for hint in answer["hints"]}
    used = [
        _is_used(lines[id_], turn)
        for turn, ids in zip(turns, chosen, strict=True)
        for id_ in ids
        if lines[id_].split(SEPARATOR)[2] in NAMING_TYPES
    ]
    sizes = [
        len("\n".join([answer["header"], *(lines[id_] for id_ in ids)])) / CHARS_PER_TOKEN for ids in chosen if ids
    ]
    shares: dict[str, list[Any]] = {
        "prompts with a hint": list(map(bool, chosen)),
        "hinted files and commands that the turn used": used,
        "tokens of a hint": sizes,
    }
    return {name: sum(values) / len(values) for name, values in shares.items() if values}


def _is_used(line: str, turn: Turn) -> bool:
    found = INDEX_LINE.match(line)
    title = found[1] if found else line
    words = {part for part in re.split(r"[\s`',;:/\\…]+", title) if part}
    return bool(words & turn.files) or any(command in title for command in turn.commands)
