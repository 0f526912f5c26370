"""Background sync for users who opted in: in Celery if there is a broker, otherwise in `memfog.server.scheduler`."""

import time

from celery import shared_task

from sync import sync_links, sync_run

SWEEP_TIMEOUT_S, USER_TIMEOUT_S = 30.0, 15.0


@shared_task
def sync_due_links() -> None:
    """Runs sync for every due user, once a minute. When the time limit is reached, the next call continues."""
    deadline = time.monotonic() + SWEEP_TIMEOUT_S
    for user_id in sync_links.list_due_users():
        if time.monotonic() > deadline:
            return
        sync_run.run_sync(user_id, time_limit_s=USER_TIMEOUT_S, background=True)
