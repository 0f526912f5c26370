"""A separate Memfog as on a laptop: a data directory, a server and one account, always on SQLite."""

import os
from pathlib import Path
from typing import Any

import httpx

from tests import forking
from tests.accounts.calls import address, bearer, login
from tests.databases import copy_sqlite
from tests.environment import free_port
from tests.server import Server

SECONDS = 100.0  # for one command on a busy machine


class Own:
    def __init__(self, data: Path) -> None:
        environment = {"MEMFOG_DATA": str(data), "DATABASE_URL": "", "REDIS_URL": ""}
        self.server = Server(free_port(), **environment)
        self.environment = {**os.environ, **environment}
        data.mkdir(parents=True, exist_ok=True)
        copy_sqlite(data / "memfog.sqlite3")
        email = address()
        # Before the first start, at which the server would create a local account.
        self.run("shell", "--verbosity", "0", "-c", f"from tests.people import make_user; make_user({email!r})")
        self.server.start()
        self.http = httpx.Client(base_url=self.server.url, timeout=240, verify=False)
        self.access = bearer(login(self.http, email).json()["access_token"])

    def close(self) -> None:
        self.http.close()
        self.server.stop()

    def token(self, scope: str) -> str:
        made = self.http.post("/api/tokens", json={"name": "test", "scopes": [scope]}, headers=self.access)
        return str(made.json()["token"])

    def push(self, *events: dict[str, Any]) -> None:
        assert self.http.post("/sync/push", json={"events": events}, headers=self.access).status_code == 200

    def ids(self) -> list[str]:
        page = self.http.post("/sync/pull", json={"cursor": "", "limit": 1_000}, headers=self.access).json()
        return [event["id"] for event in page["events"]]

    def delete(self, *ids: str) -> None:
        self.http.request("DELETE", "/api/events", json={"ids": ids}, headers=self.access).raise_for_status()

    def begin(self, *command: str) -> forking.Forked:
        return forking.settled(self.environment).start(["manage.py", *command], self.environment)

    def run(self, *command: str) -> str:
        process = self.begin(*command)
        said, complaint = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, complaint
        return said
