"""Compares a run with its budget: finds long tests without the mark `slow`, and stages that became more expensive."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from script.stages.lanes import Printer
from script.stages.pace import PaceMonitor
from script.stages.retry import build_command
from script.stages.stage import StageResult, run_stage

BUDGET_PATH = Path(__file__).parent / "budget.json"
# Without figures in the file there is no budget.
BUDGET_HOLDS = bool(json.loads(BUDGET_PATH.read_text()))
MAX_TEST_S = 10.0  # seconds on an idle machine, for a test without the mark `slow`
MAX_REPEATED_TESTS = 30  # long tests that run a second time
MAX_GROWTH = 1.15  # the ratio of processor time to budget above which a stage is reported


def list_long_tests(results: Iterable[StageResult], slowdown: float) -> list[str]:
    """Lists tests without the mark `slow` whose time divided by the machine's slowdown is too long."""
    return [
        f"{name}: {seconds:.1f} s, {seconds / slowdown:.1f} s of an idle machine; mark it `slow` or make it faster"
        for result in results
        for name, seconds in _find_long_tests(result, slowdown)
    ]


def confirm_long_tests(results: Sequence[StageResult], slowdown: float, printer: Printer) -> list[str]:
    """Runs long tests once more, alone, and lists those that take too long again.

    The slowdown is an average: meanwhile one test may have waited longer than others.
    """
    if len(long_tests := list_long_tests(results, slowdown)) > MAX_REPEATED_TESTS:
        return long_tests
    return [
        line
        for result in results
        if (names := [name for name, _ in _find_long_tests(result, slowdown)])
        for line in _measure_alone(result, names, printer)
    ]


def _measure_alone(result: StageResult, names: Sequence[str], printer: Printer) -> list[str]:
    stage = replace(result.stage, command=build_command(result.stage, names))
    printer.write(f"== {stage.name}, long tests once more: {' '.join(names)}")
    with PaceMonitor().measure() as pace:
        again = run_stage(stage, printer.writer(stage))
    return list_long_tests([again], pace.slowdown)


def _find_long_tests(result: StageResult, slowdown: float) -> list[tuple[str, float]]:
    return [
        (name, seconds)
        for name, seconds in result.report.seconds
        if seconds / slowdown > MAX_TEST_S and name not in result.report.slow_tests
    ]


def list_growth(results: Iterable[StageResult]) -> list[str]:
    """Lists stages that used more processor time than their budget or ran fewer tests."""
    budget = json.loads(BUDGET_PATH.read_text())
    return [line for result in results if result.stage.name in budget for line in _describe_growth(result, budget)]


def save_budget(results: Iterable[StageResult]) -> None:
    """Writes what the stages used as their budget. Stages below a second of processor time have none."""
    budget = {
        result.stage.name: {"processor_s": round(result.processor_s), "tests": result.report.tests}
        for result in results
        if round(result.processor_s)
    }
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(limits)}" for name, limits in sorted(budget.items()))
    BUDGET_PATH.write_text(f"{{\n{lines}\n}}\n")


def _describe_growth(result: StageResult, budget: dict[str, dict[str, float]]) -> list[str]:
    name, limits = result.stage.name, budget[result.stage.name]
    lines = []
    if result.processor_s > limits["processor_s"] * MAX_GROWTH:
        excess = result.processor_s / limits["processor_s"] - 1
        lines.append(
            f"{name}: {result.processor_s:.0f} s of processor time, {excess:.0%} over its {limits['processor_s']} s"
        )
    if result.report.tests < limits["tests"]:
        lines.append(f"{name}: {result.report.tests} tests, fewer than the {limits['tests']} of its budget")
    return lines
