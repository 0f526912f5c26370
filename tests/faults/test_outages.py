"""PostgreSQL or Redis ends or stops answering, and returns. Memfog recovers without a restart."""

import random
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from uuid import uuid4

import httpx
import pytest

from tests.events.make import make_event
from tests.faults import checks
from tests.faults.conftest import Size
from tests.faults.following import Following
from tests.faults.parts.cluster import Cluster, RedisServer
from tests.faults.parts.memfog import Memfog, Owner
from tests.faults.parts.service import Service
from tests.faults.traffic import Traffic
from tests.people import PASSWORD
from tests.server import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(600)]

PACE = 0.1  # seconds that a client waits between two events: the duration of the fault matters, not their number
RECOVERY = 20.0  # seconds after the fault until every request is answered
PATIENCE = 35.0  # seconds in which every request gets an answer during the fault
How = Callable[[Service], AbstractContextManager[None]]


@contextmanager
def stopped(service: Service) -> Iterator[None]:
    service.stop()
    try:
        yield
    finally:
        service.start()


@contextmanager
def frozen(service: Service) -> Iterator[None]:
    """Freezes a service: it accepts connections and never answers, which is worse than a refusal."""
    family = service.family()
    service.signal(signal.SIGSTOP, family)
    try:
        yield
    finally:
        service.signal(signal.SIGCONT, family)


def _starts(memfog: Memfog) -> tuple[object, ...]:
    return memfog.web.starts, *memfog.web_workers()


@pytest.mark.parametrize("how", [stopped, frozen])
def test_a_database_that_is_away_is_503_and_recovers(
    memfog: Memfog, owner: Owner, cluster: Cluster, size: Size, how: How
) -> None:
    starts = _starts(memfog)
    stranger = memfog.owner()
    with Traffic(memfog.url, owner, pace=PACE) as traffic:
        wait_for(lambda: len(traffic.tally.acknowledged) > 100, what="100 acknowledgements")
        with how(cluster.service):
            gone = time.monotonic()
            _is_unavailable(memfog, stranger)
            time.sleep(max(0.0, gone + size.outage - time.monotonic()))
        back = time.monotonic()
        wait_for(lambda: traffic.tally.last > back, what="an acknowledgement", seconds=RECOVERY)
        traffic.finish()
    wait_for(memfog.is_up, what="Memfog", seconds=RECOVERY)
    checks.nothing_lost(f"PostgreSQL {how.__name__} for {back - gone:.0f} s", 1, memfog, traffic)
    assert _starts(memfog) == starts, "a process was restarted"
    (numbers,) = cluster.ask(checks.numbers_of(owner), "memfog")
    checks.numbered_without_gaps(numbers)


def _is_unavailable(memfog: Memfog, owner: Owner) -> None:
    """Asserts that every route that needs the database answers 503 in time, and that `/healthz` still answers 200."""
    http = httpx.Client(base_url=memfog.url, headers=owner.headers, timeout=PATIENCE, verify=False)
    with http, ThreadPoolExecutor(3) as pool:
        assert http.get("/healthz").text == "ok"
        page = pool.submit(http.get, "/", headers={"Cookie": f"session={'0' * 32}"})
        for answer in pool.map(lambda path: http.post(path, json=make_event()), ("/ingest", "/sync/push")):
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert int(answer.headers["retry-after"]) > 0
        assert (page.result().status_code, page.result().headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize("how", [stopped, frozen])
def test_without_redis_events_are_taken_and_streams_deliver(
    memfog: Memfog, owner: Owner, redis: RedisServer, size: Size, how: How
) -> None:
    starts = _starts(memfog)
    with Traffic(memfog.url, owner, pace=PACE) as traffic, Following(memfog, owner) as following:
        wait_for(lambda: len(traffic.tally.acknowledged) > 100, what="100 acknowledgements")
        with how(redis.service):
            until = time.monotonic() + size.outage
            answer = _register(memfog)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            _arrives(following, traffic)
            time.sleep(max(0.0, until - time.monotonic()))
        traffic.finish()
        wait_for(lambda: len(following.ids) == len(traffic.tally.acknowledged), what="all events on the stream")
    tally = checks.nothing_lost(f"Redis {how.__name__} for {size.outage:.0f} s", 1, memfog, traffic)
    assert following.ids == traffic.read.ids
    assert not tally.refusals
    assert _starts(memfog) == starts, "a process was restarted"
    _mail_is_sent_again(memfog)


def _arrives(following: Following, traffic: Traffic) -> None:
    """Waits until the stream delivers an event that is sent now, during the fault."""
    already = len(traffic.tally.acknowledged)
    wait_for(lambda: len(following.ids) > already, what="a new event on the stream", seconds=PATIENCE)


def _register(memfog: Memfog, email: str = "") -> httpx.Response:
    form = {"email": email or f"{uuid4().hex}@example.com", "password": PASSWORD}
    # Send from a random address, so that the calls do not share a rate limit.
    source = f"127.{random.randrange(1, 255)}.{random.randrange(255)}.{random.randrange(1, 255)}"
    transport = httpx.HTTPTransport(local_address=source, verify=False)
    with httpx.Client(base_url=memfog.url, transport=transport, timeout=PATIENCE) as http:
        return http.post("/auth/register", json=form)


def _mail_is_sent_again(memfog: Memfog) -> None:
    email = f"{uuid4().hex}@example.com"
    wait_for(lambda: _register(memfog, email).status_code < 300, what="registration", seconds=RECOVERY)
    mail = memfog.data / "mail"
    wait_for(lambda: any(email in path.read_text() for path in mail.glob("*")), what="the mail")
