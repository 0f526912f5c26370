"""Updates PostgreSQL's table statistics after many events were projected.

Autovacuum does this within about a minute; until then the planner's statistics do not cover the new rows. The most
frequent page queries keep their plan in any case (see `memory.sessions.session_events`); this module is for all others.
"""

from threading import Lock

from django.db import DatabaseError, connection, transaction

ANALYZE_AFTER_EVENTS = 5_000  # events that this process projected since its last ANALYZE

_lock = Lock()
_events_read = 0


def record_events_read(events: int) -> None:
    """Counts projected events, and updates statistics after `ANALYZE_AFTER_EVENTS`. Call it after the commit."""
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
    """Runs ANALYZE on grown tables and returns their names.

    Returns an empty list on SQLite, or if another process holds the lock; autovacuum will update these tables.
    """
    if connection.vendor != "postgresql":
        return []
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
            cursor.execute("SELECT memory_count_grown()")
            return list(cursor.fetchone()[0])
    except DatabaseError:
        return []
