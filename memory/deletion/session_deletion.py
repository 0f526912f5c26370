"""Deletes a session, or chosen events, from the log together with the rows derived from them."""

from collections.abc import Sequence
from uuid import UUID

from events.deletion import event_deletion
from events.store import log
from memory.projection import projector
from memory.sessions import session_events

DELETE_BATCH_SIZE = 500  # events deleted in one transaction


def delete_session(user_id: UUID, session_id: str) -> int:
    """Deletes the session's events, as far as the log was projected; returns their number."""
    return delete_events(user_id, session_events.list_event_ids(user_id, session_id))


def delete_events(user_id: UUID, ids: Sequence[UUID]) -> int:
    """Deletes events and the rows derived from them; returns the number of deleted events."""
    deleted, max_seq = 0, log.load_head(user_id)
    for at in range(0, len(ids), DELETE_BATCH_SIZE):
        matching = event_deletion.with_ids(ids[at : at + DELETE_BATCH_SIZE])
        deleted += event_deletion.delete_slice(user_id, matching, 0, max_seq).deleted
    if deleted:
        projector.catch_up(user_id, seconds=projector.WRITE_TIMEOUT_S)
    return deleted
