"""Runs a command apart from this machine: with its own mounts, processes and network, in a folder that goes with it."""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests import reaper

# As the first process of its namespace it collects the exit of every orphaned process, so that none stays a zombie.
WAIT_FOR_ALL = '"$@" & wait "$!"'
# It waits until its standard input closes, which happens whenever the process at the other end stops, even if it is
# killed.
REMOVE_AT_END = 'cat >/dev/null; rm -rf --one-file-system "$0"'


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Makes a folder that is removed at the end, even if this process is killed."""
    folder = Path(tempfile.mkdtemp(prefix="memfog-deploy-check-"))
    environment = {name: value for name, value in os.environ.items() if name != reaper.VARIABLE}
    command = ["sh", "-c", REMOVE_AT_END, str(folder)]
    remover = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, start_new_session=True)
    try:
        yield folder
    finally:
        remover.communicate()


def run_apart(command: Sequence[str]) -> int:
    """Runs a command in namespaces of its own. `MACHINE_NETWORK` names this machine's network within them.

    When the command ends or this process is killed, the system ends every process and mount that it made.
    """
    apart = [
        *("unshare", "--fork", "--kill-child", "--pid", "--mount", "--mount-proc", "--propagation", "private", "--net"),
        *("sh", "-c", WAIT_FOR_ALL, "sh", *command),
    ]
    with Path("/proc/self/ns/net").open() as network:
        environment = {**os.environ, "MACHINE_NETWORK": f"/proc/self/fd/{network.fileno()}"}
        return subprocess.run(apart, env=environment, pass_fds=[network.fileno()], check=False).returncode


def enter_network() -> Sequence[str]:
    """Returns the words before a command that lead it into the network of the machine."""
    return ["nsenter", f"--net={os.environ['MACHINE_NETWORK']}"]


def network_file() -> int:
    return int(Path(os.environ["MACHINE_NETWORK"]).name)


def list_left(folder: Path) -> list[str]:
    """Lists what is left of a run: its folder, mounts below it, and processes that have their root there."""
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    roots = [entry for entry in Path("/proc").glob("[0-9]*/root") if _read_link(entry).startswith(str(folder))]
    left = [str(path) for path in (folder, *roots) if os.path.lexists(path)]
    return [*left, *(mount for mount in mounts if mount.startswith(str(folder)))]


def _read_link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""
