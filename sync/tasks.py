"""Syncs by itself, for whoever has opted in: with a broker in Celery, else in the clock's thread."""

import time

from celery import shared_task

from sync import sync_links, sync_run

SWEEP_TIMEOUT_S, USER_TIMEOUT_S = 30.0, 15.0


@shared_task
def sync_due_links() -> None:
    """A run for everybody for whom it is time. Once a minute; what takes longer goes on in the next one."""
    deadline = time.monotonic() + SWEEP_TIMEOUT_S
    for user_id in sync_links.list_due_users():
        if time.monotonic() > deadline:
            return
        sync_run.run_sync(user_id, time_limit_s=USER_TIMEOUT_S, background=True)
