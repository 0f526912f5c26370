"""Figures that are not counted but read when Prometheus asks: from the database, from Redis, from the backups' rows.

They are read at most once in some seconds. A part that does not answer is missing from the answer, and
`memfog_part_up` says so.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import Error, close_old_connections, connection, transaction
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from redis import Redis, RedisError

from accounts.models import OutgoingMail
from backups import backup_alarm
from backups.models import Run, RunState
from memfog.metrics import derivation_lag, task_counts
from memfog.monitoring import health, heartbeats

STATEMENT_TIMEOUT_S = 1
REDIS_TIMEOUT_S = 2.0
# States of connections as PostgreSQL names them; of other roles it shows none.
CONNECTION_STATES = ("active", "idle", "idle in transaction", "other")
# All databases: they share the limit. What belongs to another role has neither a state nor a type.
CONNECTIONS = """
SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity
WHERE datid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend' GROUP BY 1
"""

Figures = Iterator[Metric]


def load_state() -> list[Metric]:
    """Reads all figures. Takes a few milliseconds, and some seconds if a part does not answer."""
    close_old_connections()
    parts = health.check_parts()
    return [
        *_list_parts(parts),
        *_read(_read_database),
        *_read(_read_mail),
        *_read(_read_backups),
        *_read(_read_lag),
        *_read(_read_broker),
        *_read(_read_tasks),
    ]


def _read(load: Callable[[], Figures]) -> list[Metric]:
    try:
        return list(load())
    except (Error, RedisError):
        return []


def _list_parts(parts: dict[str, str]) -> Figures:
    yield _gauge("memfog_part_up", "Whether a part works, as in /readyz.", "part", _as_numbers(parts))


def _as_numbers(parts: dict[str, str]) -> Iterable[tuple[str, float]]:
    return [(name, float(state == "ok")) for name, state in parts.items()]


def _read_database() -> Figures:
    if connection.vendor != "postgresql":
        return
    with _short_transaction(), connection.cursor() as cursor:
        cursor.execute(CONNECTIONS)
        counts = dict.fromkeys(CONNECTION_STATES, 0)
        for state, number in cursor.fetchall():
            counts[state if state in counts else "other"] += number
        cursor.execute("SHOW max_connections")
        (limit,) = cursor.fetchone() or (0,)
    yield _gauge("memfog_database_connections", "Connections to PostgreSQL, by state.", "state", counts.items())
    yield _plain("memfog_database_connections_limit", "Connections that PostgreSQL allows.", int(limit))


def _read_mail() -> Figures:
    with _short_transaction():
        due = OutgoingMail.objects.due()
        oldest_at, waiting = due.values_list("next_attempt_at", flat=True).first(), due.count()
        given_up = OutgoingMail.objects.given_up().count()
    yield _plain("memfog_mail_due", "Mails in the outbox that should have been sent by now.", waiting)
    age_s = (timezone.now() - oldest_at).total_seconds() if oldest_at else 0.0
    yield _plain("memfog_mail_oldest_due_seconds", "How long the oldest of them is overdue.", age_s)
    yield _plain("memfog_mail_given_up", "Mails that failed for good and are still in the outbox.", given_up)


def _read_backups() -> Figures:
    with _short_transaction():
        status = backup_alarm.load_status()
        failed = Run.objects.filter(state=RunState.FAILED).count()
    last_at = status.last_backup_at
    age_s = (timezone.now() - last_at).total_seconds() if last_at else None
    is_late, is_overdue = status.is_enabled and status.is_late, status.is_enabled and status.is_rehearsal_overdue
    yield _plain("memfog_backup_enabled", "Whether this server makes backups.", status.is_enabled)
    yield _plain("memfog_backup_age_seconds", "Age of the newest verified backup.", age_s)
    yield _plain("memfog_backup_late", "Whether the newest verified backup is too old, or missing.", is_late)
    yield _plain("memfog_backup_failed_runs", "Runs that failed, of those that are still listed.", failed)
    yield _plain("memfog_backup_rehearsal_overdue", "Whether no restore was rehearsed lately.", is_overdue)


def _read_lag() -> Figures:
    with _short_transaction():
        lag = derivation_lag.load_lag(time.time_ns() // 1_000)
    yield _plain("memfog_users", "Users with events.", lag.users)
    yield _plain("memfog_derivation_users_behind", "Users with events that were not derived yet.", lag.users_behind)
    yield _plain("memfog_derivation_unread_events", "Events that were not derived yet.", lag.unread)
    yield _gauge(
        "memfog_derivation_lag_seconds",
        "Age of a user's oldest event that was not derived yet, by quantile over users.",
        "quantile",
        [(f"{quantile:g}", seconds) for quantile, seconds in lag.seconds.items()],
    )


def _read_broker() -> Figures:
    if not settings.REDIS_URL:
        return
    presence = heartbeats.load_presence()
    ages = {"worker": presence.workers, "beat": presence.beats}
    newest = [(name, min(values)) for name, values in ages.items() if values]
    yield _gauge("memfog_heartbeat_age_seconds", "Age of the newest heartbeat.", "process", newest)
    alive = [(name, heartbeats.count_alive(values)) for name, values in ages.items()]
    yield _gauge("memfog_processes", "Processes with a fresh heartbeat.", "process", alive)
    queues = [(name, age) for name, age in presence.queues.items() if name in settings.TASK_QUEUES]
    yield _gauge("memfog_queue_heartbeat_age_seconds", "Time since a worker finished a task.", "queue", queues)
    yield _gauge("memfog_queue_length", "Tasks that wait for a worker.", "queue", _load_queue_lengths())


def _load_queue_lengths() -> list[tuple[str, float]]:
    names = list(settings.TASK_QUEUES)
    timeouts = {"socket_timeout": REDIS_TIMEOUT_S, "socket_connect_timeout": REDIS_TIMEOUT_S}
    with Redis.from_url(settings.REDIS_URL, **timeouts) as redis, redis.pipeline() as pipeline:
        for name in names:
            pipeline.llen(name)
        return list(zip(names, pipeline.execute(), strict=True))


def _read_tasks() -> Figures:
    runs = CounterMetricFamily("memfog_tasks", "Scheduled tasks that ended, by outcome.", labels=("task", "outcome"))
    seconds = CounterMetricFamily("memfog_task_seconds", "Seconds that scheduled tasks took.", labels=("task",))
    for (task, field), number in sorted(task_counts.load_counts().items()):
        if field == task_counts.SECONDS:
            seconds.add_metric((task,), number)
        else:
            runs.add_metric((task, field), number)
    yield from (runs, seconds)


@contextmanager
def _short_transaction() -> Iterator[None]:
    """A transaction whose statements PostgreSQL ends early: reading the figures must not add to an overload."""
    if connection.vendor != "postgresql":
        yield  # a transaction on SQLite would wait for the current writer
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{STATEMENT_TIMEOUT_S}s"])
        yield


def _plain(name: str, help_text: str, value: float | None) -> Metric:
    return GaugeMetricFamily(name, help_text, value=None if value is None else float(value))


def _gauge(name: str, help_text: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=(label,))
    for value_of_label, value in values:
        family.add_metric((value_of_label,), float(value))
    return family
