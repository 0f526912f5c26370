"""A separate Memfog server for faults: web process, database, and with Redis a worker."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx

from tests.environment import free_port
from tests.faults.parts.service import Service, children, command_of
from tests.server import ROOT, wait_for

WORKER = ("-m", "celery", "-A", "memfog", "worker", "-P", "threads", "-c", "2", "-l", "WARNING")


@dataclass(frozen=True)
class Owner:
    """The id, the API token and the browser session of a user who sends events."""

    id: UUID
    token: str
    session: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


class Memfog:
    """A server with its log files in `folder`, and its data directory (SQLite, keys, mail) in `data`.

    It uses SQLite unless `database` is a URL. `pooler` is the URL by which its processes reach the database; commands
    use `database`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        data: Path | None = None,
        database: str = "",
        pooler: str = "",
        redis: str = "",
        processes: int = 1,
    ) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.data = data or folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}},
            "MEMFOG_DATA": str(self.data),
            "PORT": str(port),
            "WEB_CONCURRENCY": str(processes),
            "LOG_LEVEL": "WARNING",
            **({"DATABASE_URL": database} if database else {}),
            **({"REDIS_URL": redis} if redis else {}),
        }
        self.pooled = {"DATABASE_URL": pooler, "DATABASE_POOLED": "1"} if pooler else {}
        self.web = self._service(folder / "web.log", "-m", "memfog")
        self.worker = self._service(folder / "worker.log", *WORKER) if redis else None

    def _service(self, log: Path, *arguments: str) -> Service:
        # Not a copy: a test may add to it before the start.
        environment = {**self.environment, **self.pooled} if self.pooled else self.environment
        return Service(sys.executable, *arguments, log=log, environment=environment, folder=ROOT)

    def start(self) -> "Memfog":
        self._run("manage.py", "migrate", "--verbosity", "0")
        for service in filter(None, (self.web, self.worker)):
            service.start()
        wait_for(self.is_up, what="the web process")
        return self

    def stop(self) -> None:
        for service in filter(None, (self.worker, self.web)):
            service.stop()

    def is_up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=10, verify=False).status_code == 200
        except httpx.TransportError:
            return False

    def owner(self) -> Owner:
        """Creates a user with a token and a browser session."""
        return self.owners(1)[0]

    def owners(self, count: int) -> list[Owner]:
        lines = self._run("-m", "tests.faults.parts.person", str(count)).splitlines()
        return [Owner(UUID(id_), token, session) for id_, token, session in map(str.split, lines)]

    def web_workers(self) -> Sequence[int]:
        """Returns the ids of the worker processes, which the main web process started."""
        return [pid for pid in children(self.web.pid) if "resource_tracker" not in command_of(pid)]

    def _run(self, *arguments: str) -> str:
        environment = {**self.environment, "DJANGO_SETTINGS_MODULE": "memfog.settings"}
        done = subprocess.run(
            [sys.executable, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
