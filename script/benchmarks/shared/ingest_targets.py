"""Servers that take single events, and what an event costs them."""

import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass

from script.benchmarks.shared import baselines, harness, process_usage
from script.benchmarks.shared.earlier_release import EarlierRelease
from tests.databases import copy_sqlite, create_postgresql, drop_postgresql
from tests.environment import DATABASE
from tests.server import Server

Figures = dict[str, float]
US_WEB, US_DATABASE = ", µs web", ", µs PostgreSQL"


@dataclass(frozen=True)
class Target:
    """A server that takes single events. `tokens` are those of the users who send in turn."""

    server: Server | EarlierRelease | baselines.BunServer | baselines.OtherHookServer
    tokens: str = ""
    path: str = "/ingest"
    form: str = ""
    has_database: bool = False

    def measure(self, *, connections: int, seconds: int) -> Figures:
        """Measures requests per second, and the processor time of a request in microseconds."""
        before, url = self._measure_seconds(), self.server.url + self.path
        wrk = harness.run_wrk(url, connections=connections, seconds=seconds, tokens=self.tokens, form=self.form)
        web, database = (after - first for after, first in zip(self._measure_seconds(), before, strict=True))
        costs = {US_WEB: web, **({US_DATABASE: database} if self.has_database else {})}
        return {"": wrk["rate"], **{name: used / wrk["requests"] * 1e6 for name, used in costs.items()}}

    def _measure_seconds(self) -> tuple[float, float]:
        pid = self.server.processes[0].pid if isinstance(self.server, Server) else self.server.process.pid
        web = sum(map(harness.processor_seconds, process_usage.list_tree(pid)))
        return web, process_usage.measure_backends() if self.has_database else 0.0


def start_others(stack: ExitStack, redis_url: str) -> dict[str, Target]:
    """Starts the earlier release and the other hook server, if their variables name them."""
    targets = {}
    if os.environ.get("EARLIER"):
        superuser, name = os.environ["MEMFOG_TEST_POSTGRES"], f"{DATABASE}_earlier"
        database_url = create_postgresql(superuser, name, migrated=False)
        stack.callback(drop_postgresql, superuser, name)
        on_postgresql = EarlierRelease("earlier-postgresql", database_url, redis_url)
        on_sqlite = EarlierRelease("earlier-sqlite", "", "")
        targets["earlier postgresql"] = Target(on_postgresql, on_postgresql.token, has_database=True)
        targets["earlier sqlite"] = Target(on_sqlite, on_sqlite.token)
        stack.callback(on_postgresql.stop)
        stack.callback(on_sqlite.stop)
    if os.environ.get("RIVAL"):
        other = baselines.OtherHookServer()
        stack.callback(other.stop)
        targets["other hook server"] = Target(other, path="", form="bare")
    return targets


def start_sqlite_server(port: int) -> Server:
    data = harness.SCRATCH / "sqlite"
    data.mkdir()
    copy_sqlite(data / "memfog.sqlite3")
    return Server(port, DATABASE_URL="", REDIS_URL="", MEMFOG_DATA=str(data)).start()


def create_token_on(server: Server) -> str:
    """Creates an API token in the database of `server`, which is not the database of this process."""
    code = (
        "from tests.people import make_user; from accounts.credentials import api_tokens as tokens; "
        "print(tokens.sign(make_user().tokens.get().id))"
    )
    shell = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code]
    result = subprocess.run(shell, cwd=harness.ROOT, env=server.environment, capture_output=True, text=True, check=True)
    return result.stdout.split()[-1]
