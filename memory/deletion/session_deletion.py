"""Deletes for real, mostly a session: its events leave the log, and what was derived from them goes with them."""

from collections.abc import Sequence
from uuid import UUID

from events.deletion import event_deletion
from events.store import log, stream_hub
from memory.projection import projector
from memory.sessions import session_events

AT_ONCE = 500  # events deleted in one transaction
PATIENCE = 5.0  # seconds for what was derived to follow; the clock does the rest


def delete(user_id: UUID, session_id: str) -> int:
    """Deletes the session's events, as far as the log has been read; how many those were."""
    return delete_events(user_id, session_events.ids(user_id, session_id))


def delete_events(user_id: UUID, ids: Sequence[UUID]) -> int:
    """Deletes these events, and what was derived from them; how many there were."""
    deleted, end = 0, log.head(user_id)
    for at in range(0, len(ids), AT_ONCE):
        matching = event_deletion.with_ids(ids[at : at + AT_ONCE])
        deleted += event_deletion.slice_(user_id, matching, 0, end).deleted
    if deleted:
        stream_hub.wake(user_id)
        projector.catch_up(user_id, seconds=PATIENCE)
    return deleted
