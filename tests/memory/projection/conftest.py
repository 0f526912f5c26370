"""What tests of the projection share."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.server import Server


@pytest.fixture
def stopped_worker(server: Server) -> Iterator[None]:
    """The worker of all tests takes no user during the test."""
    workers = [process.pid for process in server.processes[1:]]
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
