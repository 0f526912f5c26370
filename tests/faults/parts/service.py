"""A process that is restarted whenever it ends, as by a service manager, until `stop`."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PAUSE = 0.2  # seconds before a restart
DEADLINE = 30.0  # seconds for the process to start or to end


class Service:
    """A restarted process. `end` is the signal that stops it, `user` its user, `log` the file of its output."""

    def __init__(
        self,
        *command: str,
        log: Path,
        environment: Mapping[str, str] | None = None,
        end: signal.Signals = signal.SIGTERM,
        user: str | None = None,
        folder: Path | None = None,
    ) -> None:
        self.command, self.log, self.environment = command, log, environment
        self.end, self.user, self.folder = end, user, folder
        self.starts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: threading.Thread | None = None
        self._stopping = threading.Event()
        self._begun = threading.Event()

    def start(self) -> None:
        self._stopping.clear()
        self._begun.clear()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()
        assert self._begun.wait(DEADLINE), f"{self.command[0]} does not start"

    def stop(self) -> None:
        """Stops the process without a restart. Kills it if it has not ended after the deadline."""
        if self._keeper is None:
            return
        self._stopping.set()
        family = self.family()
        _send([self.pid], self.end)
        self._keeper.join(DEADLINE)
        _send(family, signal.SIGKILL)
        self._keeper.join(DEADLINE)
        self._keeper = None

    def kill(self) -> None:
        """Kills it and its children, and leaves it so."""
        assert self._keeper is not None
        self._stopping.set()
        _send(self.family(), signal.SIGKILL)
        self._keeper.join(DEADLINE)
        self._keeper = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def family(self) -> list[int]:
        """Returns the ids of the process and its children. PostgreSQL's children are not in its process group."""
        return [self.pid, *children(self.pid)]

    def signal(self, number: signal.Signals, processes: Sequence[int] | None = None) -> None:
        """Sends a signal to the process and its children, or only to `processes`."""
        _send(self.family() if processes is None else processes, number)

    def _keep(self) -> None:
        while not self._stopping.is_set():
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self.command,
                    env=self.environment,
                    user=self.user,
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            self.starts += 1
            self._begun.set()
            self._process.wait()
            self._stopping.wait(PAUSE)


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:  # the process has ended
        return []


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:  # the process has ended
        return ""


def _send(processes: Sequence[int], number: signal.Signals) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
