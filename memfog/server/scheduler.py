"""Runs the schedule of `memfog.celery` in this process, on a server without a broker."""

import asyncio
import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.db import close_old_connections

from events import work_kinds
from events.isolation import work_limits
from memfog import tracing
from memfog.celery import app
from memfog.metrics import task_counts
from memfog.monitoring import heartbeats

logger = logging.getLogger(__name__)


async def run_schedule() -> None:
    """Runs each scheduled task at its interval until cancelled. With a broker, Celery beat does this instead."""
    if settings.REDIS_URL:
        return
    tasks = load_schedule()
    due = {name: time.monotonic() + seconds for name, (seconds, _) in tasks.items()}
    while due:
        await asyncio.sleep(max(0.0, min(due.values()) - time.monotonic()))
        for name, (seconds, task) in tasks.items():
            if due[name] <= time.monotonic():
                due[name] = time.monotonic() + seconds
                await asyncio.to_thread(run_task, name, task)


def load_schedule() -> dict[str, tuple[float, Callable[[], object]]]:
    """Returns the interval in seconds and the function of each scheduled task, by name."""
    # A Celery worker imports all task modules; in this process an app's tasks may not be registered yet.
    app.loader.import_default_modules()
    return {name: (entry["schedule"], app.tasks[entry["task"]]) for name, entry in app.conf.beat_schedule.items()}


def run_task(name: str, task: Callable[[], object]) -> None:
    """Runs a task and counts its end; a failed task must not stop the scheduler."""
    close_old_connections()
    started, succeeded = time.monotonic(), False
    heartbeats.task_clock.start()
    try:
        work_limits.limit_connection(work_kinds.TASK)
        task()
        succeeded = True
    except Exception:
        logger.exception("Scheduled task %s failed", name)
    finally:
        heartbeats.task_clock.stop()
        seconds = time.monotonic() - started
        task_counts.count_task(getattr(task, "name", name), succeeded=succeeded, seconds=seconds)
        tracing.record_span(getattr(task, "name", name), seconds, failed=not succeeded)
