"""Free ports for test servers, which no other program takes meanwhile.

Linux chooses free ports from a range that it also uses for clients. Another program may get such a port before the
test server listens on it, perhaps a minute later. The ports of this module lie below that range, and each port belongs
to one process of a test run.
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
BELOW = 32_768  # the lowest port that Linux gives to clients
TRIES = 1_000
_held: list[IO[bytes]] = []  # open files, whose locks end with this process


def free_port() -> int:
    """Returns a port on which nothing listens. No other process of any test run gets it while this process runs."""
    LOCKS.mkdir(mode=0o700, exist_ok=True)
    for _ in range(TRIES):
        port = LOWEST + secrets.randbelow(BELOW - LOWEST)  # `random` has the same seed in all processes
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
