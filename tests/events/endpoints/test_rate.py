"""The event rate of an account: over the limit, the server refuses a body unread until time has passed.

The limit does not affect other accounts.
"""

from collections.abc import Iterator

import pytest

from tests.environment import free_port
from tests.events.make import make_event
from tests.people import People, Person
from tests.server import Server, wait_for


@pytest.fixture(scope="module")
def strict(server: Server) -> Iterator[Server]:
    """A server that allows ten events a second, and a hundred at once."""
    running = Server(free_port(), INGEST_RATE="10").start()
    yield running
    running.stop()


@pytest.fixture
def debtor(strict: Server) -> Iterator[Person]:
    people = People(strict.url)
    yield people()
    people.close()


def batch(size: int) -> dict[str, object]:
    return {"events": [make_event() for _ in range(size)]}


@pytest.mark.parametrize("door", ["/ingest", "/sync/push"])
def test_who_sends_too_much_waits_until_it_is_paid(debtor: Person, door: str) -> None:
    assert debtor.http.post(door, json=batch(120)).json() == {"accepted": 120}
    refused = debtor.http.post(door, content=b"this is not even read")
    assert (refused.status_code, refused.json()["code"], refused.json()["retryable"]) == (429, "rate_limited", True)
    assert 1 <= int(refused.headers["retry-after"]) <= 2

    def goes_on() -> bool:
        return debtor.http.post(door, json=make_event()).status_code == 200

    wait_for(goes_on, what="the end of the rate limit", seconds=10)


def test_a_debt_is_nobody_elses_and_reading_goes_on(strict: Server, debtor: Person) -> None:
    others = People(strict.url)
    debtor.http.post("/ingest", json=batch(200))
    assert debtor.http.post("/ingest", json=make_event()).status_code == 429
    assert others().http.post("/ingest", json=make_event()).status_code == 200
    assert len(debtor.walk()) == 200
    others.close()


def test_what_is_rejected_is_charged_too(debtor: Person) -> None:
    bad = [make_event(id="x") for _ in range(200)]
    assert debtor.http.post("/ingest", json={"events": bad}).json()["accepted"] == 0
    assert debtor.http.post("/ingest", json=make_event()).status_code == 429


def test_a_local_server_has_no_rate(alice: Person) -> None:
    for _ in range(3):
        assert alice.http.post("/ingest", json=batch(1000)).json() == {"accepted": 1000}
