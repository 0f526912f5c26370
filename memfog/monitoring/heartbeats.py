"""Heartbeats: when worker, beat and each queue of tasks last showed that they work.

They are times in one sorted set in Redis, by the clock of Redis, so that the clocks of the machines may differ. Worker
and beat send heartbeats from their own loop; the heartbeat of a queue shows that a worker finished a task that beat had
sent. This reveals a worker that is alive but stuck, and a second beat. A server without a broker has no such processes:
its web process runs the tasks, and reports how long the current one takes.
"""

import os
import socket
import time
from dataclasses import dataclass

from django.conf import settings
from redis import Redis

KEY = "memfog:heartbeats"
INTERVAL_S = 10.0  # seconds between heartbeats of a worker and of beat
QUEUE_INTERVAL_S = 20.0  # seconds between the tasks that prove a queue
DOWN_AFTER_S = 45.0  # seconds without a heartbeat after which a process counts as down
STUCK_AFTER_S = 180.0  # seconds without a finished task after which a queue counts as stuck
FORGOTTEN_AFTER_S = 86_400.0
REDIS_TIMEOUT_S = 2.0

OWN_NAME = f"{socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True, slots=True)
class Presence:
    """Ages of heartbeats in seconds: of each worker and each beat, and of each queue by its name."""

    workers: tuple[float, ...]
    beats: tuple[float, ...]
    queues: dict[str, float]

    @property
    def worker(self) -> str:
        """`down`, `stuck` (alive, but no task is finished) or `ok`."""
        if not count_alive(self.workers):
            return "down"
        if self.beat != "down" and any(self.queues.get(name, STUCK_AFTER_S) >= STUCK_AFTER_S for name in _queues()):
            return "stuck"
        return "ok"

    @property
    def beat(self) -> str:
        """`down`, `twice` (every task is scheduled more than once) or `ok`."""
        return {0: "down", 1: "ok"}.get(count_alive(self.beats), "twice")


def count_alive(ages: tuple[float, ...]) -> int:
    """Counts the processes whose heartbeat is not older than `DOWN_AFTER_S`."""
    return sum(age < DOWN_AFTER_S for age in ages)


def _queues() -> tuple[str, ...]:
    return tuple(settings.TASK_QUEUES)


def show(kind: str, name: str = OWN_NAME) -> None:
    """Records a heartbeat of this kind: `worker`, `beat` or `queue`. Raises RedisError."""
    with _connect() as redis:
        now, _ = redis.time()
        with redis.pipeline() as pipeline:
            pipeline.zadd(KEY, {f"{kind} {name}": now})
            pipeline.zremrangebyscore(KEY, "-inf", now - FORGOTTEN_AFTER_S)
            pipeline.execute()


def withdraw(kind: str, name: str = OWN_NAME) -> None:
    """Removes the heartbeat of a process that ends in order. Raises RedisError."""
    with _connect() as redis:
        redis.zrem(KEY, f"{kind} {name}")


def load_presence() -> Presence:
    """Reads all heartbeats. Raises RedisError."""
    with _connect() as redis, redis.pipeline() as pipeline:
        (now, _), found = pipeline.time().zrange(KEY, 0, -1, withscores=True).execute()
    ages = {name.decode(): max(0.0, now - seen) for name, seen in found}
    return Presence(
        tuple(_select(ages, "worker").values()), tuple(_select(ages, "beat").values()), _select(ages, "queue")
    )


def _select(ages: dict[str, float], kind: str) -> dict[str, float]:
    return {name.removeprefix(f"{kind} "): age for name, age in ages.items() if name.startswith(f"{kind} ")}


def _connect() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S)


class TaskClock:
    """Measures how long the current task of a server without a broker takes."""

    def __init__(self) -> None:
        self._started_at: float | None = None

    def start(self) -> None:
        self._started_at = time.monotonic()

    def stop(self) -> None:
        self._started_at = None

    @property
    def state(self) -> str:
        started_at = self._started_at
        return "stuck" if started_at is not None and time.monotonic() - started_at > STUCK_AFTER_S else "ok"


task_clock = TaskClock()
