"""Listens to a Celery worker: its heartbeats, and the ends of its tasks."""

import logging
import time
from typing import Any

from celery import Task, states
from celery.signals import (
    heartbeat_sent,
    task_postrun,
    task_prerun,
    worker_process_shutdown,
    worker_ready,
    worker_shutdown,
)
from django.conf import settings
from redis import RedisError

from memfog import tracing
from memfog.metrics import task_counts
from memfog.monitoring import heartbeats

logger = logging.getLogger(__name__)
UNCOUNTED = frozenset({"memfog.tasks.prove_queue"})  # a heartbeat, which does no work
_shown_at = 0.0
_started_at: dict[str, float] = {}  # by the id of a task that this process runs


@worker_ready.connect
def prove_queues(**_: object) -> None:
    """Records a heartbeat of each queue at the start, since a worker that has just started is not stuck."""
    for queue in settings.TASK_QUEUES:
        _try_show("queue", queue)


@heartbeat_sent.connect
def show_worker(**_: object) -> None:
    """Records a heartbeat of the worker. The loop that fetches tasks sends this signal every two seconds."""
    global _shown_at  # the loop is a single thread
    if time.monotonic() - _shown_at >= heartbeats.INTERVAL_S:
        _shown_at = time.monotonic()
        _try_show("worker", heartbeats.OWN_NAME)


@worker_shutdown.connect
def withdraw_worker(**_: object) -> None:
    try:
        heartbeats.withdraw("worker")
    except RedisError:
        logger.info("The heartbeat of this worker was not withdrawn")


@worker_process_shutdown.connect
def send_spans(**_: object) -> None:
    """Sends the spans that wait: a child of a worker ends without Python's exit handlers."""
    tracing.flush()


def _try_show(kind: str, name: str) -> None:
    try:
        heartbeats.show(kind, name)
    except RedisError as error:
        logger.warning("The heartbeat was not recorded: %s", type(error).__name__)


@task_prerun.connect
def start_clock(task_id: str, **_: object) -> None:
    _started_at[task_id] = time.monotonic()


@task_postrun.connect
def count_end(task_id: str, task: "Task[..., Any]", state: str | None = None, **_: Any) -> None:
    started_at = _started_at.pop(task_id, None)
    if started_at is None or task.name in UNCOUNTED:
        return
    seconds, succeeded = time.monotonic() - started_at, state == states.SUCCESS
    task_counts.count_task(task.name, succeeded=succeeded, seconds=seconds)
    tracing.record_span(task.name, seconds, failed=not succeeded)
