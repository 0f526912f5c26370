"""What happens is counted, and nothing of anybody's is among the labels."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from uuid import uuid4

import httpx
import psycopg
import pytest
from django.db import transaction

from accounts.models import MailKind, OutgoingMail
from memfog.celery import app
from memfog.metrics import derivation_lag, web_metrics
from memfog.metrics.derivation_lag import compute_quantiles
from memory.models import ProjectionState
from memory.projection import projector
from tests.events.make import make_event
from tests.house.test_isolation import django_routes, routes
from tests.monitoring.scrape import read, scrape
from tests.people import Person
from tests.server import wait_for

# The values that each label may have, besides routes, tasks and the bounds of buckets.
VALUES = {
    "method": web_metrics.METHODS | {web_metrics.OTHER_METHOD},
    "status": {"1xx", "2xx", "3xx", "4xx", "5xx"},
    "result": {"accepted", "duplicate", "rejected"},
    "part": {"database", "broker", "migrations", "schema", "worker", "beat"},
    "state": {"active", "idle", "idle in transaction", "other"},
    "quantile": {"0.5", "0.9", "0.99", "1"},
    "process": {"worker", "beat"},
    "queue": {"celery", "projection"},
    "outcome": {"done", "failed"},
}


def test_a_request_is_counted_by_its_route(alice: Person) -> None:
    counted = {"route": "/api/sessions/<str:session_id>", "method": "GET", "status": "4xx"}
    before = read(alice.http, "memfog_request_seconds_count", **counted)
    for _ in range(3):
        alice.http.get(f"/api/sessions/{uuid4()}")
    assert read(alice.http, "memfog_request_seconds_count", **counted) == before + 3


def test_events_and_commits_are_counted(alice: Person) -> None:
    def count() -> list[float]:
        results = [read(alice.http, "memfog_ingested_events_total", result=name) for name in sorted(VALUES["result"])]
        return [*results, read(alice.http, "memfog_commit_events_sum"), read(alice.http, "memfog_commit_seconds_count")]

    event, before = make_event(), count()
    assert alice.http.post("/ingest", json={"events": [event, make_event(), {"id": "bad"}]}).status_code == 200
    assert alice.http.post("/ingest", json=event).status_code == 200
    alice.push(event, make_event())
    assert [after - earlier for after, earlier in zip(count(), before, strict=True)] == [3, 2, 1, 3, 2]


def test_an_open_stream_is_a_stream_until_it_closes(alice: Person) -> None:
    with alice.http.stream("GET", "/api/events/stream"):
        wait_for(lambda: read(alice.http, "memfog_open_streams") == 1, what="the stream")
    wait_for(lambda: read(alice.http, "memfog_open_streams") == 0, what="its end")


def test_derivation_is_behind_until_it_has_read_everything(alice: Person) -> None:
    # The server leaves the rows of the next release alone, so it does not read on before the scrape.
    ProjectionState.objects.update_or_create(user_id=alice.id, defaults={"rules_version": projector.VERSION + 1})
    alice.push(*(make_event() for _ in range(40)))
    unread = wait_for(lambda: _read_unread(alice), what="the unread events") or 0
    assert unread >= 40
    found = scrape(alice.http)
    assert found["memfog_derivation_lag_seconds", frozenset({("quantile", "1")})] > 0
    assert found["memfog_derivation_users_behind", frozenset()] >= 1
    ProjectionState.objects.filter(user_id=alice.id).update(rules_version=projector.VERSION)
    projector.catch_up(alice.id)
    assert _count_unread() <= unread - 40
    wait_for(lambda: _read_unread(alice) is not None, what="the derivation")


def _read_unread(person: Person) -> float | None:
    """The metric of unread events, once it is that of the database: a scrape is kept for some seconds."""
    shown = read(person.http, "memfog_derivation_unread_events")
    return shown if shown == _count_unread() else None


def _count_unread() -> int:
    with transaction.atomic():
        return derivation_lag.load_lag(0).unread


@pytest.mark.postgresql
def test_connections_of_other_roles_count(http: httpx.Client) -> None:
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(psycopg.connect(os.environ["MEMFOG_TEST_POSTGRES"]))
        wait_for(lambda: read(http, "memfog_database_connections", state="other") >= 5, what="the connections")
    assert read(http, "memfog_database_connections_limit") > 5


@pytest.mark.parametrize(
    ("ages", "users", "expected"),
    [
        ([], 0, [0, 0, 0, 0]),
        ([], 7, [0, 0, 0, 0]),
        ([5.0], 1, [5, 5, 5, 5]),
        ([5.0], 100, [0, 0, 0, 5]),
        ([1.0, 2.0], 4, [1, 2, 2, 2]),
        ([float(n) for n in range(1, 101)], 100, [51, 90, 99, 100]),
    ],
)
def test_quantiles_are_over_all_users(ages: list[float], users: int, expected: list[float]) -> None:
    assert list(compute_quantiles(ages, users).values()) == expected


def test_a_mail_that_was_given_up_is_seen(alice: Person) -> None:
    before = read(alice.http, "memfog_mail_given_up")
    mail = OutgoingMail.objects.create(
        user=alice.user, kind=MailKind.NEW_SIGN_IN, next_attempt_at=None, last_error="SMTPServerDisconnected"
    )
    wait_for(lambda: read(alice.http, "memfog_mail_given_up") == before + 1, what="the mail")
    mail.delete()


@pytest.mark.sweep
def test_the_labels_have_few_values_whatever_clients_send(alice: Person) -> None:
    canary = f"canary{uuid4().hex}"
    _send_everything(alice.http, canary)
    alice.push(make_event(project=f"/{canary}", data={"prompt": canary, "session_id": canary}))
    _is_bounded(alice.http)
    series = len(scrape(alice.http))
    for number in range(50):
        _send_everything(alice.http, f"{canary}{number}")
    assert len(scrape(alice.http)) - series < 5  # a part that was away, or a task that ended for the first time
    text = alice.http.get("/metrics").text
    assert [word for word in (canary, alice.user.email, str(alice.id), alice.token) if word in text] == []


def _send_everything(http: httpx.Client, canary: str) -> None:
    for path in (f"/{canary}", f"/sessions/{canary}", f"/events/{canary}", f"/static/{canary}", f"/search?q={canary}"):
        http.get(path)
    http.request(canary[:20].upper(), "/ingest")
    http.request("PROPFIND", f"/{canary}")


def _is_bounded(http: httpx.Client) -> None:
    app.loader.import_default_modules()
    known = {
        **VALUES,
        "route": {*routes(), *django_routes(), "/static/<path>", "/metrics", "?"},
        "task": set(app.tasks),
    }
    for name, labels in scrape(http):
        for label, value in labels:
            if label == "le":
                assert float(value) >= 0
            else:
                assert value in known[label], (name, label, value)


def test_scrapes_at_once_share_a_look_at_the_database(http: httpx.Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: http.get("/metrics").status_code, range(16)))
    assert answers == [200] * 16
