"""Projects the users of the queue in groups, one batch each; any number of workers may do so at once. On PostgreSQL."""

import logging
import time
from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import OperationalError

from memory.models import ProjectionState
from memory.projection import batch_projection, projector, rollups
from memory.projection.user_queue import projection_queue, projection_requests, user_claims, worker_wake

logger = logging.getLogger(__name__)

WAKE_INTERVAL_S = 0.5
GROUP_USERS = 32  # of one transaction
RETRY_PAUSE_S, FAILURE_PAUSE_S = 5.0, 60.0  # seconds until a user whose projection failed gets another attempt


def project_waiting_users(
    *, seconds: float, wake: Callable[[], None], on_projected: Callable[[UUID], None] = lambda user_id: None
) -> None:
    """Projects the users who are due, for up to `seconds`. Calls `wake` while other workers may find work, too. It ends
    after a group that was not full: users who become due meanwhile have an alarm, and are then a larger group.

    Calls `on_projected` with each user who has a channel for notices, when a part of the log was projected.
    """
    until, next_wake = time.monotonic() + seconds, 0.0
    worker_wake.show_presence()
    projection_queue.prepare_new_users(projector.VERSION)
    while project_requested_user(on_projected) or project_next_users(on_projected):
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


def project_next_users(on_projected: Callable[[UUID], None] = lambda user_id: None, *, most: int = GROUP_USERS) -> bool:
    """Projects a batch of each of the users who have waited longest; returns False if no more users are due.

    Most have a few new events, and together they cost hardly more than one user with as many.
    """
    claim = user_claims.Claim([], has_more=False)
    try:
        with user_claims.claim(projector.VERSION, users=most, events=projector.EVENT_BATCH_SIZE) as claim:
            batches = projector.project_claimed(claim.states)
    except Exception as error:
        _project_apart(claim.states, error, on_projected)
        return True
    for state, batch in zip(claim.states, batches, strict=True):
        _complete(state, batch, on_projected)
    return claim.has_more or any(batch.has_more for batch in batches)


def _project_apart(claimed: Sequence[ProjectionState], error: Exception, on_projected: Callable[[UUID], None]) -> None:
    """Projects each user of a group alone after an error: one user's projection must not stop that of the others.

    Raises if the connection broke.
    """
    if not claimed:
        raise error
    if len(claimed) == 1:
        _postpone(claimed[0], error)
        return
    # They have kept their places in the queue.
    for _ in claimed:
        project_next_users(on_projected, most=1)


def _complete(
    state: ProjectionState, batch: batch_projection.ProjectedBatch, on_projected: Callable[[UUID], None]
) -> None:
    """Rebuilds sessions and looks for notices, after a batch that read the log to its end."""
    try:
        if batch.needs_rebuild and not batch.has_more:
            projector.catch_up(state.user_id, seconds=projector.TASK_TIMEOUT_S)
        if state.notices_due_us is not None and not batch.has_more:
            on_projected(state.user_id)
    except Exception as error:
        _postpone(state, error)


def _postpone(state: ProjectionState, error: Exception) -> None:
    logger.error("the projection of a user failed", exc_info=error)
    is_transient = isinstance(error, OperationalError)  # a deadlock, a timeout
    projection_queue.postpone(state.user_id, seconds=RETRY_PAUSE_S if is_transient else FAILURE_PAUSE_S)
