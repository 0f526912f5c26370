"""Writes the positions of events in their sessions, and corrects them when the log is read again under other rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from events.wire.hook_event import HookEvent
from memory.models import SearchDocument, Session, SessionEvent
from memory.projection.bulk_insert import insert_rows
from memory.projection.repository import ENTRY_MODELS


@dataclass(frozen=True, slots=True)
class PositionChanges:
    """`new_seqs`: events whose position is missing. `outdated_seqs`: events with a wrong position."""

    new_seqs: frozenset[int]
    outdated_seqs: frozenset[int]


def compare(hook_events: Sequence[HookEvent], stored: Mapping[int, tuple[str, int]]) -> PositionChanges:
    """Compares events with the positions that are stored, by number: the session and the time.

    A new event has no position; after a reset the events that are read again have those of the earlier rules.
    """
    unchanged = {event.seq for event in hook_events if stored.get(event.seq) == (event.session_id, event.at_us)}
    return PositionChanges(
        frozenset({event.seq for event in hook_events} - unchanged), frozenset(stored.keys() - unchanged)
    )


def add_positions(hook_events: Iterable[tuple[UUID, HookEvent]]) -> None:
    """Writes the positions of events, each with its user. Call it within the transaction that advances the cursor."""
    insert_rows(SessionEvent, list(hook_events))


def remove_positions(user_id: UUID, seqs: frozenset[int]) -> None:
    """Removes positions with the rows of their events, and marks the sessions that lose an event.

    Call it within the transaction that advances the cursor.
    """
    positions = SessionEvent.objects.for_user(user_id).filter(seq__in=seqs)
    sessions = set(positions.values_list("session_id", flat=True))
    for model in (*ENTRY_MODELS, SearchDocument, SessionEvent):
        model.objects.for_user(user_id).filter(seq__in=seqs).delete()
    Session.objects.for_user(user_id).filter(session_id__in=sessions).update(needs_rebuild=True)
