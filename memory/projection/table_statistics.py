"""Has PostgreSQL count its tables anew after much was read at once.

Autovacuum does so within a minute or so; until then the planner knows nothing of what just arrived. The statements of
pages that are asked most keep their plan regardless (see `memory.sessions.session_events`); this is for all others.
"""

from threading import Lock

from django.db import DatabaseError, connection, transaction

BULK = 5_000  # events read by this process since it last asked

_lock = Lock()
_read = 0


def note_read(events: int) -> None:
    """Notes that so many events were read, and has the tables counted when it was a lot. Call it after the commit."""
    if connection.vendor == "postgresql" and _is_bulk(events):
        count_grown()


def _is_bulk(events: int) -> bool:
    global _read
    with _lock:
        _read += events
        if _read < BULK:
            return False
        _read = 0
        return True


def count_grown() -> list[str]:
    """The tables that were counted. What cannot be counted now, as another counts it, autovacuum will."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
            cursor.execute("SELECT memory_count_grown()")
            return list(cursor.fetchone()[0])
    except DatabaseError:
        return []
