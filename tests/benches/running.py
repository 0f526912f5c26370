"""Starts a benchmark as a user does, and reads the table that it prints."""

import math
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests import reaper
from tests.databases import TEMPLATES
from tests.ports import LOCKS
from tests.server import ROOT

# The variables that a benchmark inherits: none of the database, ports and data of this test run.
KEPT = ("BUN", "CLAUDE_BIN", "HOME", "LANG", "MEMFOG_TEST_POSTGRES", "PATH", reaper.VARIABLE)
_ROW = re.compile(r"(\S.*?)\s{2,}(\S.*)")
# A single space may separate a goal from the figures.
_CELLS = re.compile(r"\s{2,}|\s(?=[+≤≥])")
_FIGURE = re.compile(r"-?\d[\d,]*(\.\d+)?,?")

Figures = Sequence[float]


def start(name: str, folder: Path, *words: str, run: str = "") -> "subprocess.Popen[str]":
    """Starts `script/bench NAME --smoke` with scratch files in `folder`. `run`: a further run name of its processes."""
    TEMPLATES.mkdir(mode=0o700, exist_ok=True)
    (folder / TEMPLATES.name).symlink_to(TEMPLATES)
    environment = {key: os.environ[key] for key in KEPT if key in os.environ} | {"TMPDIR": str(folder)}
    if run:
        environment[reaper.VARIABLE] = f"{environment[reaper.VARIABLE]}/{run}"
    # If a shell started this run in the background, the run ignores Ctrl-C, and the benchmark would inherit that.
    command = ["env", "--default-signal=INT", ROOT / "script/bench", name, "--smoke", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=environment, text=True, **pipes)  # type: ignore[call-overload, no-any-return]


def list_left_files(folder: Path) -> list[str]:
    """Lists the scratch files that a benchmark left in its folder, except the files that all runs share."""
    shared = {TEMPLATES.name, LOCKS.name}
    return [path.name for path in folder.glob("memfog-*") if path.name not in shared]


def read_table(printed: str) -> Mapping[str, Figures]:
    """Returns label → figures of each line that has figures. Leaves out goals, which are words."""
    rows = (found.groups() for line in printed.splitlines() if (found := _ROW.fullmatch(line.strip())))
    table = {label: _figures(cells) for label, cells in rows}
    return {label: figures for label, figures in table.items() if figures}


def _figures(cells: str) -> Figures:
    found: list[float] = []
    for cell in _CELLS.split(cells):
        words = cell.split()
        if not all(_FIGURE.fullmatch(word) for word in words):
            break
        found += [float(word.replace(",", "")) for word in words]
    return [figure for figure in found if math.isfinite(figure)]
