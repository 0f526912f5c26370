"""Compares a run with its budget: finds long tests without the mark `slow`, and stages that became more expensive."""

import json
from collections.abc import Iterable
from pathlib import Path

from script.stages.stage import StageResult

BUDGET_PATH = Path(__file__).parent / "budget.json"
# Without figures in the file there is no budget.
BUDGET_HOLDS = bool(json.loads(BUDGET_PATH.read_text()))
MAX_TEST_S = 10.0  # seconds on an idle machine, for a test without the mark `slow`
MAX_GROWTH = 1.15  # the ratio of processor time to budget above which a stage is reported


def list_long_tests(results: Iterable[StageResult], slowdown: float) -> list[str]:
    """Lists tests without the mark `slow` whose time divided by the machine's slowdown is too long."""
    return [
        f"{name}: {seconds:.1f} s, {seconds / slowdown:.1f} s of an idle machine; mark it `slow` or make it faster"
        for result in results
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
