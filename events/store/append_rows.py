"""Writes rows of the log into each kind of database: numbered, each id once, all or nothing.

Both ways take the same steps: lock the users' streams, drop the ids they know, number the rest, insert, move the
heads. PostgreSQL takes them in one call of the function `events_append_new` (`events/sql/`), so that a commit costs one
round trip; on SQLite `events.store.sqlite_append` takes them. Only `events.store.log` imports this module.
"""

from collections.abc import Sequence
from itertools import accumulate, groupby
from operator import attrgetter
from typing import Any, cast

from django.conf import settings
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
# For tables that are distributed by user: each call runs on the machine of its user.
APPEND_USER_SQL = b"SELECT events_append_user(%b, %b, %b, %b, %b, %b)"


async def append_async(pool: AsyncPostgresPool, rows: Sequence[EventRow]) -> set[int]:
    """The same by an asynchronous connection of PostgreSQL. Safe to execute twice, since events have ids."""
    if not settings.DATABASE_DISTRIBUTED:
        ((numbers,),) = await pool.fetch(APPEND_SQL, to_columns(rows))
        return _to_indices(numbers, len(rows))
    parts = _split_by_user(rows)
    answers = await pool.fetch_each(APPEND_USER_SQL, [_to_user_columns(part) for part in parts])
    return _join_indices([numbers for ((numbers,),) in answers], parts)


def to_columns(rows: Sequence[EventRow]) -> list[PgArray]:
    """Builds the parameters of `APPEND_SQL`."""
    users, ids, *numbers, bodies = zip(*rows, strict=True)
    return [UuidArray(users), UuidArray(ids), *map(Int64Array, numbers), ByteaArray(bodies)]


def _split_by_user(rows: Sequence[EventRow]) -> list[list[EventRow]]:
    return [list(part) for _, part in groupby(rows, key=attrgetter("user_id"))]


def _to_user_columns(rows: Sequence[EventRow]) -> list[Any]:
    """Builds the parameters of `APPEND_USER_SQL`."""
    return [rows[0].user_id, *to_columns(rows)[1:]]


def _to_indices(numbers: Sequence[int] | None, count: int, first: int = 0) -> set[int]:
    """Converts the positions that a statement returns, which start at 1; None means all."""
    return {first + number - 1 for number in (range(1, count + 1) if numbers is None else numbers)}


def _join_indices(answers: Sequence[Sequence[int] | None], parts: Sequence[Sequence[EventRow]]) -> set[int]:
    firsts = accumulate((len(part) for part in parts), initial=0)
    return {
        index
        for numbers, part, first in zip(answers, parts, firsts, strict=False)
        for index in _to_indices(numbers, len(part), first)
    }


def _append_to_postgresql(rows: Sequence[EventRow]) -> set[int]:
    connection.ensure_connection()
    # psycopg's own cursor sends binary arrays; Django's cursor writes parameters into the text of the statement.
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        if not settings.DATABASE_DISTRIBUTED:
            (answer,) = cursor.execute(APPEND_SQL, to_columns(rows), binary=True).fetchall()
            return _to_indices(answer[0], len(rows))
        parts = _split_by_user(rows)
        return _join_indices([_append_for_user(cursor, part) for part in parts], parts)


def _append_for_user(cursor: "Cursor[Any]", rows: Sequence[EventRow]) -> Sequence[int] | None:
    ((numbers,),) = cursor.execute(APPEND_USER_SQL, _to_user_columns(rows), binary=True).fetchall()
    return cast("Sequence[int] | None", numbers)


APPEND_BY_VENDOR = {"postgresql": _append_to_postgresql, "sqlite": sqlite_append.append}
