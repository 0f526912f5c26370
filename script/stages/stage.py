"""Runs one stage of a test run: a command with its output, report and cost."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from script.stages.report import Report, load_report
from tests import reaper

ROOT = Path(__file__).parent.parent.parent
# The options that make each test runner write a JUnit report.
REPORT_OPTIONS: dict[str, Callable[[str], list[str]]] = {
    "pytest": lambda path: [f"--junitxml={path}", "-o", "junit_family=xunit1"],
    "node": lambda path: [
        *("--test-reporter=spec", "--test-reporter-destination=stdout"),
        *("--test-reporter=junit", f"--test-reporter-destination={path}"),
    ],
}


@dataclass(frozen=True)
class Stage:
    """A command of a test run. `runner` names the test runner whose options replace `{report}` in the command.

    `after` names stages, in any lane, that must end before this stage starts.
    """

    name: str
    command: Sequence[str]
    runner: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class StageResult:
    """The result of a stage. Times are in seconds; processor time counts the processes for which the stage waited.

    `left_running` holds the command lines of processes that the stage left running and that were killed, `unstable`
    the names of tests that failed and passed when they ran again, each with the first line of its reason.
    """

    stage: Stage
    exit_code: int
    wall_s: float
    processor_s: float
    report: Report
    left_running: tuple[str, ...] = ()
    unstable: tuple[tuple[str, str], ...] = ()

    @property
    def passed(self) -> bool:
        return self.exit_code == 0 and not self.report.failed


def run_stage(stage: Stage, write_line: Callable[[str], None]) -> StageResult:
    """Runs a stage to its end, passes its output line by line to `write_line`, and kills processes that it left."""
    run = f"stage-{uuid4().hex}"
    with tempfile.TemporaryDirectory(prefix="memfog-stage-") as folder:
        report_path = Path(folder) / "report.xml"
        started = time.monotonic()
        process = _start(stage, report_path, run)
        assert process.stdout
        with process.stdout as output:
            for line in output:
                write_line(line.rstrip("\n"))
        # `wait` would discard the resource usage of the process.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall_s, processor_s = time.monotonic() - started, usage.ru_utime + usage.ru_stime
        left_running = tuple(reaper.kill_left(run).values())
        return StageResult(stage, process.returncode, wall_s, processor_s, load_report(report_path), left_running)


def _start(stage: Stage, report_path: Path, run: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        _expand_command(stage, report_path),
        cwd=ROOT,
        env={**os.environ, **stage.environment, reaper.VARIABLE: f"{os.environ.get(reaper.VARIABLE, '')}/{run}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def _expand_command(stage: Stage, report_path: Path) -> list[str]:
    arguments: list[str] = []
    for argument in stage.command:
        arguments += (
            REPORT_OPTIONS[stage.runner](str(report_path))
            if argument == "{report}"
            else [argument.format(python=sys.executable)]
        )
    return arguments
