"""Loads the next events of several users at once, for the projection. One statement for each user took longer."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import connection
from psycopg import Cursor

from events.store import log
from events.store.log import Record
from events.store.pg_arrays import Int64Array, UuidArray

# Reads the events of each user by the key, whatever the statistics say: see `events.store.log`. Prepared once per
# connection.
_NEXT_SQL = b"""
SELECT event.* FROM unnest(%b, %b) AS wanted (user_id, cursor) CROSS JOIN LATERAL (
    SELECT user_id, seq, id, body, received_us FROM events_event
    WHERE user_id = wanted.user_id AND seq > wanted.cursor ORDER BY seq LIMIT %b
) AS event"""


def load_next(cursors: Sequence[tuple[UUID, int]], *, limit: int) -> dict[UUID, list[Record]]:
    """Loads the events after each user's cursor, at most `limit` of each, in order. Call it while acting for all."""
    if connection.vendor != "postgresql" or settings.DATABASE_DISTRIBUTED:
        return {user_id: log.load_after(user_id, cursor, limit=limit) for user_id, cursor in cursors}
    users, numbers = zip(*cursors, strict=True)
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as rows:
        found = rows.execute(_NEXT_SQL, [UuidArray(users), Int64Array(numbers), limit], binary=True).fetchall()
    records: dict[UUID, list[Record]] = {user_id: [] for user_id in users}
    for user_id, *row in sorted(found, key=lambda row: int(row[1])):
        records[user_id] += log.to_records([tuple(row)])
    return records
