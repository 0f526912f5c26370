"""Counts the scheduled tasks that ended, by outcome, and the seconds that they took.

A worker may run on another machine than the web process that answers Prometheus. So the counts are in Redis, which both
reach; a server without a broker runs the tasks in its web process and keeps the counts there.
"""

import logging
from collections import Counter

from django.conf import settings
from redis import Redis, RedisError

KEY = "memfog:tasks"
DONE, FAILED, SECONDS = "done", "failed", "seconds"
REDIS_TIMEOUT_S = 2.0

logger = logging.getLogger(__name__)
_counts: Counter[tuple[str, str]] = Counter()  # without a broker
TaskCounts = dict[tuple[str, str], float]


def count_task(name: str, *, succeeded: bool, seconds: float) -> None:
    """Counts the end of a task. A count that gets lost with Redis is no error."""
    outcome = DONE if succeeded else FAILED
    if not settings.REDIS_URL:
        _counts[name, outcome] += 1
        _counts[name, SECONDS] += seconds  # type: ignore[assignment]  # a sum of seconds
        return
    try:
        with _connect() as redis, redis.pipeline(transaction=False) as pipeline:
            pipeline.hincrby(KEY, f"{name} {outcome}", 1)
            pipeline.hincrbyfloat(KEY, f"{name} {SECONDS}", seconds)
            pipeline.execute()
    except RedisError as error:
        logger.warning("The end of a task was not counted: %s", type(error).__name__)


def load_counts() -> TaskCounts:
    """Reads the counts by task and `done`, `failed` or `seconds`. Raises RedisError."""
    if not settings.REDIS_URL:
        return dict(_counts)
    with _connect() as redis:
        found = redis.hgetall(KEY)
    fields = {tuple(field.decode().split(" ")): float(number) for field, number in found.items()}
    return {(field[0], field[1]): number for field, number in fields.items() if len(field) == 2}


def _connect() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S)
