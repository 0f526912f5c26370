"""Writes rows of the log into each kind of database: numbered, each id once, all or nothing.

Both ways take the same steps: lock the users' streams, drop the ids they know, number the rest, insert, move the
heads. PostgreSQL takes them in one call of the function `events_append` (`events/sql/`), so that a commit costs one
round trip; SQLite takes them here. Only `events.store.log` imports this module.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg import Cursor

from events.store import removed_ids
from events.store.async_postgres import AsyncPostgresPool
from events.store.drafts import EventRow
from events.store.pg_arrays import ByteaArray, Int64Array, PgArray, UuidArray

ID_BATCH_SIZE = 10_000  # ids in one SQLite statement, which takes 32,766 parameters


def append(rows: Sequence[EventRow]) -> set[int]:
    """Stores the new rows and returns their indices. Committed when it returns, unless in a transaction."""
    return APPEND_BY_VENDOR[connection.vendor](rows) if rows else set()


# A single statement is its own transaction outside of one: it starts, commits and answers in one round trip.
APPEND_SQL = b"SELECT events_append(%b, %b, %b, %b, %b, %b)"


async def append_async(pool: AsyncPostgresPool, rows: Sequence[EventRow]) -> set[int]:
    """The same by an asynchronous connection of PostgreSQL. Safe to execute twice, since events have ids."""
    ((numbers,),) = await pool.fetch(APPEND_SQL, to_columns(rows))
    return _to_indices(numbers)


def to_columns(rows: Sequence[EventRow]) -> list[PgArray]:
    """The parameters of `APPEND_SQL`."""
    users, ids, *numbers, bodies = zip(*rows, strict=True)
    return [UuidArray(users), UuidArray(ids), *map(Int64Array, numbers), ByteaArray(bodies)]


def _to_indices(numbers: Sequence[int]) -> set[int]:
    """Converts the positions that `APPEND_SQL` returns, which start at 1."""
    return {number - 1 for number in numbers}


def _append_to_postgresql(rows: Sequence[EventRow]) -> set[int]:
    connection.ensure_connection()
    # psycopg's own cursor sends binary arrays; Django's cursor writes parameters into the text of the statement.
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        (answer,) = cursor.execute(APPEND_SQL, to_columns(rows), binary=True).fetchall()
        return _to_indices(answer[0])


def _append_to_sqlite(rows: Sequence[EventRow]) -> set[int]:
    # The transaction starts with BEGIN IMMEDIATE and is the only writer, so it needs no other lock.
    with transaction.atomic():
        streams = _load_streams({row.user_id for row in rows})
        heads = {user: head for user, (head, _) in streams.items()}
        known = _find_known_ids(
            [(row.user_id, row.id) for row in rows],
            {user for user, (_, has_removed_ids) in streams.items() if has_removed_ids},
        )
        new_rows: dict[int, tuple[Any, ...]] = {}
        for index, row in enumerate(rows):
            if (row.user_id, row.id) in known:
                continue
            known.add((row.user_id, row.id))
            heads[row.user_id] += 1
            new_rows[index] = (row.user_id, heads[row.user_id], row.id, *row[2:])
        if new_rows:
            _insert_rows(new_rows.values(), {row[0]: heads[row[0]] for row in new_rows.values()})
    return set(new_rows)


def _load_streams(users: set[UUID]) -> dict[UUID, tuple[int, bool]]:
    """Loads the head of each user's stream, and whether retention has removed events from it."""
    with connection.cursor() as cursor:
        insert = (
            "INSERT INTO events_stream (user_id, head, has_removed_ids) VALUES (%s, 0, false) ON CONFLICT DO NOTHING"
        )
        cursor.executemany(insert, [(user,) for user in users])
        placeholders = ", ".join(["%s"] * len(users))
        query = f"SELECT user_id, head, has_removed_ids FROM events_stream WHERE user_id IN ({placeholders})"
        cursor.execute(query, list(users))
        return {UUID(bytes=user): (head, bool(has_removed_ids)) for user, head, has_removed_ids in cursor.fetchall()}


def _find_known_ids(pairs: Sequence[tuple[UUID, UUID]], users_with_removed_ids: set[UUID]) -> set[tuple[UUID, UUID]]:
    ids: dict[UUID, list[UUID]] = defaultdict(list)
    for user, event in pairs:
        ids[user].append(event)
    parts = (
        (user, of_user[at : at + ID_BATCH_SIZE])
        for user, of_user in ids.items()
        for at in range(0, len(of_user), ID_BATCH_SIZE)
    )
    known = {(user, event) for user, part in parts for event in _find_known_ids_of_user(user, part)}
    return known | {
        (user, event) for user in users_with_removed_ids for event in removed_ids.find_known(user, ids[user])
    }


def _find_known_ids_of_user(user: UUID, ids: Sequence[UUID]) -> list[UUID]:
    # One query for each user: for pairs of user and id SQLite would read the whole table.
    placeholders = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        query = f"SELECT id FROM events_event WHERE user_id = %s AND id IN ({placeholders})"
        cursor.execute(query, [user, *ids])
        return [UUID(bytes=event) for (event,) in cursor.fetchall()]


_MOVE_HEAD_SQL = """
UPDATE events_stream SET head = %s, behind_since_us = COALESCE(behind_since_us, %s),
    queued_us = COALESCE(queued_us, %s)
WHERE user_id = %s"""


def _insert_rows(rows: Iterable[tuple[Any, ...]], heads: dict[UUID, int]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO events_event (user_id, seq, id, location_id, ts_us, received_us, body) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s)",
            list(rows),
        )
        now_us = time.time_ns() // 1_000
        cursor.executemany(_MOVE_HEAD_SQL, [(head, now_us, now_us, user) for user, head in heads.items()])


APPEND_BY_VENDOR = {"postgresql": _append_to_postgresql, "sqlite": _append_to_sqlite}
