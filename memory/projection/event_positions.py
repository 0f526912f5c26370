"""Writes the positions of events in their sessions, and corrects them when the log is read again under other rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from events.isolation.row_security import acting_for_user
from events.wire.hook_event import HookEvent
from memory.models import SearchDocument, Session, SessionEvent
from memory.projection import statements
from memory.projection.bulk_insert import insert_rows
from memory.projection.repository import ENTRY_MODELS


@dataclass(frozen=True, slots=True)
class PositionChanges:
    """`new_seqs`: events that lack the position they should have. `outdated_seqs`: events with one they should not."""

    new_seqs: frozenset[int]
    outdated_seqs: frozenset[int]


# A new event has no position; after a reset the events that are read again have those of the earlier rules.
_STORED_SQL = "SELECT seq, session_id, at_us FROM memory_sessionevent WHERE user_id = %s AND seq > %s AND seq <= %s"


@acting_for_user
def find_changes(user_id: UUID, hook_events: Sequence[HookEvent], *, after: int, until: int) -> PositionChanges:
    """Compares the events with numbers over `after` and up to `until` with the positions that are stored."""
    stored = {seq: position for seq, *position in _load_positions(user_id, after, until)}
    unchanged = {event.seq for event in hook_events if stored.get(event.seq) == [event.session_id, event.at_us]}
    return PositionChanges(
        frozenset({event.seq for event in hook_events} - unchanged), frozenset(stored.keys() - unchanged)
    )


def _load_positions(user_id: UUID, after: int, until: int) -> Iterable[tuple[Any, ...]]:
    if connection.vendor == "postgresql":
        return statements.fetch(_STORED_SQL, [user_id, after, until])
    rows = SessionEvent.objects.for_user(user_id).filter(seq__gt=after, seq__lte=until)
    return rows.values_list("seq", "session_id", "at_us")


def add_positions(user_id: UUID, hook_events: Sequence[HookEvent], changes: PositionChanges) -> None:
    """Writes new positions. Call it within the transaction that advances the cursor."""
    insert_rows(user_id, SessionEvent, [event for event in hook_events if event.seq in changes.new_seqs])


def remove_positions(user_id: UUID, seqs: frozenset[int]) -> None:
    """Removes positions with the rows of their events, and marks the sessions that lose an event.

    Call it within the transaction that advances the cursor.
    """
    positions = SessionEvent.objects.for_user(user_id).filter(seq__in=seqs)
    sessions = set(positions.values_list("session_id", flat=True))
    for model in (*ENTRY_MODELS, SearchDocument, SessionEvent):
        model.objects.for_user(user_id).filter(seq__in=seqs).delete()
    Session.objects.for_user(user_id).filter(session_id__in=sessions).update(needs_rebuild=True)
