"""Ends the processes that a test run left behind, however the run ended: Ctrl-C, a kill, a crash, or as usual.

Every process that a run starts inherits `MEMFOG_TEST_RUN`. `watch` starts a process of this file, which waits until the
run is gone (its end of a pipe closes with it) and then kills whatever still carries the run's name. Linux only: it
reads /proc; elsewhere it finds nothing to kill.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

VARIABLE = "MEMFOG_TEST_RUN"
ROUNDS = 50  # looks for processes that were being started while others were killed


Watch = subprocess.Popen[bytes]


def watch(run: str) -> Watch:
    """Starts the process that outlives this one. The caller keeps what is returned: the pipe closes with it."""
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    command = [sys.executable, "-I", __file__, run]
    return subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, start_new_session=True)


def list_left(run: str) -> dict[int, str]:
    """Process id → command line of what still runs in the name of this run, without this process and its callers."""
    spared = _callers()
    entries = (entry for entry in Path("/proc").glob("[0-9]*") if int(entry.name) not in spared)
    return {int(entry.name): _command(entry) for entry in entries if _belongs(entry, run)}


def kill_left(run: str) -> dict[int, str]:
    """Kills what is left of a run, and says what that was."""
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
    """This process and those above it."""
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
