"""Projects the users of the queue in turn, one batch each; any number of workers may do so at once. On PostgreSQL."""

import logging
import time
from collections.abc import Callable
from uuid import UUID

from django.db import OperationalError

from memory.projection import projection_queue, projection_requests, projector, rollups, worker_wake

logger = logging.getLogger(__name__)

WAKE_INTERVAL_S = 0.5
RETRY_PAUSE_S, FAILURE_PAUSE_S = 5.0, 60.0  # seconds until a user whose projection failed gets another attempt


def project_waiting_users(
    *, seconds: float, wake: Callable[[], None], on_projected: Callable[[UUID], None] = lambda user_id: None
) -> None:
    """Projects who is due until no more users are, or for `seconds`. Calls `wake` while others may find work, too.

    Calls `on_projected` with each user who has a channel for notices, when a part of the log was projected.
    """
    until, next_wake = time.monotonic() + seconds, 0.0
    worker_wake.show_presence()
    projection_queue.prepare_new_users(projector.VERSION)
    while project_requested_user(on_projected) or project_next_user(on_projected):
        now = time.monotonic()
        if now >= min(next_wake, until):
            next_wake = now + WAKE_INTERVAL_S
            wake()
        if now >= until:
            return


def project_requested_user(on_projected: Callable[[UUID], None] = lambda user_id: None) -> bool:
    """Projects a user for whom a reader waits; returns False if there is none."""
    request = projection_requests.take_request()
    if request is None:
        return False
    try:
        projector.catch_up(request.user_id, seconds=projector.READ_TIMEOUT_S)
        if projection_queue.has_notices(request.user_id):
            on_projected(request.user_id)
        rollups.refresh_totals(request.user_id, seconds=projector.READ_TIMEOUT_S)
    except Exception as error:
        # The user is in the queue, too, where failures are counted and postponed.
        logger.error("the projection of a user failed", exc_info=error)
    projection_requests.end_request(request)
    return True


def project_next_user(on_projected: Callable[[UUID], None] = lambda user_id: None) -> bool:
    """Projects a batch of the user who has waited longest; returns False if no user is due."""
    claimed, batch = None, projector.ProjectedBatch()
    try:
        with projection_queue.claim_next(projector.VERSION) as claimed:
            if claimed is None:
                return False
            batch = projector.project_claimed(claimed)
        if batch.needs_rebuild and not batch.has_more:
            projector.catch_up(claimed.user_id, seconds=projector.TASK_TIMEOUT_S)
        if claimed.notices_due_us is not None and not batch.has_more:
            on_projected(claimed.user_id)
    except Exception as error:
        if claimed is None:
            raise
        # One user's projection must not stop that of the others. Raises if the connection broke.
        logger.error("the projection of a user failed", exc_info=error)
        is_transient = isinstance(error, OperationalError)  # a deadlock, a timeout
        projection_queue.postpone(claimed.user_id, seconds=RETRY_PAUSE_S if is_transient else FAILURE_PAUSE_S)
    return True
