"""`script/bench` lists its benchmarks and names missing programs and variables. Its smoke sizes are small."""

import ast
import dataclasses
import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from script.benchmarks.shared.catalog import (
    BENCHMARKS,
    INSTALL_ADVICE,
    POSTGRESQL,
    BenchmarkNeeds,
    find_module,
    list_missing,
)
from script.benchmarks.shared.scratch_database import PREPARATIONS
from script.benchmarks.shared.sizes import choose_size
from tests.benches.running import read_table
from tests.benches.tables import TABLES
from tests.server import ROOT

FOLDER = ROOT / "script/benchmarks"
# Benchmarks that run everywhere: their modules need only Django.
MODULES = sorted(name for name in BENCHMARKS if name != "trace")


def run(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "script.benchmarks", *words]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_every_benchmark_is_named_and_has_a_table() -> None:
    modules = {path.relative_to(ROOT).with_suffix("") for path in FOLDER.rglob("*.py") if _is_benchmark(path)}
    assert {".".join(path.parts) for path in modules} == set(map(find_module, BENCHMARKS))
    assert set(BENCHMARKS) == set(TABLES)


def _is_benchmark(path: Path) -> bool:
    tree = ast.parse(path.read_text())
    return path.stem != "__main__" and any(isinstance(one, ast.FunctionDef) and one.name == "main" for one in tree.body)


def test_it_lists_the_benchmarks() -> None:
    said = run("--help")
    assert said.returncode == 0
    assert all(name in said.stdout for name in BENCHMARKS)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["nothing"], "invalid choice: 'nothing'"),
        ([], "NAME"),
        (["hook", "many"], "invalid int value: 'many'"),
        (["hook", "1", "2"], "hook: takes at most 1 numbers: rounds"),
        (["hook", "0"], "hook: a number must be at least 1"),
    ],
    ids=["unknown", "without a name", "not a number", "too many numbers", "none"],
)
def test_it_refuses_what_it_cannot_do(words: list[str], complaint: str) -> None:
    said = run(*words)
    assert said.returncode == 2
    assert complaint in said.stderr
    assert "Traceback" not in said.stderr


def test_it_says_what_is_missing_and_how_to_get_it(tmp_path: Path) -> None:
    said = run("session", PATH=str(tmp_path), CLAUDE_BIN="")
    assert said.returncode == 1
    assert "node: Node 20 or later" in said.stderr
    assert "CLAUDE_BIN: npm install @anthropic-ai/claude-code" in said.stderr


def test_nothing_is_missing_where_everything_is() -> None:
    bench = BenchmarkNeeds(POSTGRESQL, ("wrk",), ("CLAUDE_BIN",))
    assert list_missing(bench, lambda name: True, {"CLAUDE_BIN": "claude"}) == []
    assert list_missing(bench, lambda name: False, {"CLAUDE_BIN": "claude"}) == ["wrk: apt-get install wrk"]


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_there_is_advice_for_whatever_it_needs(name: str) -> None:
    bench = BENCHMARKS[name]
    assert bench.database in PREPARATIONS
    assert {*bench.programs, *bench.variables} <= set(INSTALL_ADVICE)


@dataclasses.dataclass(frozen=True)
class Size:
    events: int
    rounds: int


def module() -> Any:
    return SimpleNamespace(FULL=Size(1_000, 5), SMOKE=Size(10, 1))


@pytest.mark.parametrize(
    ("numbers", "smoke", "expected"),
    [
        ([], False, Size(1_000, 5)),
        ([], True, Size(10, 1)),
        ([7], False, Size(7, 5)),
        ([7, 2], True, Size(7, 2)),
    ],
    ids=["full", "smoke", "first number", "both numbers"],
)
def test_it_takes_its_size_from_the_words(numbers: list[int], smoke: bool, expected: Size) -> None:
    assert choose_size(module(), numbers, smoke=smoke) == expected


@pytest.mark.parametrize("name", MODULES)
def test_a_smoke_size_is_no_larger_than_the_full_one(name: str) -> None:
    bench = importlib.import_module(find_module(name))
    full, smoke = (dataclasses.astuple(size) for size in (bench.FULL, bench.SMOKE))
    assert smoke != full
    pairs = [(small, large) for small, large in zip(smoke, full, strict=True) if isinstance(large, int | float)]
    assert all(small <= large for small, large in pairs)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("backup_now, seconds                                   5.92", {"backup_now, seconds": [5.92]}),
        ("  events_event             1,234.50      831.49", {"events_event": [1234.5, 831.49]}),
        ("throughput        0.15  ≥ 0.7     ", {"throughput": [0.15]}),
        ("one node -e 0     1.83  1.9 to 2.1", {"one node -e 0": [1.83]}),
        ("node, a session begins   1310.1   3.351 + 60 ms", {"node, a session begins": [1310.1, 3.351]}),
        ("node -e 0       1000.0 1200.0", {"node -e 0": [1000.0, 1200.0]}),
        ("streams: arrived, astray      4,000, 2", {"streams: arrived, astray": [4000.0, 2.0]}),
        ("ms per tool call      median", {}),
        ("single events     nan", {}),
        ("single events     inf", {}),
        ("Memfog is starting on http://127.0.0.1:1. Press Ctrl-C to stop it.", {}),
    ],
    ids=[
        "one",
        "indented",
        "goal",
        "goal of words",
        "close goal",
        "narrow",
        "pair",
        "heading",
        "no number",
        "endless",
        "prose",
    ],
)
def test_a_table_is_read(line: str, expected: dict[str, list[float]]) -> None:
    assert read_table(line) == expected
