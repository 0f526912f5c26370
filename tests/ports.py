"""Ports for the servers of tests, out of the way of everything else that runs meanwhile.

A port of the system's choice is one of those that clients get, too: until a server of a test listens on it, a minute
later perhaps, anything may have it. These lie below them, and each belongs to one process of a test run.
"""

import fcntl
import os
import secrets
import socket
import tempfile
from pathlib import Path
from typing import IO

LOCKS = Path(tempfile.gettempdir()) / f"memfog-test-ports-{os.getuid()}"
LOWEST = 10_000
BELOW = 32_768  # where Linux begins to give ports to clients
TRIES = 1_000
_held: list[IO[bytes]] = []  # open files: their locks end with this process


def free_port() -> int:
    """A port on which nothing listens, and which no other process of any test run takes while this one lives."""
    LOCKS.mkdir(mode=0o700, exist_ok=True)
    for _ in range(TRIES):
        port = LOWEST + secrets.randbelow(BELOW - LOWEST)  # tests seed `random` alike
        if _claim(port) and _can_listen(port):
            return port
    raise OSError(f"no free port after {TRIES} tries")


def _claim(port: int) -> bool:
    file = (LOCKS / str(port)).open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    _held.append(file)
    return True


def _can_listen(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
