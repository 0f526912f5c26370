"""Deletes a session for real: its events leave the log, and what was derived from them goes with them."""

from uuid import UUID

from events import deletion, live, log
from memory import projector, steps

AT_ONCE = 500  # events deleted in one transaction
PATIENCE = 5.0  # seconds for what was derived to follow; the clock does the rest


def delete(user_id: UUID, session_id: str) -> int:
    """Deletes the session's events, as far as the log has been read; how many those were."""
    ids, deleted = steps.ids(user_id, session_id), 0
    end = log.head(user_id)
    for at in range(0, len(ids), AT_ONCE):
        matching = deletion.with_ids(ids[at : at + AT_ONCE])
        deleted += deletion.slice_(user_id, matching, 0, end).deleted
    if deleted:
        live.wake(user_id)
        projector.catch_up(user_id, seconds=PATIENCE)
    return deleted
