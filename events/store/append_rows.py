"""Writes rows of the log into each kind of database: numbered, each id once, all or nothing.

Both ways take the same steps: lock the users' streams, drop the ids they know, number the rest, insert, move the
heads. PostgreSQL takes them in one call of the function `events_append_new` (`events/sql/`), so that a commit costs one
round trip; on SQLite `events.store.sqlite_append` takes them. Only `events.store.log` imports this module.
"""

from collections.abc import Sequence

from django.db import connection
from psycopg import Cursor

from events.store import sqlite_append
from events.store.async_postgres import AsyncPostgresPool
from events.store.drafts import EventRow
from events.store.pg_arrays import ByteaArray, Int64Array, PgArray, UuidArray


def append(rows: Sequence[EventRow]) -> set[int]:
    """Stores the new rows, which are sorted by user, and returns their indices.

    Committed when it returns, unless in a transaction.
    """
    return APPEND_BY_VENDOR[connection.vendor](rows) if rows else set()


# A single statement is its own transaction outside of one: it starts, commits and answers in one round trip.
APPEND_SQL = b"SELECT events_append_new(%b, %b, %b, %b, %b, %b)"


async def append_async(pool: AsyncPostgresPool, rows: Sequence[EventRow]) -> set[int]:
    """The same by an asynchronous connection of PostgreSQL. Safe to execute twice, since events have ids."""
    ((numbers,),) = await pool.fetch(APPEND_SQL, to_columns(rows))
    return _to_indices(numbers, len(rows))


def to_columns(rows: Sequence[EventRow]) -> list[PgArray]:
    """The parameters of `APPEND_SQL`."""
    users, ids, *numbers, bodies = zip(*rows, strict=True)
    return [UuidArray(users), UuidArray(ids), *map(Int64Array, numbers), ByteaArray(bodies)]


def _to_indices(numbers: Sequence[int] | None, count: int) -> set[int]:
    """Converts the positions that `APPEND_SQL` returns, which start at 1; None means all."""
    return set(range(count)) if numbers is None else {number - 1 for number in numbers}


def _append_to_postgresql(rows: Sequence[EventRow]) -> set[int]:
    connection.ensure_connection()
    # psycopg's own cursor sends binary arrays; Django's cursor writes parameters into the text of the statement.
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        (answer,) = cursor.execute(APPEND_SQL, to_columns(rows), binary=True).fetchall()
        return _to_indices(answer[0], len(rows))


APPEND_BY_VENDOR = {"postgresql": _append_to_postgresql, "sqlite": sqlite_append.append}
