"""The clock of a server without a broker: runs the schedule of `memfog.celery` in this process."""

import asyncio
import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.db import close_old_connections

from memfog.celery import app

logger = logging.getLogger(__name__)


async def run_schedule() -> None:
    """Runs each scheduled task in its interval, until cancelled. With a broker Celery's beat does that."""
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
    """What is to be done, and every how many seconds, by its name."""
    # Celery's worker does this by itself; here a room's tasks may be known to nobody yet.
    app.loader.import_default_modules()
    return {name: (entry["schedule"], app.tasks[entry["task"]]) for name, entry in app.conf.beat_schedule.items()}


def _run_task(name: str, task: Callable[[], object]) -> None:
    close_old_connections()
    try:
        task()
    except Exception:  # one bad run must not stop the clock
        logger.exception("clock: %s failed", name)
