"""Captured text is only for its owner: no log, no error report and no page of the operators shows it."""

import inspect
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.conf import settings

from memfog.celery import RENAMED_TASKS, app, register_renamed_tasks
from tests.accounts.calls import bearer
from tests.accounts.phones import sign_in_operator
from tests.environment import free_port
from tests.events.make import make_event
from tests.house.test_isolation import django_routes
from tests.people import People, Person
from tests.server import Server, wait_for

CANARY = f"canary-{uuid4().hex}"
OPERATOR = f"{uuid4().hex}@fog.example"
LEAK = make_event(data={"prompt": CANARY, "session_id": CANARY}, project=f"/{CANARY}", repo=CANARY)


class Watched(Server):
    """A server that is configured as a public one and whose log is written to a file."""

    def __init__(self, log: Path) -> None:
        public = {
            "PUBLIC_URL": "https://fog.example",
            "EXTRA_HOSTS": "127.0.0.1",
            "SECRET_KEY": settings.SECRET_KEY,
            "TOKEN_KEY": settings.TOKEN_KEYS[0],
            "LOG_LEVEL": "INFO",
            "ADMINS": OPERATOR,
            "DJANGO_SETTINGS_MODULE": "tests.operators.settings",
        }
        super().__init__(free_port(), **public)
        self.log = log

    def start(self) -> Server:
        kept = os.dup(2)
        with self.log.open("wb") as file:
            os.dup2(file.fileno(), 2)
            try:
                return super().start()
            finally:
                os.dup2(kept, 2)
                os.close(kept)

    def lines(self) -> list[dict[str, Any]]:
        """The log so far; each line must be a JSON object."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def line_of(self, answer: httpx.Response) -> dict[str, Any]:
        """The log line of this request."""
        name = answer.headers["x-request-id"]

        def found() -> list[dict[str, Any]]:
            return [line for line in self.lines() if line.get("request_id") == name and "route" in line]

        return wait_for(found, what=f"the log line of request {name}")[0]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[Watched]:
    running = Watched(tmp_path_factory.mktemp("watched") / "log")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def captured(watched: Watched) -> Iterator[Person]:
    """A user who sent the canary in valid and invalid requests of every kind."""
    people = People(watched.url)
    alice = people()
    alice.push(LEAK, make_event(kind={"type": "Prompt", "data": {"text": CANARY}}))
    for door in ("/ingest", "/sync/push"):
        for body in (json.dumps(LEAK)[:-9], json.dumps({"events": [{**LEAK, "id": CANARY}]}), f'"{CANARY}"', CANARY):
            alice.http.post(door, content=body)
        alice.http.post(door, content=CANARY, headers={"Content-Encoding": "gzip"})
        alice.http.post(door, content=CANARY, headers={"Content-Type": f"text/{CANARY}"})
    alice.http.post("/sync/pull", json={"project": CANARY, "since": CANARY})
    alice.http.get(f"/nowhere/{CANARY}", params={"q": CANARY}, headers={"User-Agent": CANARY, "Cookie": CANARY})
    access = bearer(alice.access_token())
    alice.http.request("DELETE", "/api/events", json={"ids": [CANARY]}, headers=access)
    alice.http.get("/api/export", headers=access)
    assert alice.http.post("/broken", content=CANARY).status_code == 500
    assert alice.http.post("/api/broken", json={"prompt": CANARY}).status_code == 500
    assert alice.http.post("/api/down", json={"prompt": CANARY}).status_code == 503
    yield alice
    people.close()


def test_no_line_of_the_log_holds_it(watched: Watched, captured: Person) -> None:
    last = captured.http.get("/readyz")
    watched.line_of(last)
    assert CANARY not in watched.log.read_text()
    assert captured.token not in watched.log.read_text()
    assert captured.user.email not in watched.log.read_text()


def test_a_failure_is_logged_by_its_kind_and_place(watched: Watched, captured: Person) -> None:
    answer = captured.http.post("/api/broken", json={"prompt": CANARY})
    watched.line_of(answer)
    (failed,) = (
        line
        for line in watched.lines()
        if line.get("request_id") == answer.headers["x-request-id"] and "exception" in line
    )
    assert "builtins.KeyError\nwhich led to\n" in failed["exception"]
    assert failed["exception"].endswith("builtins.RuntimeError")
    assert re.search(r"tests/operators/urls\.py:\d+ post", failed["exception"])


def test_a_report_is_mailed_once_and_holds_no_more_than_the_log(watched: Watched, captured: Person) -> None:
    # Three kinds of errors: a failed page, a failed API call, an unavailable database. Each is reported once.
    for mail in watched.mails_to(OPERATOR, count=3):
        assert CANARY not in mail.as_string()
        assert CANARY not in str(mail.get_content())
        assert captured.token not in mail.as_string()
    assert any("RuntimeError" in str(mail.get_content()) for mail in watched.mails_to(OPERATOR))
    for _ in range(5):
        captured.http.post("/api/broken", json={"prompt": CANARY})
    watched.line_of(captured.http.get("/readyz"))
    assert len(watched.mails_to(OPERATOR)) == 3


def test_each_request_has_a_line_that_names_its_route(watched: Watched, captured: Person) -> None:
    told = {
        "/ingest": ("POST", "/ingest", 200),
        "/sync/pull": ("POST", "/sync/pull", 200),
        "/events/77?before=5": ("GET", "/events/<str:seq>", 302),
        "/static/css/base.css": ("GET", "/static/<path>", 200),
        "/nowhere/at/all": ("GET", "?", 404),
    }
    for path, (method, route, status) in told.items():
        body = {"json": make_event() if path == "/ingest" else {}} if method == "POST" else {}
        line = watched.line_of(captured.http.request(method, path, **body))  # type: ignore[arg-type]
        assert (line["method"], line["route"], line["status"]) == (method, route, status)
        assert line["ms"] >= 0
        assert set(line) == {"time", "level", "logger", "request_id", "method", "route", "status", "ms"}


def test_no_page_of_the_operators_holds_it(http: httpx.Client, captured: Person) -> None:
    sign_in_operator(http)
    ids = ["1", str(captured.id)]
    paths = {re.sub(r"\(\?P<\w+>[^)]*\)|<[^>]+>|[$^]", name, route) for route in django_routes() for name in ids}
    opened = 0
    for path in sorted(path for path in paths if path.startswith("/admin")):
        answer = http.get(path, params={"q": CANARY[:8]}, follow_redirects=False)
        assert CANARY not in answer.text, path
        opened += answer.status_code == 200
    assert opened > 5


def test_operators_see_how_much_an_account_holds(http: httpx.Client, captured: Person) -> None:
    sign_in_operator(http)
    page = http.get("/admin/overview", params={"q": captured.user.email.upper()})
    row = re.search(rf"<tr>(?:(?!</tr>).)*{captured.user.email}(?:(?!</tr>).)*</tr>", page.text, re.DOTALL)
    assert row
    assert "<td>2</td>" in row[0]
    assert "/admin/overview" in http.get("/admin/").text


def test_a_task_is_told_an_id_and_nothing_else() -> None:
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    app.loader.import_default_modules()
    taken = {task.name: list(inspect.signature(task.run).parameters) for task in ours}
    assert [name for name, parameters in taken.items() if any(not p.endswith("_id") for p in parameters)] == []


def test_a_worker_takes_what_the_release_before_queued() -> None:
    app.loader.import_default_modules()
    register_renamed_tasks()
    try:
        assert {old: app.tasks[old].name for old in RENAMED_TASKS} == RENAMED_TASKS
    finally:
        for old in RENAMED_TASKS:
            del app.tasks[old]
