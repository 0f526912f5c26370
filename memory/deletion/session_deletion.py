"""Deletes for real, mostly a session: its events leave the log, and what was derived from them goes with them."""

from collections.abc import Sequence
from uuid import UUID

from events.deletion import event_deletion
from events.store import log
from memory.projection import projector
from memory.sessions import session_events

DELETE_BATCH_SIZE = 500  # events deleted in one transaction
CATCH_UP_TIMEOUT_S = 5.0  # seconds for what was derived to follow; the clock does the rest


def delete_session(user_id: UUID, session_id: str) -> int:
    """Deletes the session's events, as far as the log has been read; how many those were."""
    return delete_events(user_id, session_events.list_event_ids(user_id, session_id))


def delete_events(user_id: UUID, ids: Sequence[UUID]) -> int:
    """Deletes these events, and what was derived from them; how many there were."""
    deleted, max_seq = 0, log.load_head(user_id)
    for at in range(0, len(ids), DELETE_BATCH_SIZE):
        matching = event_deletion.with_ids(ids[at : at + DELETE_BATCH_SIZE])
        deleted += event_deletion.delete_slice(user_id, matching, 0, max_seq).deleted
    if deleted:
        projector.catch_up(user_id, seconds=CATCH_UP_TIMEOUT_S)
    return deleted
