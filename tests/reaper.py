"""Kills the processes that a test run left behind, however the run ended: normally, by Ctrl-C, a kill or a crash.

Every process that a run starts inherits `MEMFOG_TEST_RUN`. `watch` runs this file as a process of its own, the reaper.
The reaper waits until the run has ended, which closes a pipe between both. Then it kills each process whose
environment still has the name of the run. Linux only: it reads /proc, and on other systems it finds no process.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

VARIABLE = "MEMFOG_TEST_RUN"
ROUNDS = 50  # searches: a process may start while others are killed


Watch = subprocess.Popen[bytes]


def watch(run: str) -> Watch:
    """Starts the reaper of a run. The caller must keep the result: if it is dropped, the pipe closes."""
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    command = [sys.executable, "-I", __file__, run]
    return subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, start_new_session=True)


def list_left(run: str) -> dict[int, str]:
    """Returns process id → command line of each running process of a run, except this process and its ancestors."""
    spared = _callers()
    entries = (entry for entry in Path("/proc").glob("[0-9]*") if int(entry.name) not in spared)
    return {int(entry.name): _command(entry) for entry in entries if _belongs(entry, run)}


def kill_left(run: str) -> dict[int, str]:
    """Kills the processes that are left of a run. Returns process id → command line of each."""
    killed: dict[int, str] = {}
    for _ in range(ROUNDS):
        left = list_left(run)
        if not left:
            break
        killed |= left
        for process in left:
            _kill(process)
        time.sleep(0.05)
    return killed


def _belongs(entry: Path, run: str) -> bool:
    try:
        variables = (entry / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(name == VARIABLE.encode() and run.encode() in value.split(b"/") for name, _, value in _pairs(variables))


def _pairs(variables: list[bytes]) -> list[tuple[bytes, bytes, bytes]]:
    return [variable.partition(b"=") for variable in variables]


def _command(entry: Path) -> str:
    try:
        return (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def _kill(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def _callers() -> set[int]:
    """Returns the ids of this process and its ancestors."""
    callers, process = set[int](), os.getpid()
    while process > 0 and process not in callers:
        callers.add(process)
        try:
            process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            break
    return callers


if __name__ == "__main__":
    sys.stdin.buffer.read()
    kill_left(sys.argv[1])
