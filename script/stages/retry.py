"""Runs the failed tests of a run once more, each stage's alone, to tell a failing test from an unstable one.

An unstable test is reported and does not fail the run, unless there are more than a few: a run of thousands of tests
would otherwise rarely pass on a busy machine, and its result would say little about the change that it tests.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from script.stages.lanes import Printer
from script.stages.stage import Stage, StageResult, run_stage

MAX_UNSTABLE_TESTS = 3  # in a whole run
TESTS_FAILED = 1  # the exit code of pytest and node if tests failed, and of no crash or usage error of pytest


def retry_failed_tests(results: Sequence[StageResult], printer: Printer) -> list[StageResult]:
    """Returns the results; in a stage whose failed tests all pass at the second try, the failures are `unstable`."""
    failed = [result for result in results if not result.passed]
    if not all(map(_can_retry, failed)) or sum(len(result.report.failures) for result in failed) > MAX_UNSTABLE_TESTS:
        return list(results)
    return [result if result.passed else _retry(result, printer) for result in results]


def _can_retry(result: StageResult) -> bool:
    return result.exit_code == TESTS_FAILED and bool(result.report.failures)


def _retry(result: StageResult, printer: Printer) -> StageResult:
    names = [name for name, _ in result.report.failures]
    stage = replace(result.stage, command=build_command(result.stage, names))
    printer.write(f"== {stage.name}, once more: {' '.join(names)}")
    again = run_stage(stage, printer.writer(stage))
    if not again.passed or again.report.passed < len(names):
        return result
    first = result.report
    report = replace(first, passed=first.passed + first.failed, failed=0, failures=())
    return replace(result, exit_code=0, report=report, unstable=first.failures)


def build_command(stage: Stage, names: Sequence[str]) -> tuple[str, ...]:
    """Builds the command that runs only these tests of a stage."""
    if stage.runner == "pytest":
        # Without the marks that `pyproject.toml` leaves out.
        return ("{python}", "-m", "pytest", "{report}", "-m", "", *(_escape(name) for name in names))
    patterns = (f"--test-name-pattern=^{_escape(re.escape(name.partition('::')[2]))}$" for name in names)
    return ("node", "--test", "{report}", *patterns, "client/test/")


def _escape(argument: str) -> str:
    """A stage's arguments are format strings."""
    return argument.replace("{", "{{").replace("}", "}}")
