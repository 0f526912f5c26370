"""Appends rows to the log on SQLite, by the driver's own connection.

A cursor of Django costs several times what SQLite takes for a statement of one row. The unique index of ids finds the
known ones, so that no query looks for them. Only `events.store.append_rows` imports this module.
"""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from events.store import removed_ids
from events.store.drafts import EventRow

_INSERT_SQL = "INSERT INTO events_event (user_id, seq, id, location_id, ts_us, received_us, body) VALUES "
_ROW_SQL = "(?, ?, ?, ?, ?, ?, ?)"
_INSERT_UNKNOWN_SQL = f"{_INSERT_SQL}{_ROW_SQL} ON CONFLICT (user_id, id) DO NOTHING"
# A statement of many rows takes the interpreter lock once, for which the event loop's thread competes. Few sizes, so
# that the driver keeps their statements.
_INSERTS_BY_SIZE = {size: _INSERT_SQL + ", ".join([_ROW_SQL] * size) for size in (32, 8, 2, 1)}
_STREAM_SQL = "SELECT head, has_removed_ids, behind_since_us + queued_us FROM events_stream WHERE user_id = ?"
_NEW_STREAM_SQL = "INSERT INTO events_stream (user_id, head, has_removed_ids) VALUES (?, 0, 0)"
_MOVE_HEAD_SQL = "UPDATE events_stream SET head = ? WHERE user_id = ?"
# A statement of its own, since it also writes to the index of the queue.
_MOVE_HEAD_AND_QUEUE_SQL = """
UPDATE events_stream SET head = ?, behind_since_us = COALESCE(behind_since_us, ?), queued_us = COALESCE(queued_us, ?)
WHERE user_id = ?"""


@dataclass(slots=True)
class _LockedStream:
    """The stream of a user during the transaction. `removed` are the ids that retention has removed."""

    user: bytes
    head: int
    last: int
    is_queued: bool
    removed: set[UUID]


def append(rows: Sequence[EventRow]) -> set[int]:
    """Stores the new rows and returns their indices. Committed when it returns, unless in a transaction."""
    connection.ensure_connection()
    with connection.wrap_database_errors, _transaction(connection.connection):
        return _append(connection.connection.cursor(), rows)


@contextmanager
def _transaction(sqlite: sqlite3.Connection) -> Iterator[None]:
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    sqlite.execute("BEGIN IMMEDIATE")  # the only writer from here on, so that it needs no other lock
    try:
        yield
        sqlite.execute("COMMIT")
    except BaseException:
        sqlite.rollback()
        raise


def _append(cursor: sqlite3.Cursor, rows: Sequence[EventRow]) -> set[int]:
    streams: dict[UUID, _LockedStream] = {}
    new_indices: set[int] = set()
    for user_id in {row.user_id: None for row in rows}:
        streams[user_id] = _load_stream(cursor, user_id, rows)
    indices = [index for index, row in enumerate(rows) if row.id not in streams[row.user_id].removed]
    for part in _split(indices):
        new_indices.update(_insert(cursor, streams, rows, part))
    for stream in streams.values():
        _move_head(cursor, stream)
    return new_indices


def _split(indices: Sequence[int]) -> Iterator[Sequence[int]]:
    """Splits a group into parts whose sizes have a statement."""
    start = 0
    for size in _INSERTS_BY_SIZE:
        while start + size <= len(indices):
            yield indices[start : start + size]
            start += size


def _insert(
    cursor: sqlite3.Cursor, streams: Mapping[UUID, _LockedStream], rows: Sequence[EventRow], part: Sequence[int]
) -> Iterable[int]:
    """Inserts a part of a group. Returns the indices of the rows that are new."""
    heads = {user_id: stream.last for user_id, stream in streams.items()}
    values: list[object] = []
    for index in part:
        values += _number(streams, rows[index])
    try:
        cursor.execute(_INSERTS_BY_SIZE[len(part)], values)
    except sqlite3.IntegrityError:  # one of the ids is known, which is rare: the statement has stored nothing
        for user_id, stream in streams.items():
            stream.last = heads[user_id]
        return [index for index in part if _insert_unknown(cursor, streams, rows[index])]
    return part


def _insert_unknown(cursor: sqlite3.Cursor, streams: Mapping[UUID, _LockedStream], row: EventRow) -> bool:
    """Inserts a row unless its id is known."""
    stream = streams[row.user_id]
    cursor.execute(_INSERT_UNKNOWN_SQL, _number(streams, row))
    if cursor.rowcount:
        return True
    stream.last -= 1  # only new events get a number
    return False


def _number(streams: Mapping[UUID, _LockedStream], row: EventRow) -> tuple[object, ...]:
    """Returns the values of a row with the next number of its user's stream."""
    user_id, id_, *values = row
    stream = streams[user_id]
    stream.last += 1
    return (stream.user, stream.last, id_.bytes, *values)


def _load_stream(cursor: sqlite3.Cursor, user_id: UUID, rows: Sequence[EventRow]) -> _LockedStream:
    user = user_id.bytes
    row = cursor.execute(_STREAM_SQL, (user,)).fetchone()
    if row is None:
        cursor.execute(_NEW_STREAM_SQL, (user,))
    head, has_removed_ids, queued = row or (0, False, None)
    ids = [one.id for one in rows if one.user_id == user_id] if has_removed_ids else []
    removed = removed_ids.find_known(user_id, ids) if ids else set()
    return _LockedStream(user, head, head, queued is not None, removed)


def _move_head(cursor: sqlite3.Cursor, stream: _LockedStream) -> None:
    if stream.last == stream.head:
        return
    if stream.is_queued:
        cursor.execute(_MOVE_HEAD_SQL, (stream.last, stream.user))
    else:
        now_us = time.time_ns() // 1_000
        cursor.execute(_MOVE_HEAD_AND_QUEUE_SQL, (stream.last, now_us, now_us, stream.user))
