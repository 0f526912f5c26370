"""Starts and stops what a unit file describes, as systemd would, without systemd.

It applies user, group, folders, environment, limits, privileges, the kind of start and the way to stop. It ignores the
protection of the file system: here only the unit's user keeps it from writing elsewhere.
"""

import os
import resource
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from script.deploy_check.debian_root import ENVIRONMENT, DebianRoot
from script.deploy_check.unit_file import UnitFile
from tests.server import wait_for

READY_S = 90.0  # seconds, systemd's own limit for a start


# Gives the process the socket of its unit as systemd does, as its first file after the three that each has.
START = """
cd "$0"
if [ -n "${SOCKET:-}" ]; then exec 3<&"$SOCKET"; export LISTEN_PID=$$ LISTEN_FDS=1; unset SOCKET; fi
exec "$@"
"""


class RunningUnit:
    """The processes of a unit that was started. `listening` is the socket that it shares with others, if it has one."""

    def __init__(self, root: DebianRoot, unit: UnitFile, listening: socket.socket | None = None) -> None:
        self.root, self.unit, self.listening = root, unit, listening
        self._process: subprocess.Popen[bytes] | None = None
        # Open as long as the unit runs: it also says when it reloads and stops.
        self._notifications = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def start(self) -> None:
        self._make_folders()
        for command, may_fail in self.unit.commands("ExecStartPre"):
            self._run(command, may_fail=may_fail)
        (command, may_fail), *_ = self.unit.commands("ExecStart")
        if self.unit.get("Type") in ("forking", "oneshot"):
            self._run(command, may_fail=may_fail)
        else:
            self._start_process(command)

    def stop(self) -> None:
        """Stops it as its unit says. Raises TimeoutError if it does not end in time: systemd would kill it."""
        main = self.main_pid
        for command, may_fail in self.unit.commands("ExecStop"):
            self._run(command, may_fail=may_fail)
        if self._process:
            # Only the first process, or all of them.
            kill: Callable[[int, int], None] = os.kill if self.unit.get("KillMode") == "mixed" else os.killpg
            kill(self._process.pid, signal.SIGTERM)
            self._process.wait(float(self.unit.get("TimeoutStopSec", "90").removesuffix("s")) or None)
            self._process = None
            self._notifications.close()
        elif main:
            wait_for(lambda: not _is_alive(main), what=f"the end of {self.unit.name}", seconds=READY_S)

    def reload(self) -> None:
        for command, may_fail in self.unit.commands("ExecReload"):
            self._run([word.replace("$MAINPID", str(self.main_pid)) for word in command], may_fail=may_fail)

    @property
    def main_pid(self) -> int:
        """The first process of the unit; 0 if it is not there."""
        if self._process:
            return self._process.pid if self._process.poll() is None else 0
        path = self.unit.get("PIDFile").replace("/var/run/", "/run/").lstrip("/")
        file = self.root.path / path
        pid = int(file.read_text().split()[0]) if path and file.is_file() else 0
        return pid if pid and _is_alive(pid) else 0

    def _start_process(self, command: list[str]) -> None:
        shared = self.listening.fileno() if self.listening else None
        notify = f"/run/{self.unit.name}.notify" if self.unit.get("Type") == "notify" else ""
        if notify:
            self._listen(self.root.path / notify.lstrip("/"))
        with (self.root.path.parent / f"{self.unit.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._wrap(command),
                env=self._environment(NOTIFY_SOCKET=notify, SOCKET=str(shared or "")),
                pass_fds=[shared] if shared else (),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if notify:
            wait_for(self._is_ready, what=f"READY=1 of {self.unit.name}", seconds=READY_S)

    def _is_ready(self) -> bool:
        assert self.main_pid, f"{self.unit.name} ended"
        try:
            return b"READY=1" in self._notifications.recv(4_096).split(b"\n")
        except BlockingIOError:
            return False

    def _listen(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._notifications.bind(str(path))
        path.chmod(0o666)
        self._notifications.setblocking(False)

    def _run(self, command: list[str], *, may_fail: bool) -> None:
        done = subprocess.run(
            self._wrap(command),
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            # A process that stays would keep a pipe open.
            stdout=(log := (self.root.path.parent / f"{self.unit.name}.log").open("ab")),
            stderr=subprocess.STDOUT,
            start_new_session=True,
            check=False,
        )
        log.close()
        if done.returncode and not may_fail:
            raise RuntimeError(f"{self.unit.name}: {' '.join(command)} ended with {done.returncode}")

    def _wrap(self, command: list[str]) -> list[str]:
        folder = self.unit.get("WorkingDirectory", "/")
        return [
            *("prlimit", f"--nofile={_limit_files(self.unit)}"),
            *("chroot", str(self.root.path), "setpriv", *self._privileges()),
            *("bash", "-ec", START, folder, *command),
        ]

    def _privileges(self) -> Iterator[str]:
        if user := self.unit.get("User"):
            yield from (f"--reuid={user}", f"--regid={self.unit.get('Group') or user}", "--init-groups")
        if self.unit.is_on("NoNewPrivileges"):
            yield "--no-new-privs"
        for name in self.unit.get("AmbientCapabilities").split():
            capability = f"+{name.removeprefix('CAP_').lower()}"
            yield from (f"--inh-caps={capability}", f"--ambient-caps={capability}")

    def _environment(self, **more: str) -> dict[str, str]:
        environment = {"PATH": ENVIRONMENT["PATH"], **{name: value for name, value in more.items() if value}}
        lines = self.unit.values.get("Environment", [])
        for path in self.unit.values.get("EnvironmentFile", []):
            file = self.root.path / path.lstrip("-/")
            lines = [*lines, *(file.read_text().splitlines() if file.exists() else ())]
        pairs = [line.strip('"').partition("=") for line in lines if "=" in line and not line.startswith("#")]
        return environment | {name: value for name, _, value in pairs}

    def _make_folders(self) -> None:
        for setting, parent in (("RuntimeDirectory", "/run"), ("StateDirectory", "/var/lib")):
            for name in self.unit.get(setting).split():
                user, group = self.unit.get("User", "root"), self.unit.get("Group", "root")
                mode = self.unit.get(f"{setting}Mode", "755")
                self.root.run(f"install -d -m {mode} -o {user} -g {group} {parent}/{name}")


def _limit_files(unit: UnitFile) -> str:
    """Returns the limits of open files, soft and hard: systemd's own, or the unit's, and at most this machine's."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft = hard = int(unit.get("LimitNOFILE", "0"))
    if not hard:
        soft, hard = 1_024, 524_288
    return f"{min(soft, most)}:{min(hard, most)}"


def _is_alive(pid: int) -> bool:
    """Whether a process runs. One that ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
