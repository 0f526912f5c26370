"""Projects the next batch of the log of each of some users, with the same statements for all of them.

A statement costs as much for a few events as for one user's few hundred, and most users have a few new events.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from events.isolation.row_security import acting_for, acting_for_group
from events.store import log, next_events
from events.store.log import Record
from events.store.pg_arrays import BooleanArray, Int64Array, UuidArray
from events.wire.hook_event import HookEvent
from memory.models import ProjectionState
from memory.preferences import own_prices, preference_queries
from memory.projection import event_positions, repository, shared_answers, statements, table_statistics
from memory.projection.event_positions import PositionChanges
from memory.projection.stored_sessions import NewEvents, StoredSessions, load_stored
from memory.projection.user_queue import projection_queue
from memory.rules.session_projection import SessionProjection, start_projection
from memory.values import price_table
from memory.values.price_table import NO_OWN_PRICES, PriceTable


class ProjectedBatch(NamedTuple):
    """What a batch leaves to do: whether more events were there, and whether sessions must be rebuilt."""

    has_more: bool = False
    needs_rebuild: bool = False


@dataclass(frozen=True, slots=True)
class _Batch:
    """The next events of a user, and the rows that follow from them."""

    new_events: NewEvents
    records: Sequence[Record]
    changes: PositionChanges
    projections: Sequence[SessionProjection]
    has_more: bool

    @property
    def state(self) -> ProjectionState:
        return self.new_events.state

    @property
    def user_id(self) -> UUID:
        return self.state.user_id

    @property
    def deleted_seqs(self) -> list[int]:
        return [record.seq for record in self.records if record.is_deleted]

    @property
    def stays_complete(self) -> bool:
        is_outdated = self.deleted_seqs or self.changes.outdated_seqs
        return not is_outdated and not any(one.needs_rebuild for one in self.projections)


def project_batches(states: Sequence[ProjectionState], batch_size: int) -> list[ProjectedBatch]:
    """Projects the next events of each user, and moves the users in the queue of the projection.

    Several users must be claimed, and projected within the transaction of the claim.
    """
    now_us = time.time_ns() // 1_000
    users = [state.user_id for state in states]
    with acting_for_group(users):
        batches = _apply_rules(states, batch_size)
    # Within the transaction of a claim a savepoint would only cost two more round trips.
    with acting_for_group(users), transaction.atomic(savepoint=False):
        is_complete = _advance_cursors([one for one in batches if one.records])
        _write([one for one in batches if one.user_id in is_complete])
        reached = [
            projection_queue.Progress(one.user_id, one.new_events.until, one.has_more)
            for one in batches
            if one.user_id in is_complete or not one.records
        ]
        projection_queue.leave_or_requeue(reached, now_us=now_us)
        transaction.on_commit(partial(table_statistics.record_events_read, sum(len(one.records) for one in batches)))
    return [_describe(one, is_complete.get(one.user_id)) for one in batches]


def _describe(batch: _Batch, is_complete: bool | None) -> ProjectedBatch:
    """Describes what a batch left. Without `is_complete` another projector has moved the cursor."""
    if not batch.records:
        return ProjectedBatch(needs_rebuild=not batch.state.is_complete)
    if is_complete is None:
        return ProjectedBatch(has_more=True)
    return ProjectedBatch(batch.has_more, needs_rebuild=not is_complete)


def _apply_rules(states: Sequence[ProjectionState], batch_size: int) -> list[_Batch]:
    cursors = [(state.user_id, state.cursor) for state in states]
    records = next_events.load_next(cursors, limit=batch_size)
    new_events = [_parse(state, records[state.user_id]) for state in states]
    stored = load_stored([one for one in new_events if one.hook_events or one.may_have_positions])
    return [
        _make_batch(one, records[one.state.user_id], stored, has_more=len(records[one.state.user_id]) == batch_size)
        for one in new_events
    ]


def _parse(state: ProjectionState, records: Sequence[Record]) -> NewEvents:
    parsed = (HookEvent.parse(one.seq, one.text, one.received_us) for one in records if not one.is_deleted)
    hook_events = [hook_event for hook_event in parsed if hook_event.session_id]
    return NewEvents(state, hook_events, records[-1].seq if records else state.cursor)


def _make_batch(new_events: NewEvents, records: Sequence[Record], stored: StoredSessions, *, has_more: bool) -> _Batch:
    user_id = new_events.state.user_id
    changes = event_positions.compare(new_events.hook_events, stored.positions.get(user_id, {}))
    prices = _load_prices(new_events)
    projections = _project_sessions(new_events, stored, changes.new_seqs, prices)
    return _Batch(new_events, records, changes, projections, has_more)


def _load_prices(new_events: NewEvents) -> PriceTable:
    """Loads the user's own prices if the batch needs them. If they change meanwhile, the generation does, too."""
    has_own = new_events.state.price_revision and any(one.hook == "usage" for one in new_events.hook_events)
    return own_prices.load_price_table(new_events.state.user_id) if has_own else NO_OWN_PRICES


def _project_sessions(
    new_events: NewEvents, stored: StoredSessions, new_seqs: frozenset[int], prices: PriceTable
) -> list[SessionProjection]:
    """Applies the new events to their sessions. A session without a row is started."""
    user_id, projections = new_events.state.user_id, []
    default = preference_queries.parse_excluded_tools(None)
    excluded_tools = stored.excluded_tools.get(user_id, default)
    for session_id, session_events in new_events.by_session.items():
        events = [event for event in session_events if event.seq in new_seqs]
        projection = stored.open_projection((user_id, session_id), excluded_tools=excluded_tools, prices=prices)
        if not events and projection:
            continue
        projection = projection or start_projection(session_events, excluded_tools=excluded_tools, prices=prices)
        projection.needs_rebuild |= len(events) < len(session_events)
        projection.apply(events)
        projections.append(projection)
    return projections


# Retention may have marked the projection as incomplete since the state was loaded. A process of the next release may
# have computed all costs by later prices than those of this batch.
_ADVANCE_SQL = """
WITH batch (user_id, cursor, generation, rules_version, until, stays_complete, has_deletions, version) AS ({values})
UPDATE memory_projectionstate SET cursor = batch.until, is_complete = is_complete AND stays_complete,
    has_unseen_deletions = has_unseen_deletions OR has_deletions,
    priced_version = CASE WHEN priced_version > version THEN version ELSE priced_version END
FROM batch WHERE memory_projectionstate.user_id = batch.user_id AND memory_projectionstate.cursor = batch.cursor
    AND memory_projectionstate.generation = batch.generation
    AND memory_projectionstate.rules_version = batch.rules_version
RETURNING memory_projectionstate.user_id, memory_projectionstate.is_complete"""
_ADVANCE_KINDS = (UuidArray, *[Int64Array] * 4, *[BooleanArray] * 2, Int64Array)


def _advance_cursors(batches: Sequence[_Batch]) -> dict[UUID, bool]:
    """Moves the cursors, and locks their rows until the transaction ends. Returns which projections are complete.

    A user whose cursor another projector has moved is left out.
    """
    if not batches:
        return {}
    rows = [_list_advance(one) for one in batches]
    values, parameters = statements.make_values(rows, _ADVANCE_KINDS)
    advanced = statements.fetch(_ADVANCE_SQL.format(values=values), parameters)
    return {_to_uuid(user_id): bool(is_complete) for user_id, is_complete in advanced}


def _list_advance(batch: _Batch) -> tuple[object, ...]:
    state = batch.state
    expected = state.user_id, state.cursor, state.generation, state.rules_version
    version = price_table.current_version(state.price_revision)
    return (*expected, batch.new_events.until, batch.stays_complete, bool(batch.deleted_seqs), version)


def _to_uuid(value: UUID | bytes) -> UUID:
    return UUID(bytes=value) if isinstance(value, bytes) else value  # bytes on SQLite


def _write(batches: Sequence[_Batch]) -> None:
    for one in batches:
        if one.changes.outdated_seqs:
            with acting_for(one.user_id):
                event_positions.remove_positions(one.user_id, one.changes.outdated_seqs)
    with statements.pipeline():
        event_positions.add_positions(_list_positions(batches))
        repository.save_projections([(one.user_id, projection) for one in batches for projection in one.projections])
    for one in batches:
        if any(projection.usages for projection in one.projections):
            with acting_for(one.user_id):
                shared_answers.settle_answers(one.user_id, one.projections)
        if one.deleted_seqs:
            with acting_for(one.user_id):
                original_seqs = log.load_original_seqs(one.user_id, one.deleted_seqs)
                repository.mark_for_rebuild(one.user_id, original_seqs)


def _list_positions(batches: Iterable[_Batch]) -> Iterable[tuple[UUID, HookEvent]]:
    for one in batches:
        events = (event for event in one.new_events.hook_events if event.seq in one.changes.new_seqs)
        yield from ((one.user_id, event) for event in events)
