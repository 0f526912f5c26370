"""Rebuilds sessions from all of their events: after late events, after deletions, and under other rules."""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from django.db import transaction

from events.isolation.row_security import acting_for, acting_for_user
from events.store import log
from events.wire.hook_event import HookEvent
from memory.models import ProjectionState, Session, SessionEvent
from memory.preferences import own_prices, preference_queries
from memory.projection import repository, shared_answers
from memory.rules.session_projection import SessionProjection, start_projection
from memory.values.price_table import PriceTable

EVENT_BATCH_SIZE, SESSION_BATCH_SIZE = 500, 50
MAX_ATTEMPTS = 5
MIN_EVENTS_PER_S = 1_000  # on a slow machine: a reader computes from it which sessions its time is too short for

Positions = dict[str, list[int]]  # by session, the numbers of its events in order


def rebuild_sessions(
    user_id: UUID, *, until: float, patient: bool = True, on_batch: Callable[[], None] = lambda: None
) -> bool:
    """Rebuilds all sessions marked for it, newest first; returns False if any is left.

    One is left if time ran out, if new events arrived during each of `MAX_ATTEMPTS` attempts, or, unless `patient`, if
    the time is too short for its events. `on_batch` is called after each transaction.
    """
    is_done = True
    for positions in _iter_batches(user_id, _find_sessions_to_rebuild(user_id)):
        if not patient and _count_events(positions) > (until - time.monotonic()) * MIN_EVENTS_PER_S:
            is_done = False
        elif _rebuild_batch(user_id, positions):
            on_batch()
        else:
            return False
        if time.monotonic() > until:
            return False
    return is_done


def _count_events(positions: Positions) -> int:
    return sum(map(len, positions.values()))


@acting_for_user
def count_marked(user_id: UUID) -> int:
    """Counts the sessions that wait for a rebuild."""
    return Session.objects.for_user(user_id).filter(needs_rebuild=True).count()


@acting_for_user
def _find_sessions_to_rebuild(user_id: UUID) -> list[str]:
    marked = Session.objects.for_user(user_id).filter(needs_rebuild=True)
    return list(marked.newest_first().values_list("session_id", flat=True))


def _iter_batches(user_id: UUID, sessions: Sequence[str]) -> Iterator[Positions]:
    """Yields sessions that are rebuilt in one transaction: many short ones, or few long ones."""
    for at in range(0, len(sessions), SESSION_BATCH_SIZE):
        batch: Positions = {}
        for session_id, seqs in _load_positions(user_id, sessions[at : at + SESSION_BATCH_SIZE]).items():
            batch[session_id] = seqs
            if _count_events(batch) >= EVENT_BATCH_SIZE:
                yield batch
                batch = {}
        if batch:
            yield batch


def _rebuild_batch(user_id: UUID, positions: Positions) -> bool:
    """Replaces the rows of some sessions; returns False if new events arrived during each of `MAX_ATTEMPTS` attempts.

    The sessions then stay marked, and the next reader tries again.
    """
    for _ in range(MAX_ATTEMPTS):
        generation = _load_generation(user_id)
        prices = own_prices.load_price_table(user_id)
        projections = _project_sessions(user_id, positions, prices)
        with acting_for(user_id), transaction.atomic():
            # This lock stops a concurrent projection during the comparison and the write.
            list(ProjectionState.objects.select_for_update().filter(user_id=user_id))
            current = _load_positions(user_id, list(positions))
            if _load_generation(user_id) == generation and current == positions:
                before = shared_answers.list_messages(user_id, list(positions))
                repository.delete_session_rows(user_id, list(positions))
                repository.save_projections([(user_id, one) for one in projections])
                shared_answers.settle_answers(user_id, projections)
                shared_answers.settle_messages(user_id, before)
                repository.lower_priced_version(user_id, prices.version)
                return True
        positions = current
    return False


def _load_generation(user_id: UUID) -> int | None:
    """Loads the number of resets of the projection, after other rules or other excluded tools; None without a state."""
    return ProjectionState.objects.filter(user_id=user_id).values_list("generation", flat=True).first()


@acting_for_user
def _load_positions(user_id: UUID, sessions: Sequence[str]) -> Positions:
    """Loads the numbers of the events of these sessions in order; a session without events has none."""
    positions: Positions = {session_id: [] for session_id in sessions}
    rows = SessionEvent.objects.for_user(user_id).filter(session_id__in=sessions).in_order()
    for session_id, seq in rows.values_list("session_id", "seq"):
        positions[session_id].append(seq)
    return positions


def _project_sessions(user_id: UUID, positions: Positions, prices: PriceTable) -> list[SessionProjection]:
    projections: dict[str, SessionProjection] = {}
    excluded_tools = preference_queries.load_excluded_tools(user_id)
    for hook_events in _load_events(user_id, [seq for seqs in positions.values() for seq in seqs]):
        for session_id, session_events in groupby(hook_events, key=attrgetter("session_id")):
            if session_id not in positions:
                continue  # the log is being read again, and will move this event
            events = list(session_events)
            if session_id not in projections:
                projections[session_id] = start_projection(events, excluded_tools=excluded_tools, prices=prices)
            projections[session_id].apply(events)
    return list(projections.values())


def _load_events(user_id: UUID, seqs: Sequence[int]) -> Iterator[list[HookEvent]]:
    """Yields the events with these numbers in batches, sorted by their session within each."""
    for at in range(0, len(seqs), EVENT_BATCH_SIZE):
        records = log.load_by_seqs(user_id, seqs[at : at + EVENT_BATCH_SIZE])
        # An event deleted in the meantime is missing here. Its tombstone in the log marks the session again.
        parsed = (HookEvent.parse(record.seq, record.text, record.received_us) for record in records)
        yield sorted((event for event in parsed if event.session_id), key=attrgetter("session_id"))
