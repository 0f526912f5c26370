"""Runs the stages that need no service; with `--all` also the others. Exits with 1 if a stage failed.

`--write-budget` makes what the run used the budget of later runs; use it on an idle machine.
"""

import os
import signal
import sys
import threading
import time
from functools import partial
from types import FrameType
from uuid import uuid4

from script.stages.budget import BUDGET_HOLDS, confirm_long_tests, list_growth, list_long_tests, save_budget
from script.stages.lanes import Printer, run_lanes
from script.stages.pace import PaceMonitor
from script.stages.plan import ALL_LANES, LOCAL_LANES
from script.stages.retry import retry_failed_tests
from script.stages.table import format_closing_line, format_table, list_failures, list_unstable
from tests import reaper


def main(arguments: list[str]) -> int:
    run = os.environ[reaper.VARIABLE] = f"run-{uuid4().hex}"
    stop = stop_on_signals(run)
    printer, started = Printer(), time.monotonic()
    with reaper.watch(run), PaceMonitor().measure() as pace:
        first_results = run_lanes(ALL_LANES if "--all" in arguments else LOCAL_LANES, printer, stop)
        results = first_results if stop.is_set() else retry_failed_tests(first_results, printer)
    find_long = list_long_tests if stop.is_set() else partial(confirm_long_tests, printer=printer)
    long_tests = find_long(results, pace.slowdown)
    printer.write(format_table(results, time.monotonic() - started))
    printer.write(f"slowdown of this machine during the run: {pace.slowdown:.1f}")
    for heading, lines in (
        ("grew", list_growth(results)),
        ("too long", long_tests),
        ("unstable", list_unstable(results)),
        ("failed", list_failures(results)),
    ):
        for line in lines:
            printer.write(f"{heading}: {line}")
    if "--write-budget" in arguments:
        save_budget(results)
    # Long tests are only reported until the budget is measured on a quiet machine and every long test has its mark.
    failed_by_budget = long_tests if BUDGET_HOLDS else []
    printer.write(format_closing_line(results, also_failed=len(failed_by_budget)))
    return 130 if stop.is_set() else int(bool(failed_by_budget) or not all(result.passed for result in results))


def stop_on_signals(run: str) -> threading.Event:
    """Returns an event that Ctrl-C and SIGTERM set; the signals also kill the processes of the stages."""
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()
        reaper.kill_left(run)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    return stop


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
