"""Each user and each address may open a limited number of streams. Reaching a limit does not affect others."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from django.test import Client

from tests.environment import free_port
from tests.events.make import make_event
from tests.people import People, Person
from tests.server import Server, wait_for

FEW, SOME = 3, 7


@pytest.fixture(scope="module")
def small(server: Server) -> Iterator[Server]:
    """A web process that allows few streams."""
    limits = {"STREAMS_PER_USER": str(FEW), "STREAMS_PER_ADDRESS": str(SOME), "RATE_EXEMPT_IPS": "127.99.0.0/16"}
    running = Server(free_port(), **limits).start()
    yield running
    running.stop()


@pytest.fixture
def somebody(small: Server) -> Iterator[Callable[[], Person]]:
    people = People(small.url)
    yield people
    people.close()


@contextmanager
def streams(small: Server, source: str) -> Iterator[Callable[[Person], httpx.Response]]:
    """Yields a function that opens streams from an address. Closes all of them at the end."""
    with ExitStack() as opened:
        transport = httpx.HTTPTransport(local_address=source, verify=False, limits=httpx.Limits(max_connections=None))
        http = opened.enter_context(httpx.Client(base_url=small.url, transport=transport, timeout=30))

        def one_more(person: Person, path: str = "/api/events/stream") -> httpx.Response:
            headers = {"Authorization": f"Bearer {person.token}"}
            return opened.enter_context(http.stream("GET", path, headers=headers))

        yield one_more


def is_refused(answer: httpx.Response) -> None:
    answer.read()
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert answer.json()["retryable"] is True
    assert int(answer.headers["retry-after"]) >= 1


def test_a_user_has_so_many_and_the_next_is_refused(small: Server, somebody: Callable[[], Person]) -> None:
    alice, bob = somebody(), somebody()
    with streams(small, "127.98.1.1") as opened, streams(small, "127.98.1.2") as elsewhere:
        reading = [opened(alice) for _ in range(FEW)]
        assert {answer.status_code for answer in reading} == {200}
        is_refused(opened(alice))
        is_refused(elsewhere(alice))
        # Other users are not affected, and the open streams continue.
        assert opened(bob).status_code == 200
        event = make_event()
        alice.push(event)
        assert any(event["id"] in text for text in reading[0].iter_text())


def test_what_is_closed_makes_room(small: Server, somebody: Callable[[], Person]) -> None:
    alice = somebody()
    for _ in range(3):
        with streams(small, "127.98.2.1") as opened:
            for _ in range(FEW):
                assert wait_for(lambda: opened(alice).status_code == 200, what="a free stream")


def test_an_address_has_so_many_whoever_asks(small: Server, somebody: Callable[[], Person]) -> None:
    with streams(small, "127.98.3.1") as opened, streams(small, "127.98.3.2") as elsewhere:
        for _ in range(SOME):
            assert opened(somebody()).status_code == 200
        alice = somebody()
        is_refused(opened(alice))
        assert elsewhere(alice).status_code == 200


def test_an_exempt_address_has_no_limit_of_its_own(small: Server, somebody: Callable[[], Person]) -> None:
    with streams(small, "127.99.3.1") as opened:
        for _ in range(SOME + 2):
            assert opened(somebody()).status_code == 200
        alice = somebody()
        assert [opened(alice).status_code for _ in range(FEW + 1)] == [200] * FEW + [429]


def test_pages_count_as_well(small: Server, somebody: Callable[[], Person]) -> None:
    alice, browser = somebody(), Client(SERVER_NAME="127.0.0.1")
    browser.force_login(alice.user)
    cookie = {"Cookie": f"session={browser.cookies['session'].value}"}
    with ExitStack() as opened, httpx.Client(base_url=small.url, timeout=30, verify=False) as http:
        for path in ("/live/stream", "/live/stream?session=s1", "/api/events/stream"):
            headers = cookie | {"Authorization": f"Bearer {alice.token}"}
            assert opened.enter_context(http.stream("GET", path, headers=headers)).status_code == 200
        for path in ("/live/stream", "/live/stream?session=s1"):
            is_refused(opened.enter_context(http.stream("GET", path, headers=cookie)))


def test_the_defaults_serve_twenty_tabs_and_an_office(alice: Person) -> None:
    limits = alice.http.get("/api/limits").json()["limits"]
    assert limits["streams_per_user"] >= 20
    assert limits["streams_per_address"] >= 500
