"""Syncs by itself, for whoever has opted in: with a broker in Celery, else in the clock's thread."""

import time

from celery import shared_task

from sync import sync_links, sync_run

SWEEP_SECONDS, USER_SECONDS = 30.0, 15.0


@shared_task
def sweep() -> None:
    """A run for everybody for whom it is time. Once a minute; what takes longer goes on in the next one."""
    until = time.monotonic() + SWEEP_SECONDS
    for user_id in sync_links.due():
        if time.monotonic() > until:
            return
        sync_run.attempt(user_id, seconds=USER_SECONDS, background=True)
