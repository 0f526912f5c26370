"""Writes the positions of events in their sessions, and corrects them when the log is read again under other rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from events.isolation.row_security import acting_for_user
from events.wire.hook_event import HookEvent
from memory.models import SearchDocument, Session, SessionEvent
from memory.projection.bulk_insert import insert_rows
from memory.projection.repository import ENTRY_MODELS


@dataclass(frozen=True, slots=True)
class PositionChanges:
    """`new_seqs`: events that lack the position they should have. `outdated_seqs`: events with one they should not."""

    new_seqs: frozenset[int]
    outdated_seqs: frozenset[int]


@acting_for_user
def find_changes(user_id: UUID, hook_events: Sequence[HookEvent], *, after: int, until: int) -> PositionChanges:
    """Compares the events with numbers over `after` and up to `until` with the positions that are stored."""
    rows = SessionEvent.objects.for_user(user_id).filter(seq__gt=after, seq__lte=until)
    stored = {seq: position for seq, *position in rows.values_list("seq", "session_id", "at_us")}
    unchanged = {event.seq for event in hook_events if stored.get(event.seq) == [event.session_id, event.at_us]}
    return PositionChanges(
        frozenset({event.seq for event in hook_events} - unchanged), frozenset(stored.keys() - unchanged)
    )


def apply_changes(user_id: UUID, hook_events: Sequence[HookEvent], changes: PositionChanges) -> None:
    """Writes new positions, and removes outdated ones. Call it within the transaction that advances the cursor."""
    if changes.outdated_seqs:
        _remove_positions(user_id, changes.outdated_seqs)
    insert_rows(user_id, SessionEvent, [event for event in hook_events if event.seq in changes.new_seqs])


def _remove_positions(user_id: UUID, seqs: frozenset[int]) -> None:
    """Removes positions with the rows of their events, and marks the sessions that lose an event."""
    positions = SessionEvent.objects.for_user(user_id).filter(seq__in=seqs)
    sessions = set(positions.values_list("session_id", flat=True))
    for model in (*ENTRY_MODELS, SearchDocument, SessionEvent):
        model.objects.for_user(user_id).filter(seq__in=seqs).delete()
    Session.objects.for_user(user_id).filter(session_id__in=sessions).update(needs_rebuild=True)
