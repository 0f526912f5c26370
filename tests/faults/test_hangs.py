"""A statement hangs while a hundred streams are open: all wait or hear 503, and the process lives on."""

import signal
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Self

import httpx
import psycopg
import pytest

from tests.events.make import make_event
from tests.faults import checks, table
from tests.faults.conftest import IS_BOUNDED, Size
from tests.faults.open_streams import OpenStreams
from tests.faults.parts.cluster import Cluster
from tests.faults.parts.memfog import Memfog, Owner
from tests.faults.traffic import Traffic
from tests.server import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(600)]

STREAMS, PEOPLE, SENDERS = 100, 50, 2
PAGES = 40  # at once: more than there are threads
PACE = 0.1
LIVELY = 20.0  # seconds within which a stream says something, whatever hangs
# Connections of one web process, by kind of work: `docs/deploy.md` states them.
CONNECTIONS = {"memfog stream": 2, "memfog ingest": 1, "memfog page": 16}
Hang = Callable[[Cluster], AbstractContextManager[object]]


def locked(*tables: str) -> Hang:
    """Somebody holds a lock that no one can share, as a migration does."""

    @contextmanager
    def hang(cluster: Cluster) -> Iterator[None]:
        url = f"postgresql://postgres@127.0.0.1:{cluster.port}/memfog"
        with psycopg.connect(url) as connection:
            connection.execute(f"LOCK TABLE {', '.join(tables)}".encode())
            yield

    return hang


@contextmanager
def frozen_backends(cluster: Cluster) -> Iterator[None]:
    """All open connections hang for good, and neither side hears of it; new ones work."""
    backends = cluster.backends()
    for pid in backends:
        cluster.service.signal(signal.SIGSTOP, [pid])
    try:
        yield
    finally:
        cluster.service.signal(signal.SIGCONT, backends)


HANGS = {
    "the log": locked("events_event"),
    "the streams": locked("events_stream", "events_location"),
    "accounts": locked("accounts_user", "accounts_token", "accounts_browsersession"),
    "frozen": frozen_backends,
}


@pytest.mark.parametrize("what", list(HANGS)[: 1 if IS_BOUNDED else None])
def test_streams_outlive_a_statement_that_hangs(memfog: Memfog, cluster: Cluster, size: Size, what: str) -> None:
    owners = memfog.owners(PEOPLE)
    starts = memfog.web.starts, *memfog.web_workers()
    with OpenStreams(memfog, owners, STREAMS) as streams, Watch(memfog, cluster) as watch:
        traffics = [Traffic(memfog.url, owner, pace=PACE) for owner in owners[:SENDERS]]
        for traffic in traffics:
            traffic.__enter__()
        wait_for(lambda: all(len(traffic.tally.acknowledged) > 50 for traffic in traffics), what="traffic")
        with HANGS[what](cluster):
            _refuses_in_time(memfog, owners[-1])
            time.sleep(size.hang)
        for traffic in traffics:
            traffic.finish()
        _all_arrives(streams, traffics)
    for traffic in traffics:
        checks.nothing_lost(f"{what} hung", 1, memfog, traffic)
    assert (memfog.web.starts, *memfog.web_workers()) == starts, "it recovered by a restart"
    assert (streams.repeated(), streams.cut()) == (0, 0)
    assert streams.longest_silence() < LIVELY
    watch.tell(what)


def _refuses_in_time(memfog: Memfog, owner: Owner) -> None:
    """Whoever waits for what hangs hears so; nobody waits for the end of it."""
    with (
        httpx.Client(base_url=memfog.url, headers=owner.headers, timeout=35, verify=False) as http,
        ThreadPoolExecutor(4) as pool,
    ):
        posts = [pool.submit(http.post, path, json=make_event()) for path in ("/ingest", "/sync/push")]
        pages = [
            pool.submit(http.get, path, headers={"Cookie": f"session={owner.session}"}) for path in ("/", "/sessions")
        ]
        statuses = {answer.result().status_code for answer in (*posts, *pages)}
    assert statuses <= {200, 503}
    assert 503 in statuses, "nothing hung"


def test_threads_are_free_again_while_their_connections_stay_frozen(
    memfog: Memfog, owner: Owner, cluster: Cluster
) -> None:
    cookie = {"Cookie": f"session={owner.session}"}

    def ask(_: object) -> int:
        return httpx.get(f"{memfog.url}/machines", headers=cookie, timeout=60, verify=False).status_code

    with ThreadPoolExecutor(PAGES) as pool:
        assert set(pool.map(ask, range(2 * PAGES))) == {200}
        with frozen_backends(cluster):
            assert 503 in set(pool.map(ask, range(PAGES)))
            wait_for(lambda: set(pool.map(ask, range(PAGES))) == {200}, what="pages", seconds=60)


def _all_arrives(streams: OpenStreams, traffics: list[Traffic]) -> None:
    def missing() -> int:
        return sum(streams.missing(traffic.owner, traffic.tally.sent) for traffic in traffics)

    wait_for(lambda: missing() == 0, what="every event on every stream", seconds=60)


@dataclass
class Watch:
    """Looks at connections and at `/healthz` meanwhile."""

    memfog: Memfog
    cluster: Cluster
    connections: dict[str, int] = field(default_factory=dict)
    health_s: list[float] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.done.set()
        self.thread.join()

    def _look(self) -> None:
        with httpx.Client(base_url=self.memfog.url, timeout=60, verify=False) as http:
            while not self.done.wait(0.25):
                start = time.monotonic()
                assert http.get("/healthz").text == "ok"
                self.health_s.append(time.monotonic() - start)
                for name, count in self.cluster.ask(COUNT):
                    self.connections[str(name)] = max(self.connections.get(str(name), 0), int(str(count)))

    def tell(self, what: str) -> None:
        """Adds a note to the table. Fails if there were too many connections, or others had to wait."""
        connections = {name: self.connections.get(name, 0) for name in CONNECTIONS}
        usual, longest = statistics.median(self.health_s), max(self.health_s)
        table.note(f"{what} hung: connections {connections}, /healthz median {usual:.3f} s, at most {longest:.2f} s")
        # Backends that are frozen stay until they are not; each is replaced once.
        times = len(self.memfog.web_workers()) * (2 if what == "frozen" else 1)
        assert {name: count for name, count in connections.items() if count > CONNECTIONS[name] * times} == {}
        assert usual < 0.5
        assert longest < 5


COUNT = "SELECT application_name, count(*) FROM pg_stat_activity WHERE application_name LIKE 'memfog %' GROUP BY 1"
