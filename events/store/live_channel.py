"""The messages by which processes tell each other whose logs have grown. Pure.

A message is the sender's mark of 8 bytes, then the 16 bytes of each user's id. A sender ignores its own messages.
"""

import os
from collections.abc import Iterable
from uuid import UUID

CHANNEL = "memfog:live:users"
# Processes of the previous release publish there the id of one user, and listen to nothing else.
EARLIER_CHANNEL = "memfog:live"
MARK_BYTES, ID_BYTES = 8, 16
NO_MARK = bytes(MARK_BYTES)  # of a process that listens to no messages


def make_mark() -> bytes:
    return os.urandom(MARK_BYTES)


def encode_message(mark: bytes, user_ids: Iterable[UUID]) -> bytes:
    return mark + b"".join(user_id.bytes for user_id in user_ids)


def decode_message(message: bytes, *, own_mark: bytes) -> list[UUID]:
    """Returns the users of a message, of either channel; none if the message is one's own or is malformed."""
    mark, ids = (NO_MARK, message) if len(message) == ID_BYTES else (message[:MARK_BYTES], message[MARK_BYTES:])
    if mark == own_mark or len(ids) % ID_BYTES:
        return []
    return [UUID(bytes=ids[start : start + ID_BYTES]) for start in range(0, len(ids), ID_BYTES)]
