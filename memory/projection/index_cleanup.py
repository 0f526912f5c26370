"""Removes the words of deleted documents from SQLite's FTS index, which only marks them as deleted otherwise."""

import time
from typing import Any

from django.db import connection

MERGE_PAGES, MERGE_PAUSE_S = 200, 0.05  # index pages merged at a time, and the pause between


def optimize_index() -> None:
    """Rewrites the whole index, after a deletion by the user."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO memory_words (memory_words) VALUES ('optimize')")


def merge_index_pages(*, seconds: float) -> None:
    """Rewrites the index in small steps for at most `seconds`, after retention.

    These words need not disappear at once, and small steps let other writers get the lock.
    """
    until = time.monotonic() + seconds
    has_more = connection.vendor == "sqlite"
    while has_more and time.monotonic() < until:
        with connection.cursor() as cursor:
            before = _count_changes(cursor)
            cursor.execute("INSERT INTO memory_words (memory_words, rank) VALUES ('merge', %s)", [MERGE_PAGES])
            # Fewer than two changes mean that nothing is left to merge: https://sqlite.org/fts5.html#the_merge_command
            has_more = _count_changes(cursor) - before >= 2
        time.sleep(MERGE_PAUSE_S)


def _count_changes(cursor: Any) -> int:
    cursor.execute("SELECT total_changes()")
    return int(cursor.fetchone()[0])
