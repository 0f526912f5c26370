"""Takes the words of what was deleted out of SQLite's index, which by itself only notes that they are gone."""

import time
from typing import Any

from django.db import connection

PAGES, BREATH = 200, 0.05  # of the index written anew at a time, and seconds between


def scrub() -> None:
    """After a deletion: writes the index anew."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO memory_words (memory_words) VALUES ('optimize')")


def scrub_some(*, seconds: float) -> None:
    """The same for what retention took, in pieces: nobody asked for it to be gone at once, and others want to write."""
    until = time.monotonic() + seconds
    more = connection.vendor == "sqlite"
    while more and time.monotonic() < until:
        with connection.cursor() as cursor:
            before = _changes(cursor)
            cursor.execute("INSERT INTO memory_words (memory_words, rank) VALUES ('merge', %s)", [PAGES])
            # https://sqlite.org/fts5.html#the_merge_command: less than two is nothing left to do.
            more = _changes(cursor) - before >= 2
        time.sleep(BREATH)


def _changes(cursor: Any) -> int:
    cursor.execute("SELECT total_changes()")
    return int(cursor.fetchone()[0])
