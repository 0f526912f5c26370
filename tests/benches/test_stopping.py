"""A benchmark that is stopped in any way leaves none of its servers running."""

import contextlib
import os
import signal
from pathlib import Path
from uuid import uuid4

import pytest

from tests import reaper
from tests.benches.running import list_left_files, start
from tests.server import wait_for

SECONDS = 120.0  # enough for each step on a busy machine
LISTEN = "0A"  # the state of a TCP socket


@pytest.mark.bench
@pytest.mark.slow
@pytest.mark.timeout(3 * SECONDS)
@pytest.mark.parametrize(
    ("name", "number"),
    [("laptop", signal.SIGINT), ("live", signal.SIGTERM), ("laptop", signal.SIGKILL)],
    ids=["interrupted", "terminated", "killed"],
)
def test_it_ends_what_it_started(name: str, number: signal.Signals, tmp_path: Path) -> None:
    run = f"bench-{uuid4().hex}"
    process = start(name, tmp_path, run=run)
    wait_for(lambda: _serves(run), what=f"the server of {name}", seconds=SECONDS)
    os.kill(process.pid, number)
    process.communicate(timeout=SECONDS)
    assert process.returncode != 0
    wait_for(lambda: not reaper.list_left(run), what="the end of all processes of the benchmark", seconds=SECONDS)
    # A killed benchmark cannot remove its files.
    assert number == signal.SIGKILL or not list_left_files(tmp_path)


def _serves(run: str) -> bool:
    """Whether a process of this run listens. A server may be a fork, so its command line does not identify it."""
    listening = _list_listening()
    return any(listening & _list_sockets(process) for process in reaper.list_left(run))


def _list_listening() -> set[str]:
    """Returns the inodes of listening TCP sockets. See proc_net_tcp in the documentation of the Linux kernel."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {f"socket:[{row[9]}]" for row in rows if row[3] == LISTEN}


def _list_sockets(process: int) -> set[str]:
    with contextlib.suppress(OSError):
        return {str(file.readlink()) for file in Path(f"/proc/{process}/fd").iterdir()}
    return set()
