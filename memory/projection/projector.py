"""Projects a user's log from the stored cursor on, in batches.

Under other rules the log is read again from its first event, and each session is rebuilt. Until the rows of a session
are replaced, in one transaction, readers get those of the earlier rules.

Rows and cursor are written in one transaction per batch, so that a crash neither repeats nor skips an event. The slow
part, reading and applying rules, comes before it: several projectors may work at once, and a projector that finds the
cursor moved discards its batch and starts again.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from events.isolation.row_security import acting_for
from events.store import log
from events.wire.hook_event import HookEvent
from memory.models import ProjectionState
from memory.preferences import own_prices, preference_queries
from memory.projection import (
    event_positions,
    index_cleanup,
    projection_queue,
    repository,
    session_rebuild,
    shared_answers,
    statements,
    table_statistics,
)
from memory.rules.session_projection import SessionProjection, start_projection
from memory.values import price_table
from memory.values.price_table import NO_OWN_PRICES, PriceTable

# The version of the rules: a server with a newer version rebuilds all derived rows; one with an older version leaves
# them as they are.
VERSION = 18
EVENT_BATCH_SIZE = 500
# The version by which a test derived rows of recorded sessions, and their digest. Other rows need a higher `VERSION`;
# the test then names what belongs here.
TESTED_ROWS = (18, "4e7e351ffffc92aa3b944f2336a78b8c199a5b7791d46787519656e2b6255d7b")

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
        project_batch(user_id, state, batch_size)
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


def project_claimed(claimed: ProjectionState) -> "ProjectedBatch":
    """Projects the next batch of a claimed user, within the transaction of the claim."""
    state = claimed if claimed.rules_version >= VERSION else reset_projection(claimed.user_id)
    return project_batch(state.user_id, state, EVENT_BATCH_SIZE)


class ProjectedBatch(NamedTuple):
    """What a batch leaves to do: whether more events were there, and whether sessions must be rebuilt."""

    has_more: bool = False
    needs_rebuild: bool = False


def project_batch(user_id: UUID, state: ProjectionState, batch_size: int) -> ProjectedBatch:
    """Projects the next batch of the log, and moves the user in the queue of the projection."""
    now_us = time.time_ns() // 1_000
    records = log.load_after(user_id, state.cursor, limit=batch_size)
    if not records:
        projection_queue.leave_or_requeue(user_id, state.cursor, now_us=now_us, has_more=False)
        return ProjectedBatch(needs_rebuild=not state.is_complete)
    hook_events = [
        hook_event
        for record in records
        if not record.is_deleted
        and (hook_event := HookEvent.parse(record.seq, record.text, record.received_us)).session_id
    ]
    deleted_seqs = [record.seq for record in records if record.is_deleted]
    changes = event_positions.find_changes(user_id, hook_events, after=state.cursor, until=records[-1].seq)
    prices = _load_prices(state, hook_events)
    projections = _project_sessions(user_id, hook_events, changes.new_seqs, prices)
    has_more, cursor = len(records) == batch_size, records[-1].seq
    stays_complete = not (deleted_seqs or changes.outdated_seqs) and not any(one.needs_rebuild for one in projections)
    # Within the transaction of a claim a savepoint would only cost two more round trips.
    with acting_for(user_id), transaction.atomic(savepoint=False):
        is_complete = _advance_cursor(state, cursor, deleted=bool(deleted_seqs), stays_complete=stays_complete)
        if is_complete is None:
            return ProjectedBatch(has_more=True)
        if changes.outdated_seqs:
            event_positions.remove_positions(user_id, changes.outdated_seqs)
        with statements.pipeline():
            event_positions.add_positions(user_id, hook_events, changes)
            repository.save_projections(user_id, projections)
        shared_answers.settle_answers(user_id, projections)
        if deleted_seqs:
            repository.mark_for_rebuild(user_id, log.load_original_seqs(user_id, deleted_seqs))
        projection_queue.leave_or_requeue(user_id, cursor, now_us=now_us, has_more=has_more)
        transaction.on_commit(partial(table_statistics.record_events_read, len(records)))
    return ProjectedBatch(has_more, needs_rebuild=not is_complete)


def _load_prices(state: ProjectionState, hook_events: list[HookEvent]) -> PriceTable:
    """Loads the user's own prices if the batch needs them. If they change meanwhile, the generation does, too."""
    has_own = state.price_revision and any(hook_event.hook == "usage" for hook_event in hook_events)
    return own_prices.load_price_table(state.user_id) if has_own else NO_OWN_PRICES


def _project_sessions(
    user_id: UUID, hook_events: list[HookEvent], new_seqs: frozenset[int], prices: PriceTable
) -> list[SessionProjection]:
    """Applies the new events to their sessions. A session without a row is started."""
    by_session: dict[str, list[HookEvent]] = defaultdict(list)
    for hook_event in hook_events:
        by_session[hook_event.session_id].append(hook_event)
    with acting_for(user_id):
        excluded_tools = _load_excluded_tools(user_id)
        loaded = repository.load_projections(user_id, by_session, excluded_tools=excluded_tools, prices=prices)
    projections = []
    for session_id, session_events in by_session.items():
        new_events = [event for event in session_events if event.seq in new_seqs]
        if not new_events and session_id in loaded:
            continue
        projection = loaded.get(session_id) or start_projection(
            session_events, excluded_tools=excluded_tools, prices=prices
        )
        projection.needs_rebuild |= len(new_events) < len(session_events)
        projection.apply(new_events)
        projections.append(projection)
    return projections


def _load_excluded_tools(user_id: UUID) -> frozenset[str]:
    rows = statements.fetch("SELECT excluded_tools FROM memory_memorypreference WHERE user_id = %s", [user_id])
    return preference_queries.parse_excluded_tools(rows[0][0] if rows else None)


# Retention may have marked the projection as incomplete since the state was loaded. A process of the next release may
# have computed all costs by later prices than those of this batch.
_ADVANCE_SQL = """
UPDATE memory_projectionstate SET cursor = %s, is_complete = is_complete AND %s,
    has_unseen_deletions = has_unseen_deletions OR %s,
    priced_version = CASE WHEN priced_version > %s THEN %s ELSE priced_version END
WHERE user_id = %s AND cursor = %s AND generation = %s AND rules_version = %s RETURNING is_complete"""


def _advance_cursor(state: ProjectionState, cursor: int, *, deleted: bool, stays_complete: bool) -> bool | None:
    """Moves the cursor, and locks the row until the transaction ends. Returns whether the projection is complete.

    Returns None if another projector has moved the cursor.
    """
    expected = state.user_id, state.cursor, state.generation, VERSION
    version = price_table.current_version(state.price_revision)
    rows = statements.fetch(_ADVANCE_SQL, [cursor, stays_complete, deleted, version, version, *expected])
    return bool(rows[0][0]) if rows else None


def _unchanged_row(state: ProjectionState) -> QuerySet[ProjectionState]:
    """Selects the row, unless another projector has moved the cursor or reset the projection since it was loaded."""
    expected = {"user_id": state.user_id, "cursor": state.cursor, "generation": state.generation}
    return ProjectionState.objects.filter(rules_version=VERSION, **expected)
