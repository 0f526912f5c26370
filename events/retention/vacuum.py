"""Gives the room of what is gone back to the disk, on SQLite; PostgreSQL sees to that by itself.

A freed page is written on again in any case, so that a database which is kept small does not grow. Cutting the file
takes a map of its pages, which a migration adds where there was room for it.
"""

import time

from django.db import connection

AUTO_VACUUM_INCREMENTAL = 2
PAGE_BATCH_SIZE = 500  # moved under one lock: some milliseconds
PAUSE_S = 0.05  # seconds for others, who want to write


def free_pages(*, seconds: float) -> int:
    """Cuts free pages off, a few at a time; how many."""
    deadline, pages = time.monotonic() + seconds, 0
    while _is_incremental() and time.monotonic() < deadline and (free := _read_pragma("freelist_count")):
        with connection.cursor() as cursor:
            # Not `execute`, which takes one step, and each step is a page.
            cursor.executescript(f"PRAGMA incremental_vacuum({PAGE_BATCH_SIZE})")
        pages += free - _read_pragma("freelist_count")
        time.sleep(PAUSE_S)
    return pages


def _is_incremental() -> bool:
    return connection.vendor == "sqlite" and _read_pragma("auto_vacuum") == AUTO_VACUUM_INCREMENTAL


def _read_pragma(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}")
        return int(cursor.fetchone()[0])
