"""Takes the words of what was deleted out of SQLite's index, which by itself only notes that they are gone."""

import time
from typing import Any

from django.db import connection

MERGE_PAGES, MERGE_PAUSE_S = 200, 0.05  # of the index written anew at a time, and seconds between


def optimize_index() -> None:
    """After a deletion: writes the index anew."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO memory_words (memory_words) VALUES ('optimize')")


def merge_index_pages(*, seconds: float) -> None:
    """The same for what retention took, in pieces: nobody asked for it to be gone at once, and others want to write."""
    until = time.monotonic() + seconds
    has_more = connection.vendor == "sqlite"
    while has_more and time.monotonic() < until:
        with connection.cursor() as cursor:
            before = _count_changes(cursor)
            cursor.execute("INSERT INTO memory_words (memory_words, rank) VALUES ('merge', %s)", [MERGE_PAGES])
            # https://sqlite.org/fts5.html#the_merge_command: less than two is nothing left to do.
            has_more = _count_changes(cursor) - before >= 2
        time.sleep(MERGE_PAUSE_S)


def _count_changes(cursor: Any) -> int:
    cursor.execute("SELECT total_changes()")
    return int(cursor.fetchone()[0])
