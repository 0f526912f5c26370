"""A benchmark as it is started by hand, and the table that it prints."""

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

# Nothing of the database, the ports and the data of this test run.
KEPT = ("BUN", "CLAUDE_BIN", "HOME", "LANG", "MEMFOG_TEST_POSTGRES", "PATH", reaper.VARIABLE)
_ROW = re.compile(r"(\S.*?)\s{2,}(\S.*)")
# A goal may stand close behind the figures.
_CELLS = re.compile(r"\s{2,}|\s(?=[+≤≥])")
_FIGURE = re.compile(r"-?\d[\d,]*(\.\d+)?,?")

Figures = Sequence[float]


def start(name: str, folder: Path, *words: str, run: str = "") -> "subprocess.Popen[str]":
    """`script/bench NAME --smoke` whose scratch files are in `folder`. `run` names its processes beside this run's."""
    TEMPLATES.mkdir(mode=0o700, exist_ok=True)
    (folder / TEMPLATES.name).symlink_to(TEMPLATES)
    environment = {key: os.environ[key] for key in KEPT if key in os.environ} | {"TMPDIR": str(folder)}
    if run:
        environment[reaper.VARIABLE] = f"{environment[reaper.VARIABLE]}/{run}"
    # A shell that put this run in the background has it ignore Ctrl-C, and so would the benchmark.
    command = ["env", "--default-signal=INT", ROOT / "script/bench", name, "--smoke", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=environment, text=True, **pipes)  # type: ignore[call-overload, no-any-return]


def list_left_files(folder: Path) -> list[str]:
    """What a benchmark left in its folder for scratch files, but for what all runs share."""
    shared = {TEMPLATES.name, LOCKS.name}
    return [path.name for path in folder.glob("memfog-*") if path.name not in shared]


def read_table(printed: str) -> Mapping[str, Figures]:
    """Label → its figures, of each line that has some. Goals, which are words, are left out."""
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
