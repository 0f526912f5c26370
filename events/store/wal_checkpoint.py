"""Moves SQLite's write-ahead log into the database file, in a thread apart from commits.

SQLite itself does it within the commit that makes the log long, which then takes as long as a hundred others; SQLite
still does so at a size that the log does not reach while this thread works (`wal_autocheckpoint` in the settings). A
commit is durable before, and the next process that opens the database after a crash reads the log.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.db import Error, connection

MAX_PAGES = 4_000  # of 4 KB
COMMIT_PAGES = 8  # that each commit changes, beside one for each row: a page of each index, and the stream's
MAX_WAIT_S = 60.0


class WalCheckpointer:
    """Estimates how long the log is, and moves it once it is long or a minute after a commit."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="checkpoint")
        self._pages = 0
        self._timer: asyncio.TimerHandle | None = None
        self._running: asyncio.Future[None] | None = None

    def count_commit(self, rows: int) -> None:
        """Counts a commit of this many rows. Call it on the event loop."""
        self._pages += COMMIT_PAGES + rows
        if self._pages >= MAX_PAGES:
            self._start()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(MAX_WAIT_S, self._start)

    def _start(self) -> None:
        self._cancel_timer()
        if self._running is None or self._running.done():
            self._pages = 0
            self._running = asyncio.get_running_loop().run_in_executor(self._thread, _checkpoint)

    def _cancel_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    async def close(self) -> None:
        self._cancel_timer()
        if self._running:
            await self._running
        self._thread.shutdown()


def _checkpoint() -> None:
    # PASSIVE neither waits for readers and writers nor holds them up. If it fails, a commit does its work later.
    with suppress(Error):
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        connection.close()
