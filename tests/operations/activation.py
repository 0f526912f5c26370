"""A listening socket that outlives web processes, as systemd holds one for its services.

`python -m tests.operations.activation DESCRIPTOR` becomes a web process on the socket with that number.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.server import DEADLINE, ROOT, wait_for

FIRST_DESCRIPTOR = 3


class Activation:
    """The socket, and the web processes that were started on it and have not been stopped."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=1_024)
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder, self.environment = folder, {**environment, "PORT": str(self.port), "LISTEN_FDS": "1"}
        self.processes: list[subprocess.Popen[bytes]] = []
        self._states = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._states.bind(str(folder / "notify"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self.processes:
            process.kill()
            process.wait(DEADLINE)
        self.socket.close()
        self._states.close()

    def start(self, *, folder: Path = ROOT, **environment: str) -> subprocess.Popen[bytes]:
        """Starts a web process with the code in `folder`, and returns when it said that it serves."""
        command = [sys.executable, "-m", "tests.operations.activation", str(self.socket.fileno())]
        wanted = {**self.environment, "NOTIFY_SOCKET": str(self.folder / "notify"), **environment}
        with (self.folder / "web.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=folder, env=wanted, pass_fds=[self.socket.fileno()], stdout=log, stderr=log
            )
        self.processes.append(process)
        wait_for(lambda: self._is_told("READY=1", process), what="a web process that serves")
        return process

    def stop(self, process: subprocess.Popen[bytes]) -> int:
        """Ends a web process in order; returns its exit code."""
        process.terminate()
        self.processes.remove(process)
        return process.wait(DEADLINE)

    def _is_told(self, state: str, process: subprocess.Popen[bytes]) -> bool:
        assert process.poll() is None, (self.folder / "web.log").read_text()
        try:
            return self._states.recv(4_096).decode() == state
        except BlockingIOError:
            return False


if __name__ == "__main__":
    os.dup2(int(sys.argv[1]), FIRST_DESCRIPTOR)
    os.environ["LISTEN_PID"] = str(os.getpid())
    os.execv(sys.executable, [sys.executable, "-m", "memfog", "--quiet"])  # noqa: S606
