"""A Memfog server on a scratch database, and the client that is connected to it."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.environment import free_port

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 120
UNFINISHED_SQL = """
SELECT count(*) FROM events_stream LEFT JOIN memory_projectionstate USING (user_id)
WHERE head > coalesce(cursor, 0) OR NOT is_complete"""
BUSY = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)


class ScratchServer:
    """Runs while its `with` block runs; `folder` holds its data and the client's home."""

    def __init__(self, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self.home = folder / "home"
        self._log_file = folder / "server.log"
        self._database = folder / "data" / "memfog.sqlite3"
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "MEMFOG_DATA": str(folder / "data"),
            "PORT": self.url.rpartition(":")[2],
            "MEMFOG_LINGER": "0",
        }

    def __enter__(self) -> Self:
        self._run_python("manage.py", "migrate", "--verbosity", "0", "--skip-checks")
        command = [sys.executable, "-m", "memfog", "--no-open", "--quiet"]
        self._log = self._log_file.open("w")
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=self._environment, stdout=subprocess.DEVNULL, stderr=self._log
        )
        until = time.monotonic() + START_TIMEOUT_S
        while not self._is_up():
            if time.monotonic() > until or self._process.poll() is not None:
                sys.exit("The scratch server did not start.")
            time.sleep(0.1)
        self.run_client("connect", "claude-code", "--no-import")
        token = json.loads((self.home / ".memfog" / "auth.json").read_text())["token"]
        self._api = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=300)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()
        self._log.close()

    def run_client(self, *words: str) -> str:
        """Runs a command of the client. Returns what it printed."""
        command = ["node", str(ROOT / "client/bin/memfog.js"), *words]
        done = subprocess.run(command, cwd=self.home, env=self._environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"memfog {words[0]} failed: {done.stderr.strip()}")
        return done.stdout

    def pull_events(self) -> list[Any]:
        events: list[Any] = []
        cursor = ""
        while True:
            page = self._api.post("/sync/pull", json={"cursor": cursor, "limit": 1000}).json()
            events += page["events"]
            if page["next_cursor"] == cursor:
                return events
            cursor = page["next_cursor"]

    def fetch_context(self, folder: str) -> str:
        """Returns the context of a new session in this folder, as Markdown."""
        answer = self._api.get("/api/context", params={"project": folder, "root": folder})
        return answer.raise_for_status().text

    def fetch_context_ids(self, folder: str) -> list[int]:
        """Returns the ids of the entries in the context of a new session in this folder."""
        headers = {"Accept": "application/json"}
        answer = self._api.get("/api/context", params={"project": folder, "root": folder}, headers=headers)
        return [item["id"] for item in answer.raise_for_status().json()["items"]]

    def fetch_hints(self, folder: str) -> Any:
        """Returns the hints for prompts in this folder."""
        return self._api.get("/api/hints", params={"project": folder, "root": folder}).raise_for_status().json()

    def wait_for_projection(self) -> None:
        """Waits until all derived rows are written. A context waits for new events for a moment only."""
        while self._is_projecting():
            time.sleep(0.2)

    def list_sessions(self) -> list[Any]:
        """Lists the sessions after the whole log was projected."""
        while self._read_sessions(None)["next_cursor"] is None and self._is_projecting():
            time.sleep(0.2)
        sessions: list[Any] = []
        cursor: str | None = None
        while True:
            page = self._read_sessions(cursor)
            sessions += page["sessions"]
            cursor = page["next_cursor"]
            if cursor is None:
                return sessions

    def sign_in(self) -> httpx.Client:
        """Returns a browser of the owner."""
        printed = self._run_python("manage.py", "sign_in_link")
        link = next(word for word in printed.split() if word.startswith("http"))
        browser = httpx.Client(base_url=self.url, timeout=300, headers={"Origin": self.url})
        browser.get(link).raise_for_status()
        values = {"token": httpx.URL(link).params["token"], "csrfmiddlewaretoken": browser.cookies["csrf"]}
        browser.post("/sign-in/link", data=values)
        return browser

    def _read_sessions(self, cursor: str | None) -> Any:
        """Reads a page of sessions, again while the server is busy."""
        while True:
            answer = self._api.get("/api/sessions", params={"limit": 100, **({"cursor": cursor} if cursor else {})})
            if answer.status_code not in BUSY:
                return answer.raise_for_status().json()
            time.sleep(1)

    def _is_projecting(self) -> bool:
        """Lets the server read on, as it does for a reader, and checks whether something is left.

        The API does not tell: on a busy machine, sessions stay as they are for seconds before a rebuild changes them.
        """
        self._read_sessions(None)
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=60)) as connection:
            return bool(connection.execute(UNFINISHED_SQL).fetchone()[0])

    def _is_up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def _run_python(self, *words: str) -> str:
        command = [sys.executable, *words]
        done = subprocess.run(command, cwd=ROOT, env=self._environment, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout
