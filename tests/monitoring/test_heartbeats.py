"""Worker and beat are named when they are dead, stuck or twice; the server serves all the same."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from django.conf import settings
from redis import Redis

from memfog.monitoring import heartbeats
from memfog.monitoring.heartbeats import Presence, TaskClock
from memfog.server import scheduler
from tests.environment import NUMBER, free_port
from tests.monitoring.scrape import read
from tests.server import ROOT, Server, wait_for

OLD = heartbeats.DOWN_AFTER_S + 1
LATE = heartbeats.STUCK_AFTER_S + 1


@pytest.mark.parametrize(
    ("workers", "beats", "queue", "worker", "beat"),
    [
        ((), (), None, "down", "down"),
        ((1.0,), (1.0,), 1.0, "ok", "ok"),
        ((1.0, OLD), (1.0, OLD), 1.0, "ok", "ok"),
        ((OLD,), (1.0,), 1.0, "down", "ok"),
        ((1.0,), (OLD,), 1.0, "ok", "down"),
        ((1.0,), (1.0, 2.0), 1.0, "ok", "twice"),
        ((1.0,), (1.0,), LATE, "stuck", "ok"),
        ((1.0,), (1.0,), None, "stuck", "ok"),
        # Nobody sends tasks: that none ends is not the worker's fault.
        ((1.0,), (OLD,), LATE, "ok", "down"),
        ((OLD,), (1.0,), LATE, "down", "ok"),
    ],
)
def test_ages_tell_the_state(
    workers: tuple[float, ...], beats: tuple[float, ...], queue: float | None, worker: str, beat: str
) -> None:
    presence = Presence(workers, beats, {} if queue is None else dict.fromkeys(settings.TASK_QUEUES, queue))
    assert (presence.worker, presence.beat) == (worker, beat)


@pytest.mark.usefixtures("database")
def test_a_server_without_a_broker_says_when_its_own_task_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, seen = TaskClock(), []
    monkeypatch.setattr(heartbeats, "task_clock", clock)
    monkeypatch.setattr(heartbeats, "STUCK_AFTER_S", -1.0)
    scheduler.run_task("work", lambda: seen.append(clock.state))
    assert (seen, clock.state) == (["stuck"], "ok")


@pytest.fixture(scope="module")
def lonely(server: Server) -> Iterator[Server]:
    """A web process with a Redis database of its own, so without worker and beat."""
    url = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{9 - NUMBER}").geturl()
    Redis.from_url(url).flushdb()
    running = Server(free_port(), REDIS_URL=url).start()
    yield running
    running.stop()
    Redis.from_url(url).flushdb()


@pytest.fixture
def visitor(lonely: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """This process uses the same Redis database."""
    monkeypatch.setattr(settings, "REDIS_URL", lonely.environment["REDIS_URL"])
    with lonely.client() as client:
        yield client


def states(visitor: httpx.Client) -> tuple[int, str, str]:
    answer = visitor.get("/readyz")
    return answer.status_code, answer.json()["worker"], answer.json()["beat"]


@pytest.mark.redis
def test_dead_stuck_and_twice_are_named_and_make_no_503(visitor: httpx.Client) -> None:
    assert states(visitor) == (200, "down", "down")
    assert "Scheduled work is late" in visitor.get("/status").text
    for kind, name in (("worker", "w"), *(("queue", queue) for queue in settings.TASK_QUEUES), ("beat", "b")):
        heartbeats.show(kind, name)
    assert states(visitor) == (200, "ok", "ok")
    assert "Everything works." in visitor.get("/status").text
    heartbeats.show("beat", "another")
    assert states(visitor) == (200, "ok", "twice")
    heartbeats.withdraw("beat", "another")
    _age("queue celery", LATE)
    assert states(visitor) == (200, "stuck", "ok")
    _age("worker w", OLD)
    assert states(visitor) == (200, "down", "ok")
    wait_for(lambda: read(visitor, "memfog_heartbeat_age_seconds", process="worker") > OLD - 1, what="the figure")


def _age(member: str, seconds: float) -> None:
    """Makes a heartbeat older by so many seconds."""
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis.zincrby(heartbeats.KEY, -seconds, member)


@pytest.mark.redis
@pytest.mark.slow
def test_a_real_worker_and_a_real_beat_show_themselves(lonely: Server, visitor: httpx.Client, tmp_path: Path) -> None:
    Redis.from_url(lonely.environment["REDIS_URL"]).flushdb()
    worker = ("worker", "-P", "threads", "-c", "2", "-l", "ERROR")
    beat = ("beat", "-l", "ERROR", "--schedule", str(tmp_path / "schedule"))
    with celery(lonely, *worker), celery(lonely, *beat):
        wait_for(lambda: states(visitor) == (200, "ok", "ok"), what="both")
        # The tasks that prove the queue go round.
        wait_for(lambda: read(visitor, "memfog_queue_heartbeat_age_seconds", queue="celery") > 8, what="some time")
        wait_for(lambda: read(visitor, "memfog_queue_heartbeat_age_seconds", queue="celery") < 8, what="the next task")
        with celery(lonely, *beat[:-1], str(tmp_path / "another")):
            wait_for(lambda: states(visitor) == (200, "ok", "twice"), what="the second beat")
        wait_for(lambda: states(visitor) == (200, "ok", "ok"), what="its end")
    # Who ends in order is gone at once.
    assert states(visitor) == (200, "down", "down")


@contextmanager
def celery(server: Server, *arguments: str) -> Iterator[None]:
    command = [sys.executable, "-m", "celery", "-A", "memfog", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=server.environment, start_new_session=True)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)
