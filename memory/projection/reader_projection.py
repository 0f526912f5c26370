"""Projects new events for a reader, before a page or an answer shows what is projected.

Where workers run, a worker does it and the reader waits briefly, so that a page only reads: a replica of the database
can serve it. Without a worker, or if none is free in time, the reader projects on its own.
"""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.db import InternalError, connection
from psycopg.errors import ReadOnlySqlTransaction

from events import deadline
from events.isolation.row_security import acting_for_user
from events.store import log
from memory.models import ProjectionState, StaleDay
from memory.projection import projector, rollups
from memory.projection.user_queue import projection_requests, worker_wake

# A worker that has not started by then is busy with others.
START_TIMEOUT_S = 0.5


def catch_up(user_id: UUID, *, seconds: float) -> bool:
    """Like `projector.catch_up`, for readers. Returns False if the rows do not show all of the log."""
    return _catch_up(user_id, seconds, _is_projected, lambda rest: projector.catch_up(user_id, seconds=rest))


def catch_up_with_totals(user_id: UUID, *, seconds: float) -> bool:
    """The same for the totals of the insights."""

    def catch_up_here(rest: float) -> bool:
        is_projected = projector.catch_up(user_id, seconds=rest)
        return rollups.refresh_totals(user_id, seconds=rest) and is_projected

    return _catch_up(user_id, seconds, lambda of: _is_projected(of) and _has_totals(of), catch_up_here)


def _catch_up(
    user_id: UUID, seconds: float, is_current: Callable[[UUID], bool], catch_up_here: Callable[[float], bool]
) -> bool:
    # A worker does not see what the reader's own transaction wrote.
    if connection.in_atomic_block or not settings.REDIS_URL:
        return catch_up_here(seconds)
    if is_current(user_id):
        return True
    # No worker of this release projects a log that one of the next release has projected.
    if _has_later_rules(user_id) or not worker_wake.has_worker():
        return catch_up_here(seconds)
    if _ask_worker(user_id, seconds) and is_current(user_id):
        return True
    try:
        # With the full time again: the events since the last page are few, and this page must show them.
        return catch_up_here(seconds)
    except InternalError as error:
        if isinstance(error.__cause__, ReadOnlySqlTransaction):
            return False
        raise


def _ask_worker(user_id: UUID, seconds: float) -> bool:
    """Waits for a worker to project the log; returns False if it has not in time, or if no worker started."""
    try:
        request = projection_requests.send_request(user_id)
        worker_wake.wake_worker()
        return projection_requests.await_projection(
            request, start_s=START_TIMEOUT_S, end_s=seconds, check=deadline.check
        )
    except projection_requests.REDIS_ERRORS:
        return False


def _is_projected(user_id: UUID) -> bool:
    head = log.load_head(user_id)
    state = ProjectionState.objects.filter(user_id=user_id, rules_version=projector.VERSION, is_complete=True)
    return not head or state.filter(cursor__gte=head).exists()


def _has_later_rules(user_id: UUID) -> bool:
    return ProjectionState.objects.filter(user_id=user_id, rules_version__gt=projector.VERSION).exists()


@acting_for_user
def _has_totals(user_id: UUID) -> bool:
    return not StaleDay.objects.for_user(user_id).exists()
