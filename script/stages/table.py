"""Formats the results of a run as text."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from script.stages.stage import StageResult

HEADINGS = ("stage", "wall s", "processor s", "tests", "failed")
MAX_ALIKE_FAILURES = 5  # tests with the same reason that are listed by name


def format_summary(result: StageResult) -> str:
    """Formats the result of a stage with its ten slowest tests."""
    lines = [
        f"== {result.stage.name}: {'passed' if result.passed else f'FAILED ({result.exit_code})'}, "
        f"{result.wall_s:.0f} s, {result.processor_s:.0f} s of processor time, {result.report.tests} tests"
    ]
    lines += [f"   left running, and killed: {command[:120]}" for command in result.left_running]
    lines += [f"   {seconds:7.2f} s  {name}" for name, seconds in result.report.slowest() if seconds >= 0.1]
    return "\n".join(lines)


def format_table(results: Iterable[StageResult], wall_s: float) -> str:
    """Formats a table with a row for each stage and a row for the sum."""
    rows = [_format_cells(result) for result in results]
    sums = [f"{sum(float(row[column]) for row in rows):.0f}" for column in (2, 3, 4)]
    rows.append(("all", f"{wall_s:.0f}", *sums))
    widths = [max(len(row[column]) for row in (HEADINGS, *rows)) for column in range(len(HEADINGS))]
    return "\n".join(_format_line(row, widths) for row in (HEADINGS, *rows))


def list_failures(results: Iterable[StageResult]) -> list[str]:
    """Lists each failure with its reason, but only a few failures per reason, so that other reasons stay visible."""
    return [line for result in results if not result.passed for line in _list_failures(result)]


def list_unstable(results: Iterable[StageResult]) -> list[str]:
    """Lists each test that passed only at the second try, with the reason of its failure."""
    return [f"{result.stage.name}: {test}: {reason}" for result in results for test, reason in result.unstable]


def _list_failures(result: StageResult) -> Iterator[str]:
    name = result.stage.name
    if not result.report.failures:
        yield f"{name}: ended with {result.exit_code}"
    tests_by_reason = defaultdict[str, list[str]](list)
    for test, reason in result.report.failures:
        tests_by_reason[reason].append(test)
    for reason, tests in tests_by_reason.items():
        yield from (f"{name}: {test}: {reason}" for test in tests[:MAX_ALIKE_FAILURES])
        if len(tests) > MAX_ALIKE_FAILURES:
            yield f"{name}: {len(tests) - MAX_ALIKE_FAILURES} more: {reason}"


def _format_cells(result: StageResult) -> tuple[str, ...]:
    report = result.report
    failed = max(report.failed, int(not result.passed))
    return (result.stage.name, f"{result.wall_s:.0f}", f"{result.processor_s:.0f}", f"{report.tests}", f"{failed}")


def _format_line(cells: Iterable[str], widths: Iterable[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)])


def format_closing_line(results: Iterable[StageResult], *, also_failed: int = 0) -> str:
    """Formats the last line of a run. A stage without a test runner counts as one test."""
    results = list(results)
    passed = sum(result.report.passed + int(not result.report.tests and result.passed) for result in results)
    failed = sum(max(result.report.failed, int(not result.passed)) for result in results) + also_failed
    skipped = sum(result.report.skipped for result in results)
    return f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")
