"""What fails is reported by kind and place to the service that the DSN names, and nothing of anybody's leaves."""

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from memfog.monitoring.error_reports import SENT_MEMBERS, build_report, keep_known_members
from tests.environment import free_port
from tests.events.make import make_event
from tests.monitoring.sink import Sink, listening
from tests.people import People, Person
from tests.server import ROOT, Server, wait_for

CANARY = f"canary-{uuid4().hex}"


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with listening() as made:
        yield made


@pytest.fixture(scope="module")
def reporting(server: Server, sink: Sink) -> Iterator[Server]:
    environment = {"SENTRY_DSN": f"http://key@{sink.address}/1", "DJANGO_SETTINGS_MODULE": "tests.operators.settings"}
    running = Server(free_port(), **environment).start()
    yield running
    running.stop()


@pytest.fixture
def captured(reporting: Server) -> Iterator[Person]:
    """A user in whose requests something fails while it holds the canary."""
    people = People(reporting.url)
    alice = people()
    event = make_event(data={"prompt": CANARY, "session_id": CANARY}, project=f"/{CANARY}")
    headers = {"User-Agent": CANARY, "Cookie": f"name={CANARY}", "X-Canary": CANARY}
    alice.http.post("/broken", content=json.dumps(event), params={"q": CANARY}, headers=headers)
    alice.http.post("/api/broken", json={"prompt": CANARY}, params={"q": CANARY}, headers=headers)
    yield alice
    people.close()


def reports(sink: Sink) -> list[dict[str, Any]]:
    """The items of the envelopes, whose first lines describe the envelope and each item."""
    lines = [json.loads(line) for line in sink.bodies.splitlines() if line]
    return [line for line in lines if "exception" in line or "logentry" in line]


def find(sink: Sink, kind: str) -> list[dict[str, Any]]:
    return [one for one in reports(sink) if one.get("exception", {}).get("values", [{}])[-1].get("type") == kind]


def test_a_failure_is_reported_by_its_kind_and_place(sink: Sink, captured: Person) -> None:
    wait_for(lambda: find(sink, "RuntimeError") and find(sink, "ValueError"), what="both reports")
    (report,) = find(sink, "RuntimeError")
    cause, error = report["exception"]["values"]
    assert (cause["type"], cause["value"], error["module"], error["value"]) == ("KeyError", "", "builtins", "")
    last = error["stacktrace"]["frames"][-1]
    assert (last["filename"], last["function"]) == ("tests/operators/urls.py", "post")
    assert set(last) == {"filename", "function", "lineno"}
    assert (report["level"], report["logger"]) == ("error", "django.request")
    assert len(report["tags"]["request_id"]) == 32


def test_nothing_leaves_but_what_a_report_is_made_of(sink: Sink, captured: Person) -> None:
    wait_for(lambda: find(sink, "RuntimeError") and find(sink, "ValueError"), what="both reports")
    sent = sink.bodies.decode("latin-1")
    secrets = (CANARY, captured.token, captured.user.email, str(captured.id), captured.id.hex, str(ROOT))
    assert [secret for secret in secrets if secret in sent] == []
    assert all(set(report) <= SENT_MEMBERS for report in reports(sink))


def test_the_same_failure_is_reported_once(sink: Sink, captured: Person) -> None:
    for _ in range(5):
        captured.http.post("/api/broken", json={"prompt": CANARY})
    captured.http.post("/broken", content=CANARY)
    assert len(find(sink, "RuntimeError")) == 1


def record(name: str, message: str, *arguments: object) -> logging.LogRecord:
    try:
        prompt = {"data": CANARY}
        raise ValueError(prompt)
    except ValueError:
        return logging.LogRecord(name, logging.ERROR, __file__, 1, message, arguments, sys.exc_info())


@pytest.mark.parametrize(
    ("logged", "says"),
    [
        (record("memory.tasks", "user %s failed", CANARY), "user %s failed"),
        # asyncio and others put the text of an exception into the message itself.
        (record("asyncio", f"Task exception was never retrieved\nfuture: <Task {CANARY}>"), "Error in asyncio"),
        (record("celery.app.trace", f"Task raised {CANARY}"), "Error in celery.app.trace"),
    ],
)
def test_a_report_holds_the_template_of_our_own_lines_only(logged: logging.LogRecord, says: str) -> None:
    report = build_report(logged)
    assert report["logentry"] == {"message": says}
    assert CANARY not in json.dumps(report)


def test_what_the_sdk_adds_does_not_leave() -> None:
    added = {"server_name": "fog", "user": {"email": CANARY}, "request": {"data": CANARY}, "breadcrumbs": [CANARY]}
    assert keep_known_members({"level": "error", **added, "contexts": {}, "modules": {}, "extra": {}}) == {
        "level": "error"
    }
