"""kill -9 of each process at random times, while sixteen clients send: each acknowledged event is stored once."""

import random
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import checks
from tests.faults.conftest import Size
from tests.faults.parts.cluster import Cluster, RedisServer
from tests.faults.parts.memfog import Memfog, Owner
from tests.faults.traffic import Traffic
from tests.server import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(600)]

PATIENCE = 300.0  # seconds for all clients to finish
KILL = signal.SIGKILL


class Strikes:
    """The kills of processes of a production server, one method each."""

    def __init__(self, memfog: Memfog, cluster: Cluster, redis: RedisServer) -> None:
        self.memfog, self.cluster, self.redis = memfog, cluster, redis

    def web(self) -> None:
        """Kills a web worker process. The main web process starts another."""
        self.memfog.web.signal(KILL, random.sample(self.memfog.web_workers(), 1))

    def web_main(self) -> None:
        """Kills only the main web process. Its children must end by themselves."""
        self.memfog.web.signal(KILL, [self.memfog.web.pid])

    def postgres_children(self) -> None:
        backends = self.cluster.backends()
        self.cluster.service.signal(KILL, random.sample(backends, min(2, len(backends))))

    def postmaster(self) -> None:
        self.cluster.service.signal(KILL, [self.cluster.service.pid])

    def redis_and_worker(self) -> None:
        self.redis.service.signal(KILL)
        assert self.memfog.worker
        self.memfog.worker.signal(KILL)

    def anything(self) -> None:
        random.choice([self.web, self.web_main, self.postgres_children, self.postmaster, self.redis_and_worker])()


NAMES = {
    "web": "kill -9 web process",
    "web_main": "kill -9 web main process",
    "postgres_children": "kill -9 PostgreSQL backends",
    "postmaster": "kill -9 postmaster",
    "redis_and_worker": "kill -9 Redis and worker",
    "anything": "kill -9 anything of these",
}


@pytest.fixture
def strikes(memfog: Memfog, cluster: Cluster, redis: RedisServer) -> Iterator[Strikes]:
    wait_for(memfog.is_up, what="Memfog")
    yield Strikes(memfog, cluster, redis)
    wait_for(memfog.is_up, what="Memfog after the fault")


def _strike_until_done(strike: Callable[[], None], traffic: Traffic, size: Size) -> int:
    """Strikes each time that a random number of events was acknowledged. Returns the number of strikes.

    Time does not decide: a server that recovers slowly is not killed again before it works.
    """
    struck, until = 0, time.monotonic() + PATIENCE
    at = random.randint(*size.strikes)
    while traffic.running() and time.monotonic() < until:
        time.sleep(random.uniform(0, 0.02))
        if len(traffic.tally.acknowledged) >= at:
            strike()
            struck += 1
            at = len(traffic.tally.acknowledged) + random.randint(*size.strikes)
    return struck


@pytest.mark.parametrize("name", NAMES)
def test_nothing_acknowledged_is_lost(name: str, strikes: Strikes, owner: Owner, cluster: Cluster, size: Size) -> None:
    memfog = strikes.memfog
    with Traffic(memfog.url, owner, events=size.events, pace=size.pace) as traffic:
        struck = _strike_until_done(getattr(strikes, name), traffic, size)
        traffic.wait(60)
    wait_for(memfog.is_up, what="Memfog")
    checks.nothing_lost(NAMES[name], struck, memfog, traffic)
    (numbers,) = cluster.ask(checks.numbers_of(owner), "memfog")
    checks.numbered_without_gaps(numbers)
    assert struck


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Memfog]:
    """A local server: SQLite, no services."""
    made = Memfog(tmp_path)
    yield made.start()
    made.stop()


def test_nothing_acknowledged_is_lost_on_sqlite(laptop: Memfog, size: Size) -> None:
    owner = laptop.owner()
    with Traffic(laptop.url, owner, events=size.events, pace=size.pace) as traffic:
        struck = _strike_until_done(lambda: laptop.web.signal(KILL), traffic, size)
        traffic.wait(60)
    wait_for(laptop.is_up, what="Memfog")
    checks.nothing_lost("SQLite: kill -9 web process", struck, laptop, traffic)
    database = sqlite3.connect(laptop.data / "memfog.sqlite3")
    checks.numbered_without_gaps(database.execute(checks.numbers_of(owner, sqlite=True)).fetchone())
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()
    assert struck
