"""The output of a test run: the names and times of its stages, and the failed tests."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from script.stages import budget
from script.stages.budget import list_long_tests
from script.stages.lanes import Printer
from script.stages.pace import PaceMonitor
from script.stages.report import SLOW_CLIENT_TESTS, Report, load_report
from script.stages.retry import MAX_UNSTABLE_TESTS, retry_failed_tests
from script.stages.stage import Stage, StageResult, run_stage
from script.stages.table import format_closing_line, format_table, list_failures, list_unstable

JUNIT = """<testsuites><testsuite>
<testcase file="tests/x/test_a.py" name="test_passes" time="0.5"/>
<testcase file="tests/x/test_a.py" name="test_fails" time="12"><failure message="no&#10;nor why"/></testcase>
<testcase file="tests/x/test_a.py" name="test_breaks" time="0"><error/></testcase>
<testcase file="tests/x/test_a.py" name="test_is_slow" time="30">
<properties><property name="slow" value="yes"/></properties></testcase>
<testcase file="tests/x/test_a.py" name="test_skips"><skipped/></testcase>
</testsuite></testsuites>"""


OF_NODE = f"""<testsuites>
<testcase name="{min(SLOW_CLIENT_TESTS)}" time="30" classname="test"/>
<testcase name="another" time="30" classname="test"/>
</testsuites>"""
ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _without_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the runs of this file start without the plugins of the suite, which take longer to load than these runs."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def _result(name: str, code: int = 0, report: Report | None = None) -> StageResult:
    return StageResult(Stage(name, ("true",)), code, 10.0, 5.0, report or Report())


def test_a_report_says_what_failed_and_how_long_each_test_took(tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    path.write_text(JUNIT)
    report = load_report(path)
    assert (report.passed, report.failed, report.skipped) == (2, 2, 1)
    assert report.failures == (("tests/x/test_a.py::test_fails", "no"), ("tests/x/test_a.py::test_breaks", ""))
    assert report.slow_tests == {"tests/x/test_a.py::test_is_slow"}
    assert report.slowest(2) == [("tests/x/test_a.py::test_is_slow", 30.0), ("tests/x/test_a.py::test_fails", 12.0)]


def test_a_runner_that_wrote_no_report_has_none(tmp_path: Path) -> None:
    assert load_report(tmp_path / "report.xml") == Report()


def test_a_run_ends_with_what_failed_and_why() -> None:
    failed = _result("sqlite", 1, Report(passed=2, failed=1, failures=(("tests/x/test_a.py::test_fails", "no"),)))
    results = [_result("lint"), failed, _result("types", 2)]
    assert list_failures(results) == ["sqlite: tests/x/test_a.py::test_fails: no", "types: ended with 2"]
    assert format_closing_line(results) == "3 passed, 2 failed"
    assert format_table(results, 30.0).splitlines()[-1].split() == ["all", "30", "15", "3", "2"]


def test_many_that_failed_alike_hide_no_other() -> None:
    many = tuple((f"test_{number}", "no server") for number in range(1_000))
    *_, more, other = list_failures([_result("sqlite", 1, Report(failed=1_001, failures=(*many, ("test_x", "no"))))])
    assert (more, other) == ("sqlite: 995 more: no server", "sqlite: test_x: no")


def test_what_grew_beyond_the_budget_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "BUDGET_PATH", tmp_path / "budget.json")
    used = [_result("sqlite", report=Report(passed=3)), _result("types")]
    budget.save_budget([*used, replace(used[1], stage=Stage("lint", ("true",)), processor_s=0.2)])
    assert json.loads(budget.BUDGET_PATH.read_text()) == {
        "sqlite": {"processor_s": 5, "tests": 3},
        "types": {"processor_s": 5, "tests": 0},
    }
    assert list(budget.list_growth(used)) == []
    grown = [replace(used[0], report=Report(passed=2)), replace(used[1], processor_s=6.0), _result("lint")]
    assert list(budget.list_growth(grown)) == [
        "sqlite: 2 tests, fewer than the 3 of its budget",
        "types: 6 s of processor time, 20% over its 5 s",
    ]


def test_a_test_of_the_client_may_take_long_if_it_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    path.write_text(OF_NODE)
    (told,) = list_long_tests([_result("client", 0, load_report(path))], 1.0)
    assert told.startswith("test::another: 30.0 s")


def test_each_slow_test_of_the_client_is_there() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "client" / "test").rglob("*.test.js"))
    # The source holds only the first words of a name that is built from a pattern.
    for name in SLOW_CLIENT_TESTS:
        assert re.split(r" \(", name)[0] in sources, name


UNSTABLE = """
from pathlib import Path

import pytest


@pytest.mark.browser
@pytest.mark.parametrize("text", ["{a}"])
def test_fails_once(text):
    mark = Path(__file__).with_name("once")
    failed_before = mark.exists()
    mark.touch()
    assert failed_before


def test_fails():
    assert not FAILS
"""


def _run_unstable(folder: Path, *, fails: bool) -> StageResult:
    (folder / "test_unstable.py").write_text(UNSTABLE.replace("FAILS", str(fails)))
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -m 'not browser'\nmarkers = browser\n")
    options = (f"--rootdir={ROOT}", "-c", f"{folder}/pytest.ini", "-m", "browser or not browser")
    command = ("{python}", "-m", "pytest", "{report}", *options, str(folder))
    return run_stage(Stage("unit", command, "pytest"), lambda line: None)


@pytest.mark.sweep
def test_a_test_that_passes_at_the_second_try_is_unstable(tmp_path: Path) -> None:
    first = _run_unstable(tmp_path, fails=False)
    assert (first.passed, first.report.failed) == (False, 1)
    results = retry_failed_tests([_result("lint"), first], Printer())
    assert all(result.passed for result in results)
    assert format_closing_line(results) == "3 passed, 0 failed"
    (told,) = list_unstable(results)
    assert told.startswith("unit: ")
    assert "test_fails_once[{a}]: " in told


@pytest.mark.sweep
def test_a_test_that_fails_again_has_failed(tmp_path: Path) -> None:
    first = _run_unstable(tmp_path, fails=True)
    assert retry_failed_tests([first], Printer()) == [first]


LONG = """
import time
from pathlib import Path


def test_was_slow_once():
    mark = Path(__file__).with_name("once")
    time.sleep(0 if mark.exists() else 0.6)
    mark.touch()


def test_is_slow():
    time.sleep(0.6)
"""


@pytest.mark.sweep
def test_only_a_test_that_is_long_again_and_alone_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test_long.py").write_text(LONG)
    command = ("{python}", "-m", "pytest", "{report}", f"--rootdir={ROOT}", str(tmp_path))
    first = run_stage(Stage("unit", command, "pytest"), lambda line: None)
    # A long test waits for a time, which no slowdown of the machine prolongs.
    monkeypatch.setattr(budget, "PaceMonitor", Idle)
    monkeypatch.setattr(budget, "MAX_TEST_S", 0.5)
    assert len(list_long_tests([first], 1.0)) == 2
    (long_test,) = budget.confirm_long_tests([_result("lint"), first], 1.0, Printer())
    assert "::test_is_slow: " in long_test
    monkeypatch.setattr(budget, "MAX_REPEATED_TESTS", 1)
    assert len(budget.confirm_long_tests([first], 1.0, Printer())) == 2


class Idle(PaceMonitor):
    slowdown = 1.0


def test_a_run_with_many_failures_or_a_crash_is_not_tried_again() -> None:
    many = tuple((f"test_{number}", "no") for number in range(MAX_UNSTABLE_TESTS + 1))
    for failed in (_result("sqlite", 1, Report(failed=len(many), failures=many)), _result("types", 1)):
        assert retry_failed_tests([failed], Printer()) == [failed]
