"""A stopped test run leaves no server running."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reaper import VARIABLE
from tests.server import ROOT, wait_for

TEST = """
import time
from pathlib import Path

def test_it(server):
    Path({file!r}).write_text(str(server.processes[0].pid))
    time.sleep(600)
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_run_ends_its_server(tmp_path: Path, how: signal.Signals) -> None:
    test, file = tmp_path / "test_server.py", tmp_path / "pid"
    test.write_text(TEST.format(file=str(file)))
    (tmp_path / "conftest.py").write_text("from tests.conftest import database, django_db_setup, server\n")
    # Also no coverage: a run that is killed measures nothing of Memfog.
    taken = {VARIABLE, "PYTEST_XDIST_WORKER", *(name for name in os.environ if name.startswith("COVERAGE_PROCESS"))}
    own = {name: value for name, value in os.environ.items() if name not in taken}
    # If a shell started this run in the background, the run ignores Ctrl-C, and the inner run would inherit that.
    python = ["env", "--default-signal=INT", sys.executable]
    command = [*python, "-m", "pytest", "-q", "-c", "pyproject.toml", str(test)]
    run = subprocess.Popen(command, cwd=ROOT, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = wait_for(lambda: run.poll() is not None or pid_in(file), what="the server of the run")
    assert run.poll() is None
    assert is_running(server)
    run.send_signal(how)
    run.wait()
    wait_for(lambda: not is_running(server), what="the end of the server")


def pid_in(file: Path) -> int:
    return int(file.read_text() or 0) if file.exists() else 0


def is_running(process: int) -> bool:
    """Whether the process runs. A zombie, which has ended but was not waited for, does not run."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
