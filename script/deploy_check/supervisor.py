"""Starts, stops and restarts the units of a root, and answers `systemctl` there."""

import re
import shlex
import socket
import threading
from pathlib import Path

from script.deploy_check.debian_root import DebianRoot
from script.deploy_check.running_unit import RunningUnit
from script.deploy_check.unit_file import load_unit

# In the root: passes its arguments on, and ends with the code that comes back.
SYSTEMCTL = """#!/bin/sh
printf '%s\\n' "$*" >/run/systemctl.request
read -r code message </run/systemctl.answer
[ "$code" = 0 ] || echo "$message" >&2
exit "$code"
"""
WANTED = "etc/systemd/system/multi-user.target.wants"
# Units that an empty Debian has and that do nothing for a service.
IGNORED = {"cron", "e2scrub_reap", "sysstat", "remote-fs"}


class Supervisor:
    """The units that run, by their names without `.service`."""

    def __init__(self, root: DebianRoot) -> None:
        self.root = root
        self.running: dict[str, RunningUnit] = {}
        self.sockets: dict[str, socket.socket] = {}
        self._seen = self._list_wanted()

    def install(self) -> None:
        """Puts `systemctl` into the root; packages do not start their services themselves."""
        self.root.write("/usr/local/bin/systemctl", SYSTEMCTL, 0o755)
        self.root.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
        self.root.run("mkfifo /run/systemctl.request /run/systemctl.answer")
        threading.Thread(target=self._answer_requests, daemon=True).start()

    def start_installed(self) -> list[str]:
        """Starts the services that packages enabled since the last call, as Debian does, and returns their names."""
        new = self._list_wanted() - self._seen
        self._seen |= new
        for name in sorted(new):
            self.start(name)
        return sorted(new)

    def start(self, name: str) -> None:
        if name.endswith(".socket"):
            self._listen(name)
            return
        for one in self._expand(name):
            if one not in self.running:
                unit = load_unit(self.root.path, one)
                if shared := unit.get("Sockets"):
                    self._listen(shared)
                self.running[one] = RunningUnit(self.root, unit, self.sockets.get(shared))
                self.running[one].start()

    def stop(self, name: str) -> None:
        for one in self._expand(name):
            if unit := self.running.pop(one, None):
                unit.stop()

    def restart(self, name: str) -> None:
        self.stop(name)
        self.start(name)

    def reload(self, name: str) -> None:
        for one in self._expand(name):
            self.running[one].reload()

    def stop_all(self) -> None:
        for name in reversed(list(self.running)):
            self.stop(name)

    def _listen(self, name: str) -> None:
        """Opens a socket, which outlives the processes that answer on it."""
        if name not in self.sockets:
            unit = load_unit(self.root.path, name)
            host, _, port = unit.get("ListenStream").rpartition(":")
            self.sockets[name] = socket.create_server((host, int(port)), backlog=int(unit.get("Backlog", "4096")))

    def _list_wanted(self) -> set[str]:
        names = {path.name for path in (self.root.path / WANTED).glob("*.service")}
        return {name.removesuffix(".service") for name in names} - IGNORED

    def _expand(self, name: str) -> list[str]:
        """`postgresql` is a name for all clusters, which systemd finds at its start."""
        if name != "postgresql":
            return [name]
        clusters = sorted((self.root.path / "etc/postgresql").glob("*/*/postgresql.conf"))
        return [f"postgresql@{path.parent.parent.name}-{path.parent.name}" for path in clusters]

    def _answer_requests(self) -> None:
        request, answer = (self.root.path / "run" / f"systemctl.{name}" for name in ("request", "answer"))
        while True:
            line = request.read_text()
            answer.write_text(f"{self._answer(shlex.split(line))}\n")

    def _answer(self, words: list[str]) -> str:
        verbs = {"start": self.start, "stop": self.stop, "restart": self.restart, "reload": self.reload}
        verb, *names = [word for word in words if not word.startswith("-")]
        names = [re.sub(r"\.service$", "", name) for name in names]
        try:
            for name in names:
                if verb in ("enable", "disable"):
                    self._set_wanted(name, wanted=verb == "enable")
                if act := verbs.get({"enable": "start", "disable": "stop"}.get(verb, verb)):
                    act(name)
        except Exception as error:  # the caller in the root gets it
            return f"1 {type(error).__name__}: {error}".replace("\n", " ")
        return "0"

    def _set_wanted(self, name: str, *, wanted: bool) -> None:
        load_unit(self.root.path, name)
        if name.endswith(".socket"):
            return
        link = self.root.path / WANTED / f"{name}.service"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        if wanted:
            link.symlink_to(f"/etc/systemd/system/{name}.service")
        self._seen.add(name)


def unit_log(root: DebianRoot, name: str) -> Path:
    return root.path.parent / f"{name}.log"
