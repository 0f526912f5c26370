"""Runs lanes of stages in parallel. The stages of a lane run in order; `after` orders stages of different lanes."""

import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from script.stages.stage import Stage, StageResult, run_stage
from script.stages.table import format_summary

Lane = Sequence[Stage]


class Printer:
    """Writes lines of parallel stages, each with the name of its stage as prefix."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def write(self, text: str, prefix: str = "") -> None:
        with self._lock:
            for line in text.splitlines() or [""]:
                sys.stdout.write(f"{prefix}{line}\n")
            sys.stdout.flush()

    def writer(self, stage: Stage) -> Callable[[str], None]:
        return lambda line: self.write(line, f"{stage.name:>10} | ")


def run_lanes(lanes: Sequence[Lane], printer: Printer, stop: threading.Event) -> list[StageResult]:
    """Runs the lanes and returns the results in the order of the lanes.

    A failed stage does not stop others, so that a run shows all failures. No stage starts after `stop` is set.
    """
    ended_events = {stage.name: threading.Event() for lane in lanes for stage in lane}

    def run(lane: Lane) -> list[StageResult]:
        return [result for stage in lane if (result := run_one(stage))]

    def run_one(stage: Stage) -> StageResult | None:
        for name in stage.after:
            ended_events[name].wait()
        result = None if stop.is_set() else _run_and_report(stage, printer)
        ended_events[stage.name].set()
        return result

    with ThreadPoolExecutor(len(lanes)) as pool:
        return [result for lane in pool.map(run, lanes) for result in lane]


def _run_and_report(stage: Stage, printer: Printer) -> StageResult:
    printer.write(f"== {stage.name}: {' '.join(stage.command)}")
    result = run_stage(stage, printer.writer(stage))
    printer.write(format_summary(result))
    return result
