"""Rebuilds sessions from all of their events, after late events or deletions."""

import time
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db import transaction

from events.isolation.row_security import acting_for, acting_for_user
from events.store import log
from events.wire.hook_event import HookEvent
from memory.models import ProjectionState, Session, SessionEvent
from memory.preferences import preference_queries
from memory.projection import repository
from memory.rules.session_projection import SessionProjection, start_projection

EVENT_BATCH_SIZE = 500
MAX_ATTEMPTS = 5


def rebuild_sessions(user_id: UUID, *, until: float) -> bool:
    """Rebuilds all sessions marked for it; returns False if time ran out, or if a session could not be rebuilt."""
    return all(
        _rebuild_session(user_id, session_id) and time.monotonic() <= until
        for session_id in _find_sessions_to_rebuild(user_id)
    )


@acting_for_user
def _find_sessions_to_rebuild(user_id: UUID) -> list[str]:
    return list(Session.objects.for_user(user_id).filter(needs_rebuild=True).values_list("session_id", flat=True))


def _rebuild_session(user_id: UUID, session_id: str) -> bool:
    """Rebuilds one session; returns False if new events arrived during each of `MAX_ATTEMPTS` attempts.

    The session then stays marked, and the next reader tries again.
    """
    for _ in range(MAX_ATTEMPTS):
        generation, seqs = _load_generation(user_id), _load_seqs(user_id, session_id)
        projection = _project_session(user_id, seqs)
        with acting_for(user_id), transaction.atomic():
            # This lock stops a concurrent projection during the comparison and the write.
            list(ProjectionState.objects.select_for_update().filter(user_id=user_id))
            if (_load_generation(user_id), _load_seqs(user_id, session_id)) == (generation, seqs):
                repository.delete_session_rows(user_id, session_id)
                repository.save_projections(user_id, [projection] if projection else [])
                return True
    return False


def _load_generation(user_id: UUID) -> int | None:
    """Loads the number of resets of the projection, after other rules or other excluded tools; None without a state."""
    return ProjectionState.objects.filter(user_id=user_id).values_list("generation", flat=True).first()


@acting_for_user
def _load_seqs(user_id: UUID, session_id: str) -> list[int]:
    """Loads the numbers of the session's events in order."""
    session_events = SessionEvent.objects.for_user(user_id).filter(session_id=session_id).in_order()
    return list(session_events.values_list("seq", flat=True))


def _project_session(user_id: UUID, seqs: Sequence[int]) -> SessionProjection | None:
    projection, excluded_tools = None, preference_queries.load_excluded_tools(user_id)
    for hook_events in _load_batches(user_id, seqs):
        projection = projection or start_projection(hook_events, excluded_tools=excluded_tools)
        projection.apply(hook_events)
    return projection


def _load_batches(user_id: UUID, seqs: Sequence[int]) -> Iterator[list[HookEvent]]:
    for at in range(0, len(seqs), EVENT_BATCH_SIZE):
        records = log.load_by_seqs(user_id, seqs[at : at + EVENT_BATCH_SIZE])
        # An event deleted in the meantime is missing here. Its tombstone in the log marks the session again.
        parsed = (HookEvent.parse(record.seq, record.text, record.received_us) for record in records)
        if hook_events := [hook_event for hook_event in parsed if hook_event.session_id]:
            yield hook_events
