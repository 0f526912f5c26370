"""The test servers: unique ports, and the restart of a server that ended."""

import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import ports
from tests.server import ROOT, Server, wait_for

MANY = "from tests.ports import free_port; print(*[free_port() for _ in range(500)]); input()"


def take_many() -> tuple["subprocess.Popen[str]", set[str]]:
    """Starts a process that takes 500 ports and holds them. Returns it and its ports."""
    command = [sys.executable, "-c", MANY]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, set(process.stdout.readline().split())


def test_no_two_processes_are_given_the_same_port() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: take_many(), range(4)))
    for process, _ in made:
        process.communicate("\n")
    assert len(set[str]().union(*(given for _, given in made))) == 2_000


def test_a_port_on_which_somebody_listens_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(ports, "LOWEST", taken.getsockname()[1])
        monkeypatch.setattr(ports, "BELOW", taken.getsockname()[1] + 1)
        with pytest.raises(OSError, match="no free port"):
            ports.free_port()


def test_a_server_that_ended_is_followed_by_another(spare: Server) -> None:
    assert spare.revive() is None
    first = spare.processes[0]
    first.kill()
    wait_for(lambda: first.poll() is not None, what="the end of the web process")
    assert spare.revive() == -9
    assert spare.is_up()
    assert spare.revive() is None
