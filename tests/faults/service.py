"""A process that is started again whenever it ends, as a service manager would, until told to stop."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PAUSE = 0.2  # seconds before a service that ended is started again
DEADLINE = 30.0  # seconds for it to end when told to


class Service:
    """`end` is the signal it is told to stop with; `user` runs it as someone else. Its output goes to `log`."""

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
        """Ends it and leaves it so: gently, and after the deadline by force."""
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
        """The process and its children; PostgreSQL's leave its process group."""
        return [self.pid, *children(self.pid)]

    def signal(self, number: signal.Signals, processes: Sequence[int] | None = None) -> None:
        """To the process with its children, or only to those named."""
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
    except OSError:  # it has ended
        return []


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:  # it has ended
        return ""


def _send(processes: Sequence[int], number: signal.Signals) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
