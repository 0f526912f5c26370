"""Makes sessions anew from all of their events: those to which something came late, or of which some was deleted."""

import time
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db import transaction

from events.isolation.row_security import acting_for, acting_for_user
from events.store import log
from events.wire.hook_event import HookEvent, parse_hook_event
from memory.models import ProjectionState, Session, SessionEvent
from memory.preferences import preference_queries
from memory.projection import repository
from memory.rules.session_projection import SessionProjection, start_projection

EVENT_BATCH_SIZE = 500  # events read at a time
MAX_ATTEMPTS = 5


def rebuild_sessions(user_id: UUID, *, until: float) -> bool:
    """Mends what is torn; False if there was no time for all of it."""
    return all(
        _rebuild_session(user_id, session_id) and time.monotonic() <= until
        for session_id in _find_sessions_to_rebuild(user_id)
    )


@acting_for_user
def _find_sessions_to_rebuild(user_id: UUID) -> list[str]:
    return list(Session.objects.for_user(user_id).filter(needs_rebuild=True).values_list("session_id", flat=True))


def _rebuild_session(user_id: UUID, session_id: str) -> bool:
    """One session. Left torn when new events keep coming meanwhile; the next reader tries again."""
    for _ in range(MAX_ATTEMPTS):
        generation, seqs = _load_generation(user_id), _load_seqs(user_id, session_id)
        projection = _project_session(user_id, seqs)
        with acting_for(user_id), transaction.atomic():
            # Nobody reads on while this is compared and written.
            list(ProjectionState.objects.select_for_update().filter(user_id=user_id))
            if (_load_generation(user_id), _load_seqs(user_id, session_id)) == (generation, seqs):
                repository.delete_session_rows(user_id, session_id)
                repository.save_projections(user_id, [projection] if projection else [])
                return True
    return False


def _load_generation(user_id: UUID) -> int | None:
    """How often all of it was begun anew: by other rules in between, or with other tools to leave out."""
    return ProjectionState.objects.filter(user_id=user_id).values_list("generation", flat=True).first()


@acting_for_user
def _load_seqs(user_id: UUID, session_id: str) -> list[int]:
    """The session's events in their order."""
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
        # One that was deleted a moment ago is missed here; the log will say so.
        parsed = (parse_hook_event(record.seq, record.id, record.text, record.received_us) for record in records)
        if hook_events := [hook_event for hook_event in parsed if hook_event]:
            yield hook_events
