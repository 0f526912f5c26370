"""Starts Python commands as forks of a process that has imported Django. See `tests.forkserver`."""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock, Thread
from typing import IO, Any

from tests.forkserver import LENGTH

ROOT = Path(__file__).parent.parent
DEADLINE = 240.0  # seconds for a fork server to end
COVERAGE = "COVERAGE_PROCESS_CONFIG"  # the variable that makes a new process measure its coverage
KEPT = 6  # settled fork servers, each for one environment
PAUSE = 0.01  # seconds between two checks whether a process has ended
Environment = Mapping[str, str]


def _take_coverage() -> dict[str, str]:
    """Takes the variable that makes each new Python process measure its coverage, unless other workers inherit it."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return {}
    return {name: os.environ.pop(name) for name in (COVERAGE,) if name in os.environ}


# The environment of a process whose coverage is measured. Others are not: that triples the time of their start.
COVERED = _take_coverage()


class Forked:
    """A forked process, with the methods of `subprocess.Popen` that tests use.

    If the process was started without files for its output, `communicate` returns the output.
    """

    def __init__(self, server: "ForkServer", process: int, words: Sequence[str], output: Sequence[IO[bytes]]) -> None:
        self.pid, self.args, self._server, self._output = process, words, server, output
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._server.ask({"process": self.pid})["status"]
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            time.sleep(PAUSE)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Waits until the process has ended. Returns its output and its error output."""
        self.wait(timeout)
        out, err = [_read(file) for file in self._output]
        return out, err

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """A process that forks others. They are its children: close it only after they have ended."""

    def __init__(self, connection: socket.socket, process: "subprocess.Popen[bytes] | Forked") -> None:
        self._connection, self._process, self._lock = connection, process, Lock()
        self.children: list[Forked] = []

    def ask(self, request: Mapping[str, Any], files: tuple[int, ...] = ()) -> dict[str, Any]:
        text = json.dumps(request).encode()
        with self._lock:
            socket.send_fds(self._connection, [len(text).to_bytes(LENGTH)], files)
            self._connection.sendall(text)
            answer: dict[str, Any] = json.loads(self._receive(int.from_bytes(self._receive(LENGTH))))
        return answer

    def _receive(self, length: int) -> bytes:
        received = self._connection.recv(length, socket.MSG_WAITALL)
        assert len(received) == length, "the fork server ended"
        return received

    def start(
        self,
        words: Sequence[str],
        environment: Environment,
        *,
        given: int | None = None,
        into: Sequence[int] | None = None,
        new_session: bool = False,
    ) -> Forked:
        """Starts Python with these arguments.

        `given` is the file descriptor of its input, `into` those of its output and its error output.
        """
        output = [] if into else [TemporaryFile(), TemporaryFile()]  # noqa: SIM115  # read after this returns
        with Path(os.devnull).open() as nothing:
            source = nothing.fileno() if given is None else given
            files = (source, *(into or [file.fileno() for file in output]))
            process = self._fork(words, environment, files, new_session=new_session)
        self.children = [child for child in self.children if child.returncode is None]
        self.children.append(forked := Forked(self, process, words, output))
        return forked

    def run(
        self, words: Sequence[str], environment: Environment, *, given: bytes = b"", timeout: float = 240
    ) -> "subprocess.CompletedProcess[str]":
        with _piped(given) as source:
            process = self.start(words, environment, given=source)
        try:
            out, err = process.communicate(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return subprocess.CompletedProcess(words, process.wait(), out, err)

    def settle(self, environment: Environment) -> "ForkServer":
        """Forks another fork server, which loads the settings of this environment."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = self._fork([], environment, (theirs.fileno(),), new_session=False)
        return ForkServer(ours, Forked(self, process, [], []))

    def _fork(
        self, words: Sequence[str], environment: Environment, files: tuple[int, ...], *, new_session: bool
    ) -> int:
        place = {
            "words": list(words),
            "environment": dict(environment),
            "folder": str(ROOT),
            "new_session": new_session,
        }
        return int(self.ask(place, files)["process"])

    def is_idle(self) -> bool:
        return all(child.returncode is not None for child in self.children)

    def close(self) -> None:
        self._connection.close()
        self._process.wait(DEADLINE)


@cache
def libraries(*, covered: bool = False) -> ForkServer:
    """Returns the fork server that has read no settings.

    A run that measures coverage measures the forks only if `covered` is true. Unmeasured forks take half the time.
    """
    ours, theirs = socket.socketpair()
    inherited = {name: value for name, value in os.environ.items() if covered or name != COVERAGE}
    environment = {**inherited, **(COVERED if covered else {})}
    with theirs:
        command = [sys.executable, "-m", "tests.forkserver", str(theirs.fileno())]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    server = ForkServer(ours, process)
    atexit.register(_stop, server)
    return server


def _stop(server: ForkServer) -> None:
    for other in _settled.values():
        other.close()
    server.close()


_settled: dict[frozenset[tuple[str, str]], ForkServer] = {}


def settled(environment: Environment) -> ForkServer:
    """Returns a fork server with the settings of this environment.

    Its start takes as long as a command. Commands that it forks are faster.
    """
    key = frozenset((name, value) for name, value in environment.items() if name != "PYTEST_CURRENT_TEST")
    if key not in _settled:
        _drop_oldest()
        _settled[key] = libraries(covered=True).settle(environment)
    return _settled[key]


def _drop_oldest() -> None:
    idle = [key for key, server in _settled.items() if server.is_idle()]
    for key in idle[: max(0, len(_settled) - KEPT + 1)]:
        _settled.pop(key).close()


@contextmanager
def _piped(data: bytes) -> Iterator[int]:
    """Yields the read end of a pipe with this data. Exits when the data was read or nothing can read it any more."""
    reading, writing = os.pipe()
    writer = Thread(target=_write, args=[writing, data])
    writer.start()
    try:
        yield reading
    finally:
        os.close(reading)
        writer.join()


def _write(descriptor: int, data: bytes) -> None:
    with suppress(BrokenPipeError), open(descriptor, "wb") as file:
        file.write(data)


def _read(file: IO[bytes]) -> str:
    with file:
        file.seek(0)
        return file.read().decode()
