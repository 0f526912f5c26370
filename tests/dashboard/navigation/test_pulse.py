"""`/live/pulse`: the number of waiting sessions and the time of the last event. Every page requests it."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from dashboard.navigation import views as navigation_views
from tests.dashboard.base.test_scope import in_shop, told
from tests.dashboard.feed.open_sessions import blocked_sessions
from tests.dashboard.payloads import event
from tests.dashboard.visitor import sign_in, source
from tests.people import Person

PAGES = ("/", "/?before=1", "/sessions", "/search", "/insights", "/memory", "/machines", "/settings", "/sessions/shop")


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat()


def test_it_counts_who_waits_and_says_when_something_last_happened(
    http: httpx.Client, alice: Person, bob: Person
) -> None:
    sign_in(http, alice.user)
    assert http.get("/live/pulse").json() == {"waiting": 0, "sessions": [], "last": None}
    last = ago(seconds=5)
    alice.push(
        in_shop(name="Stop", at=ago(minutes=9)), told(at=last), told(name="Stop", session_id="x", at=ago(hours=1))
    )
    # None of these sessions counts: one waited over a day ago, one has ended, and one belongs to another user.
    alice.push(
        told(name="Stop", session_id="y", at=ago(hours=25)), told(name="SessionEnd", session_id="z", at=ago(hours=2))
    )
    bob.push(told(name="Stop"))
    pulse = http.get("/live/pulse").json()
    assert (pulse["waiting"], pulse["last"]) == (2, last)
    assert {one["id"] for one in pulse["sessions"]} == {"shop", "x"}
    assert http.get("/live/pulse").headers["cache-control"].startswith("max-age=0")


def test_it_names_who_waits_the_most_urgent_first(http: httpx.Client, alice: Person) -> None:
    alice.push(*blocked_sessions())
    sign_in(http, alice.user)
    sessions = http.get("/live/pulse").json()["sessions"]
    assert [(one["id"], one["need"], one["blocked"]) for one in sessions] == [
        ("deploys", "Needs permission", True),
        ("chooses", "Asks a question", True),
        ("older", "Your turn", False),
        ("done", "Your turn", False),
    ]
    assert sessions[0]["ask"] == "terraform apply -auto-approve"
    assert sessions[0]["address"] == "/sessions/deploys"
    assert sessions[0]["project"] == "infra"


def test_it_names_some_of_many(http: httpx.Client, alice: Person) -> None:
    alice.push(*[told(name="Stop", session_id=f"s{number}", at=ago(minutes=5)) for number in range(25)])
    sign_in(http, alice.user)
    pulse = http.get("/live/pulse").json()
    assert (pulse["waiting"], len(pulse["sessions"])) == (25, 20)


def test_it_is_for_who_is_signed_in(http: httpx.Client) -> None:
    assert http.get("/live/pulse").status_code == 302


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_a_place_for_it(http: httpx.Client, alice: Person, path: str) -> None:
    alice.push(in_shop())
    sign_in(http, alice.user)
    text = source(http, path)
    status = r'<p class="connection-status" id="connection-status"[^>]* data-src="/live/pulse"[^>]* hidden>'
    assert len(re.findall(status, text)) == 1
    assert "js/navigation/pulse.js" in text


def test_it_asks_little_of_the_database_however_long_the_log_is(alice: Person) -> None:
    asked = []
    for count in (1, 20):
        alice.push(*[event("Stop", session_id=f"s{number}") for number in range(count)])
        request = RequestFactory().get("/live/pulse")
        request.user = alice.user
        navigation_views.pulse_view(request)
        with CaptureQueriesContext(connection) as queries:
            assert navigation_views.pulse_view(request).status_code == 200
        asked.append(len(queries))
    # The projection state, the head of the log, three results, and what the user had forgotten. PostgreSQL adds a
    # transaction that names the user.
    assert asked == [9 if connection.vendor == "postgresql" else 6] * 2
