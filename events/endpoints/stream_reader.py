"""Loads the newest events for streams: on the event loop with PostgreSQL, in a thread with SQLite."""

import asyncio
from uuid import UUID

from django.db import connection

from events.endpoints import async_http
from events.store import event_compression, log
from events.store.async_postgres import AsyncPostgresPool
from events.work_kinds import STREAM

POOL_SIZE = 2  # connections for all streams of this process: one may hang, or read a large batch
MAX_INLINE_BYTES = 262_144  # larger batches are decompressed off the event loop
AFTER_SQL = b"SELECT seq, id, body, received_us FROM events_after(%b, %b, %b)"


class TailReader:
    """Loads events for all streams of this process."""

    def __init__(self) -> None:
        self._pool: AsyncPostgresPool | None = None

    async def load_after(self, user_id: UUID, at: int, *, limit: int) -> list[log.Record]:
        """Does the same as `log.load_after`.

        Raises OperationalError or Problem `unavailable` if the database does not answer in time. The wait for a
        connection does not count: while one read hangs, the others wait for it.
        """
        if self._pool is None:
            if connection.vendor != "postgresql":
                return await async_http.run_in_thread(log.load_after, user_id, at, limit=limit)
            self._pool = AsyncPostgresPool(STREAM, size=POOL_SIZE)
        rows = await self._pool.fetch(AFTER_SQL, (user_id, at, limit))
        if sum(event_compression.decompressed_length(row[2]) for row in rows if row[2] is not None) > MAX_INLINE_BYTES:
            return await asyncio.to_thread(log.to_records, rows)
        return log.to_records(rows)

    async def stop(self) -> None:
        if self._pool:
            self._pool.close()


tail_reader = TailReader()
