"""A local server as its owner starts it: its own data directory, SQLite, no services."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import IO

import httpx

from tests import forking
from tests.databases import copy_sqlite
from tests.environment import free_port
from tests.server import ROOT, Server, wait_for

DATABASE = "memfog.sqlite3"
LINK = re.compile(r"http://\S+/sign-in/link\?token=\S+")
# Variables that show whether a user sits at this machine.
ABOUT_THE_TERMINAL = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "CI", "SSH_CONNECTION", "SSH_TTY")


class Laptop(Server):
    """A local server with its home and data directory. `environment` overrides the variables of a bare start."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.home, self.log = folder / "home", folder / "server.log"
        self.home.mkdir(parents=True, exist_ok=True)
        self.prefix: list[str] = []  # the command line before the server's own, such as strace
        place = {"MEMFOG_DATA": str(folder / "data"), "HOME": str(self.home), "DATABASE_URL": "", "REDIS_URL": ""}
        super().__init__(int(environment.pop("PORT", 0)) or free_port(), **place, **environment)
        for name in ABOUT_THE_TERMINAL:
            if name not in environment:
                self.environment.pop(name, None)
        host = environment.get("HOST", "127.0.0.1")
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.environment['PORT']}"

    def start(self, *words: str) -> "Laptop":
        self.migrate()
        # Remove the output of an earlier start.
        self.log.write_bytes(b"")
        with self.log.open("wb") as log:
            self.processes.append(self._serve(words, log))
        wait_for(self.is_up, what="the server")
        return self

    def _serve(self, words: tuple[str, ...], log: IO[bytes]) -> "subprocess.Popen[bytes] | forking.Forked":
        command, environment = ["-m", "memfog", *words], self.environment
        if not self.prefix:
            into = (log.fileno(), log.fileno())
            return forking.libraries().start(command, environment, into=into, new_session=True)
        command = [*self.prefix, sys.executable, *command]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)

    def migrate(self) -> None:
        """Creates the tables if the database does not exist."""
        if not (self.data / DATABASE).exists():
            self.data.mkdir(mode=0o700, parents=True)
            copy_sqlite(self.data / DATABASE)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs Python with these arguments, as the owner."""
        return forking.libraries(covered=True).run(words, self.environment)

    def manage(self, *words: str) -> str:
        ran = self.run("manage.py", *words)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def link(self) -> str:
        """Returns the path of the sign-in link that this start printed."""
        found = LINK.search(self.log.read_text())
        assert found, self.log.read_text()
        return path(found[0])

    def token(self) -> str:
        return str(json.loads((self.data / "server.json").read_text())["token"])

    def browser(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=240, verify=False, trust_env=False)

    def shell(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs a command in the owner's terminal."""
        place = {"HOME": str(self.home), "PATH": os.environ["PATH"], "MEMFOG_DATA": str(self.data), **environment}
        return subprocess.run(command, cwd=self.home, env=place, capture_output=True, text=True, timeout=240)


def path(link: str) -> str:
    return link[link.index("/sign-in") :]
