"""Each alert is tried by breaking what it is about: it fires by that, and falls silent when that is mended."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from kombu import Connection

from memfog.celery import app
from tests.events.make import make_event
from tests.faults import checks, table
from tests.faults.parts.cluster import Cluster, RedisServer
from tests.faults.parts.memfog import Memfog
from tests.faults.parts.prometheus import ALERTS, Prometheus
from tests.faults.parts.service import Service
from tests.faults.test_outages import frozen, stopped
from tests.faults.traffic import Traffic
from tests.server import ROOT, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(1_200)]

DATABASE = "watched"
PACE = 0.2  # seconds that a client rests
LONG_AGO = "now() - interval '40 days'"


class Watched:
    """A Memfog with a worker, a beat and a Prometheus that reads it."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        folder.mkdir()
        self.folder, self.cluster = folder, cluster
        self.redis = RedisServer(folder).start()
        self.memfog = Memfog(folder, database=cluster.database(DATABASE), redis=self.redis.url)
        self.memfog.environment["BACKUP_URL"] = str(folder / "backups")
        self.beat = self.make_beat("beat")
        self.prometheus = Prometheus(folder / "prometheus", self.memfog.url)

    def make_beat(self, name: str) -> Service:
        options = ("-m", "celery", "-A", "memfog", "beat", "-l", "WARNING", "--schedule", str(self.folder / name))
        log = self.folder / f"{name}.log"
        return Service(sys.executable, *options, log=log, environment=self.memfog.environment, folder=ROOT)

    @property
    def worker(self) -> Service:
        assert self.memfog.worker
        return self.memfog.worker

    def start(self) -> "Watched":
        self.memfog.start()
        self.beat.start()
        self.ask(
            f"INSERT INTO backups_run (name, previous_names, state, attempts, started_at, error, made_at, "
            f"verified_at, rehearsed_at, rehearsed_well) VALUES ('{uuid4().hex}', '[]', 'done', 1, now(), '', "
            f"now(), now(), now(), true)"
        )
        wait_for(self.is_well, what="worker and beat")
        self.prometheus.start()
        return self

    def stop(self) -> None:
        for service in (self.prometheus, self.beat, self.memfog, self.redis.service):
            service.stop()

    def is_well(self) -> bool:
        return set(self.readiness()[1].values()) == {"ok"}

    def readiness(self) -> tuple[int, dict[str, str]]:
        answer = httpx.get(f"{self.memfog.url}/readyz", timeout=60, verify=False)
        return answer.status_code, answer.json()

    def ask(self, statement: str) -> None:
        self.cluster.ask(statement, DATABASE)

    def has_two_waiting(self) -> bool:
        """Whether two statements of tasks wait for a lock; those of the figures end by themselves."""
        waiting = "wait_event_type = 'Lock' AND now() - query_start > interval '3 s'"
        ((count,),) = self.cluster.ask(f"SELECT count(*) FROM pg_stat_activity WHERE {waiting}")
        return count == 2

    def fires(self, *alerts: str) -> list[str]:
        """Waits until these fire, and returns the value of each."""
        wait_for(lambda: set(alerts) <= self.prometheus.firing(), what=f"{alerts} beside {self.prometheus.firing()}")
        return [f"{alert} ({self.prometheus.value(alert)})" for alert in alerts]

    def is_silent(self, *alerts: str) -> None:
        wait_for(lambda: not set(alerts) & self.prometheus.firing(), what=f"the end of {alerts}", seconds=600)


@pytest.fixture(scope="module")
def watched(scratch: Path, cluster: Cluster) -> Iterator[Watched]:
    made = Watched(scratch / "watched", cluster)
    yield made.start()
    made.stop()


@pytest.mark.prometheus
def test_worker_and_beat_dead_are_seen_and_lose_nothing(watched: Watched) -> None:
    owner = watched.memfog.owner()
    watched.is_silent(*ALERTS)
    with Traffic(watched.memfog.url, owner, pace=PACE) as traffic:
        killed = time.monotonic()
        watched.worker.kill()
        watched.beat.kill()
        fired = watched.fires("MemfogWorkerDown", "MemfogBeatDown")
        seconds = time.monotonic() - killed
        status, parts = watched.readiness()
        assert (status, parts["worker"], parts["beat"]) == (200, "down", "down")
        assert {state for name, state in parts.items() if name not in {"worker", "beat"}} == {"ok"}
        traffic.finish()
    checks.nothing_lost("worker and beat dead", 1, watched.memfog, traffic)
    watched.worker.start()
    watched.beat.start()
    wait_for(watched.is_well, what="worker and beat")
    watched.is_silent("MemfogWorkerDown", "MemfogBeatDown")
    table.note(f"alerts: worker and beat killed: {', '.join(fired)} after {seconds:.0f} s")


Break = Callable[[Watched], AbstractContextManager[object]]


@contextmanager
def second_beat(watched: Watched) -> Iterator[None]:
    another = watched.make_beat("another")
    another.start()
    try:
        yield
    finally:
        another.stop()


def redis_stopped(watched: Watched) -> AbstractContextManager[None]:
    return stopped(watched.redis.service)


@contextmanager
def postgresql_stopped(watched: Watched) -> Iterator[None]:
    owner = watched.memfog.owner()
    with Traffic(watched.memfog.url, owner, pace=PACE) as traffic:
        with stopped(watched.cluster.service):
            yield
        wait_for(watched.cluster.is_up, what="PostgreSQL")
        traffic.finish()


def postgresql_frozen(watched: Watched) -> AbstractContextManager[None]:
    return frozen(watched.cluster.service)


@contextmanager
def column_renamed(watched: Watched) -> Iterator[None]:
    watched.ask("ALTER TABLE accounts_outgoingmail RENAME COLUMN next_attempt_at TO renamed")
    try:
        yield
    finally:
        watched.ask("ALTER TABLE accounts_outgoingmail RENAME COLUMN renamed TO next_attempt_at")


@contextmanager
def locked(watched: Watched, *tables: str) -> Iterator[None]:
    url = f"postgresql://postgres@127.0.0.1:{watched.cluster.port}/{DATABASE}"
    with psycopg.connect(url) as connection:
        for name in tables:
            connection.execute(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE".encode())
        yield


@contextmanager
def log_locked_again_and_again(watched: Watched) -> Iterator[None]:
    """For some seconds each, under traffic."""
    with Traffic(watched.memfog.url, watched.memfog.owner(), pace=PACE) as traffic:
        for _ in range(3):
            with locked(watched, "events_event"):
                time.sleep(4)
            time.sleep(0.5)
        yield
        traffic.finish()


@contextmanager
def tasks_hang(watched: Watched) -> Iterator[None]:
    """Both threads of the worker wait for tables, while events and tasks arrive."""
    with ExitStack() as stack:
        stack.enter_context(locked(watched, "sync_synclink", "accounts_outgoingmail"))
        wait_for(watched.has_two_waiting, what="two tasks that hang")
        owner = watched.memfog.owner()
        httpx.post(f"{watched.memfog.url}/ingest", json=make_event(), headers=owner.headers, verify=False)
        with Connection(watched.redis.url) as connection:
            for _ in range(600):
                app.send_task("memfog.tasks.prove_queue", connection=connection, expires=30)
        yield


@contextmanager
def mails_refused(watched: Watched) -> Iterator[None]:
    """As a mail server that refuses leaves them: one at its next attempt, late, and one without another attempt."""
    watched.worker.signal(signal.SIGSTOP)
    for due, error in ((LONG_AGO, ""), ("NULL", "SMTPRecipientsRefused")):
        watched.ask(
            "INSERT INTO accounts_outgoingmail (id, kind, created_at, attempts, next_attempt_at, last_error) "
            f"VALUES (gen_random_uuid(), 'nothing', now(), 1, {due}, '{error}')"
        )
    try:
        yield
    finally:
        watched.ask("DELETE FROM accounts_outgoingmail WHERE kind = 'nothing'")
        watched.worker.signal(signal.SIGCONT)


@contextmanager
def backup_old(watched: Watched) -> Iterator[None]:
    watched.ask(f"UPDATE backups_run SET made_at = {LONG_AGO}, rehearsed_at = {LONG_AGO}")
    try:
        yield
    finally:
        watched.ask("UPDATE backups_run SET made_at = now(), rehearsed_at = now()")


@contextmanager
def connections_taken(watched: Watched) -> Iterator[None]:
    url = f"postgresql://postgres@127.0.0.1:{watched.cluster.port}/{DATABASE}"
    with ExitStack() as stack:
        for _ in range(80):
            stack.enter_context(psycopg.connect(url))
        yield


@contextmanager
def web_killed(watched: Watched) -> Iterator[None]:
    watched.memfog.web.kill()
    try:
        yield
    finally:
        watched.memfog.web.start()


QUICK: dict[Break, tuple[str, ...]] = {
    backup_old: ("MemfogBackupLate", "MemfogRehearsalOverdue"),
    web_killed: ("MemfogDown",),
}
SLOW: dict[Break, tuple[str, ...]] = {
    second_beat: ("MemfogBeatTwice",),
    redis_stopped: ("MemfogBrokerDown",),
    postgresql_stopped: ("MemfogDatabaseDown", "MemfogRequestsFail"),
    postgresql_frozen: ("MemfogFiguresUnread",),
    column_renamed: ("MemfogSchemaMisfit", "MemfogTasksFail"),
    log_locked_again_and_again: ("MemfogCommitSlow", "MemfogIngestSlow"),
    mails_refused: ("MemfogMailLate", "MemfogMailGivenUp"),
    connections_taken: ("MemfogConnectionsScarce",),
    tasks_hang: ("MemfogQueueLong", "MemfogWorkerStuck", "MemfogDerivationBehind"),
}
BREAKS = QUICK if os.environ.get("MEMFOG_TEST_FAULTS") == "bounded" else QUICK | SLOW
# MemfogMailGivenUp looks at an hour, so that it is silent only after one.
LASTING = {"MemfogMailGivenUp", "MemfogTasksFail"}


@pytest.mark.prometheus
@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.__name__)
def test_what_is_broken_is_named_by_its_alert(watched: Watched, broken: Break) -> None:
    alerts = BREAKS[broken]
    watched.is_silent(*alerts)
    began = time.monotonic()
    with broken(watched):
        fired = watched.fires(*alerts)
        seconds = time.monotonic() - began
    watched.is_silent(*(set(alerts) - LASTING))
    table.note(f"alerts: {broken.__name__}: {', '.join(fired)} after {seconds:.0f} s")


def test_each_alert_was_tried() -> None:
    tried = {alert for alerts in (QUICK | SLOW).values() for alert in alerts}
    assert tried | {"MemfogWorkerDown", "MemfogBeatDown"} == set(ALERTS)
