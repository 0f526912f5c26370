"""How the log's rows get into each database: numbered, each id once, all or nothing.

Both ways take the same steps: lock the users' streams, drop the ids they know, number the rest, insert, move the
heads. PostgreSQL takes them in one call of the function `events_append` (see the migration), so that a commit costs
one round trip; SQLite takes them here.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from psycopg import Cursor

from events.models import Stream
from events.store import removed_ids
from events.store.pg_arrays import Array, Bytes, Integers, UUIDs

AT_ONCE = 10_000  # ids in one SQLite statement, which takes 32,766 parameters


class Row(NamedTuple):
    """An event on its way in, numberless yet. Without a body it is one that was deleted elsewhere."""

    user_id: UUID
    id: UUID
    place_id: int
    ts_us: int
    received_us: int
    body: bytes | None


def append(rows: Sequence[Row]) -> set[int]:
    """Stores the rows that are new. Returns their indices. Committed when it returns, unless within a transaction."""
    return VENDORS[connection.vendor](rows) if rows else set()


def lock(user_id: UUID) -> Stream:
    """The user's stream, held until the transaction ends: nobody else numbers the user's events meanwhile."""
    return Stream.objects.select_for_update().get_or_create(user_id=user_id)[0]


# One statement, so that outside of a transaction it is one by itself: begun, committed and answered in one round trip.
APPEND = b"SELECT events_append(%b, %b, %b, %b, %b, %b)"


def columns(rows: Sequence[Row]) -> list[Array]:
    """The parameters of `APPEND`."""
    users, ids, *numbers, bodies = zip(*rows, strict=True)
    return [UUIDs(users), UUIDs(ids), *map(Integers, numbers), Bytes(bodies)]


def indices(numbers: Sequence[int]) -> set[int]:
    """What `APPEND` answered, counted from 0."""
    return {number - 1 for number in numbers}


def _append_to_postgresql(rows: Sequence[Row]) -> set[int]:
    connection.ensure_connection()
    # psycopg's own cursor, for its binary arrays: Django's writes parameters into the text of the statement.
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        (answer,) = cursor.execute(APPEND, columns(rows), binary=True).fetchall()
        return indices(answer[0])


def _append_to_sqlite(rows: Sequence[Row]) -> set[int]:
    # The transaction begins IMMEDIATE, so it alone writes: the lock is there already.
    with transaction.atomic():
        streams = _streams({row.user_id for row in rows})
        heads = {user: head for user, (head, _) in streams.items()}
        seen = _known(
            [(row.user_id, row.id) for row in rows], {user for user, (_, retired) in streams.items() if retired}
        )
        fresh: dict[int, tuple[Any, ...]] = {}
        for index, row in enumerate(rows):
            if (row.user_id, row.id) in seen:
                continue
            seen.add((row.user_id, row.id))
            heads[row.user_id] += 1
            fresh[index] = (row.user_id, heads[row.user_id], row.id, *row[2:])
        if fresh:
            _insert(fresh.values(), heads)
    return set(fresh)


def _streams(users: set[UUID]) -> dict[UUID, tuple[int, bool]]:
    """The head of each user's stream, and whether retention has taken anything of it."""
    with connection.cursor() as cursor:
        make = "INSERT INTO events_stream (user_id, head, retired) VALUES (%s, 0, false) ON CONFLICT DO NOTHING"
        cursor.executemany(make, [(user,) for user in users])
        marks = ", ".join(["%s"] * len(users))
        query = f"SELECT user_id, head, retired FROM events_stream WHERE user_id IN ({marks})"
        cursor.execute(query, list(users))
        return {UUID(bytes=user): (head, bool(retired)) for user, head, retired in cursor.fetchall()}


def _known(pairs: Sequence[tuple[UUID, UUID]], retired: set[UUID]) -> set[tuple[UUID, UUID]]:
    ids: dict[UUID, list[UUID]] = defaultdict(list)
    for user, event in pairs:
        ids[user].append(event)
    parts = (
        (user, of_user[at : at + AT_ONCE]) for user, of_user in ids.items() for at in range(0, len(of_user), AT_ONCE)
    )
    known = {(user, event) for user, part in parts for event in _known_of(user, part)}
    return known | {(user, event) for user in retired for event in removed_ids.known(user, ids[user])}


def _known_of(user: UUID, ids: Sequence[UUID]) -> list[UUID]:
    # User by user: asked for pairs, SQLite reads the whole table.
    marks = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        query = f"SELECT id FROM events_event WHERE user_id = %s AND id IN ({marks})"
        cursor.execute(query, [user, *ids])
        return [UUID(bytes=event) for (event,) in cursor.fetchall()]


def _insert(rows: Iterable[tuple[Any, ...]], heads: dict[UUID, int]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO events_event (user_id, seq, id, place_id, ts_us, received_us, body) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s)",
            list(rows),
        )
        moved = [(head, user) for user, head in heads.items()]
        cursor.executemany("UPDATE events_stream SET head = %s WHERE user_id = %s", moved)


VENDORS = {"postgresql": _append_to_postgresql, "sqlite": _append_to_sqlite}
