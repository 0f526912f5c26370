"""Shrinks the SQLite file after deletions. PostgreSQL has autovacuum.

SQLite reuses free pages in any case, so a database under a retention policy does not grow. Shrinking the file needs a
map of its pages, which a migration adds if the disk has enough space.
"""

import time

from django.db import connection

AUTO_VACUUM_INCREMENTAL = 2
PAGE_BATCH_SIZE = 500  # pages moved under one lock: some milliseconds
PAUSE_S = 0.05  # for other writers


def free_pages(*, seconds: float) -> int:
    """Removes free pages from the file, a few at a time, for up to `seconds`. Returns how many."""
    deadline, pages = time.monotonic() + seconds, 0
    while _is_incremental() and time.monotonic() < deadline and (free := _read_pragma("freelist_count")):
        with connection.cursor() as cursor:
            # Not `execute`: it makes one step of the statement, and each step frees one page.
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
