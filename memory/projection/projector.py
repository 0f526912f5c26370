"""Projects a user's log from the stored cursor on, in batches.

Under other rules the log is read again from its first event, and each session is rebuilt. Until the rows of a session
are replaced, in one transaction, readers get those of the earlier rules.

Rows and cursor are written in one transaction per batch, so that a crash neither repeats nor skips an event. The slow
part, reading and applying rules, comes before it: several projectors may work at once, and a projector that finds the
cursor moved discards its batch and starts again.
"""

import time
from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from events.isolation.row_security import acting_for
from events.store import log
from memory.models import ProjectionState
from memory.projection import batch_projection, index_cleanup, repository, session_rebuild
from memory.projection.batch_projection import ProjectedBatch

# The version of the rules: a server with a newer version rebuilds all derived rows; one with an older version leaves
# them as they are.
VERSION = 19
EVENT_BATCH_SIZE = 500
# The version by which a test derived rows of recorded sessions, and their digest. Other rows need a higher `VERSION`;
# the test then names what belongs here.
TESTED_ROWS = (19, "6a6ae2e44581082f2dc76bfbfa298dfb2eda59ea72359e2302c2872631b6fc47")

# Time limits of `catch_up`, by what waits for it. The task `project_new_events` projects the rest of a log.
CONTEXT_TIMEOUT_S = 0.3  # a new session of the host tool, which starts after it
READ_TIMEOUT_S = 1.0  # a page or an API request, which shows what is projected by then
WRITE_TIMEOUT_S = 5.0  # a deletion, a retention preview, sample data: the next page should show their result
TASK_TIMEOUT_S = 5.0  # the other users of a periodic task


def catch_up(
    user_id: UUID,
    *,
    seconds: float = 1e9,
    batch_size: int = EVENT_BATCH_SIZE,
    on_progress: Callable[[int], None] = lambda cursor: None,
) -> bool:
    """Projects the log to its end; returns False if `seconds` were not enough. Idempotent.

    Calls `on_progress` with the cursor after each batch of the log or of sessions.
    """
    until = time.monotonic() + seconds
    state, head = _load_state(user_id), log.load_head(user_id)
    if state is not None and state.rules_version > VERSION:
        return False  # a process of the next release, which runs beside this one, projects this log
    while state is not None and state.cursor < head:
        # Always project at least one batch, however busy the machine is: it covers a small log.
        project_batch(state, batch_size)
        state, head = _load_state(user_id), log.load_head(user_id)
        on_progress(state.cursor if state else 0)
        if time.monotonic() > until:
            break
    if state is not None and state.cursor < head:
        return False
    if state is None or state.is_complete:
        return True
    if not _rebuild_sessions(user_id, until, patient=seconds >= TASK_TIMEOUT_S, on_batch=lambda: on_progress(head)):
        return False
    _mark_complete(user_id, state)
    return True


def _rebuild_sessions(user_id: UUID, until: float, *, patient: bool, on_batch: Callable[[], None]) -> bool:
    return session_rebuild.rebuild_sessions(user_id, until=until, patient=patient, on_batch=on_batch)


def _mark_complete(user_id: UUID, state: ProjectionState) -> None:
    """Marks the projection as complete, unless another projector has moved the cursor."""
    if state.has_unseen_deletions:
        index_cleanup.optimize_index()
    with acting_for(user_id), transaction.atomic():
        if _unchanged_row(state).update(is_complete=True, has_unseen_deletions=False) and state.has_unseen_deletions:
            repository.delete_orphaned_preferences(user_id)


def _load_state(user_id: UUID) -> ProjectionState | None:
    """Loads the projection state, after a reset if it has an earlier rules version.

    Returns None if the log is empty or the user was deleted.
    """
    state = ProjectionState.objects.filter(user_id=user_id).first()
    if state is not None and state.rules_version >= VERSION:
        return state
    if not log.load_head(user_id):
        return None
    try:
        return reset_projection(user_id)
    except IntegrityError:
        return None


def reset_projection(user_id: UUID) -> ProjectionState:
    """Makes the next `catch_up` start with the first event and rebuild every session. Until then all rows stay."""
    with acting_for(user_id), transaction.atomic():
        ProjectionState.objects.get_or_create(user_id=user_id)
        state = ProjectionState.objects.select_for_update().get(user_id=user_id)
        state.cursor, state.rules_version, state.is_complete = 0, VERSION, False
        state.generation += 1
        state.save()
        repository.mark_all_for_rebuild(user_id)
    return state


def project_claimed(claimed: Sequence[ProjectionState]) -> list[ProjectedBatch]:
    """Projects the next batch of each claimed user, within the transaction of the claim."""
    if not claimed:
        return []
    states = [one if one.rules_version >= VERSION else reset_projection(one.user_id) for one in claimed]
    return batch_projection.project_batches(states, EVENT_BATCH_SIZE)


def project_batch(state: ProjectionState, batch_size: int) -> ProjectedBatch:
    """Projects the next batch of a user's log, and moves the user in the queue of the projection."""
    (batch,) = batch_projection.project_batches([state], batch_size)
    return batch


def _unchanged_row(state: ProjectionState) -> QuerySet[ProjectionState]:
    """Selects the row, unless another projector has moved the cursor or reset the projection since it was loaded."""
    expected = {"user_id": state.user_id, "cursor": state.cursor, "generation": state.generation}
    return ProjectionState.objects.filter(rules_version=VERSION, **expected)
