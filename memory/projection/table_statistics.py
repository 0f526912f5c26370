"""Has PostgreSQL count its tables anew after much was read at once.

Autovacuum does so within a minute or so; until then the planner knows nothing of what just arrived. The statements of
pages that are asked most keep their plan regardless (see `memory.sessions.session_events`); this is for all others.
"""

from threading import Lock

from django.db import DatabaseError, connection, transaction

ANALYZE_AFTER_EVENTS = 5_000  # events read by this process since it last asked

_lock = Lock()
_events_read = 0


def record_events_read(events: int) -> None:
    """Notes that so many events were read, and has the tables counted when it was a lot. Call it after the commit."""
    if connection.vendor == "postgresql" and _should_analyze(events):
        analyze_grown_tables()


def _should_analyze(events: int) -> bool:
    global _events_read
    with _lock:
        _events_read += events
        if _events_read < ANALYZE_AFTER_EVENTS:
            return False
        _events_read = 0
        return True


def analyze_grown_tables() -> list[str]:
    """The tables that were counted. What cannot be counted now, as another counts it, autovacuum will."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
            cursor.execute("SELECT memory_count_grown()")
            return list(cursor.fetchone()[0])
    except DatabaseError:
        return []
