"""Runs the schedule of `memfog.celery` in this process, on a server without a broker."""

import asyncio
import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.db import close_old_connections

from events import work_kinds
from events.isolation import work_limits
from memfog.celery import app

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
                await asyncio.to_thread(_run_task, name, task)


def load_schedule() -> dict[str, tuple[float, Callable[[], object]]]:
    """Returns the interval in seconds and the function of each scheduled task, by name."""
    # A Celery worker imports all task modules; in this process an app's tasks may not be registered yet.
    app.loader.import_default_modules()
    return {name: (entry["schedule"], app.tasks[entry["task"]]) for name, entry in app.conf.beat_schedule.items()}


def _run_task(name: str, task: Callable[[], object]) -> None:
    close_old_connections()
    try:
        work_limits.limit_connection(work_kinds.TASK)
        task()
    except Exception:  # a failed task must not stop the scheduler
        logger.exception("Scheduled task %s failed", name)
