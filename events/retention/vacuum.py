"""Gives the room of what is gone back to the disk, on SQLite; PostgreSQL sees to that by itself.

A freed page is written on again in any case, so that a database which is kept small does not grow. Cutting the file
takes a map of its pages, which a migration adds where there was room for it.
"""

import time

from django.db import connection

INCREMENTAL = 2
PAGES = 500  # moved under one lock: some milliseconds
BREATH = 0.05  # seconds for others, who want to write


def give_back(*, seconds: float) -> int:
    """Cuts free pages off, a few at a time; how many."""
    until, pages = time.monotonic() + seconds, 0
    while _can() and time.monotonic() < until and (free := _pragma("freelist_count")):
        with connection.cursor() as cursor:
            # Not `execute`, which takes one step, and each step is a page.
            cursor.executescript(f"PRAGMA incremental_vacuum({PAGES})")
        pages += free - _pragma("freelist_count")
        time.sleep(BREATH)
    return pages


def _can() -> bool:
    return connection.vendor == "sqlite" and _pragma("auto_vacuum") == INCREMENTAL


def _pragma(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}")
        return int(cursor.fetchone()[0])
