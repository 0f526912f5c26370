"""Every benchmark works: in its smoke size it succeeds and prints its whole table. No benchmark is skipped."""

from pathlib import Path

import pytest

from script.benchmarks.shared.catalog import BENCHMARKS
from tests.benches.running import list_left_files, read_table, start
from tests.benches.tables import MAY_BE_NOTHING, TABLES

SECONDS = 300.0  # a benchmark that takes longer hangs, even on a busy machine


@pytest.mark.bench
@pytest.mark.slow
@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_it_prints_its_whole_table(name: str, tmp_path: Path) -> None:
    process = start(name, tmp_path)
    printed, complaints = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, complaints
    assert "Traceback" not in complaints, complaints
    table = read_table(printed)
    expected = TABLES[name]
    assert {label: len(table.get(label, ())) for label in expected} == dict(expected), printed
    nothing = [label for label in expected if table[label][0] <= 0 and not label.endswith(MAY_BE_NOTHING)]
    assert not nothing, printed
    assert not list_left_files(tmp_path)
