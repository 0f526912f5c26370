"""Measures which part of the lines of a repository `memfog why` traces to the right prompt."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.memory.file_history.repository import Repository
from tests.server import ROOT

MEMFOG = ("node", str(ROOT / "client/bin/memfog.js"))
MAX_EVENTS = 200


@dataclass
class Score:
    """Lines by what was said of them. `lines` are those that a prompt caused, `others` those of a person."""

    lines: int = 0
    others: int = 0
    right: int = 0
    wrong: int = 0

    @property
    def traced(self) -> float:
        return self.right / self.lines

    @property
    def false(self) -> float:
        return self.wrong / (self.lines + self.others)


def memfog(home: Path, folder: Path, *arguments: str, input: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    command = [*MEMFOG, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, input=input, capture_output=True, text=True)


def connect(home: Path, *, url: str, token: str) -> None:
    (home / ".memfog").mkdir(mode=0o700)
    (home / ".memfog/auth.json").write_text(json.dumps({"url": url, "token": token}))


def ask_lines(home: Path, root: Path, name: str) -> dict[int, str]:
    """The prompt that `memfog why` names for each line of a file; empty for none."""
    asked = memfog(home, root, "why", name, "--json")
    assert asked.stdout, asked.stderr
    found: list[dict[str, Any]] = json.loads(asked.stdout)
    return {one["line"]: one["prompt"] or "" for one in found}


def measure(home: Path, repository: Repository) -> Score:
    score = Score()
    for name, lines in repository.files.items():
        found = ask_lines(home, repository.root, name)
        for number, line in enumerate(lines, start=1):
            if line.text.strip():
                _add(score, line.origin, found.get(number, ""))
    return score


def _add(score: Score, expected: str, named: str) -> None:
    score.lines += bool(expected)
    score.others += not expected
    score.right += bool(expected) and named == expected
    score.wrong += bool(named) and named != expected
