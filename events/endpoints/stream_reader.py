"""Loads the newest events for streams: on the event loop with PostgreSQL, in a thread with SQLite."""

import asyncio
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from events.endpoints import async_http
from events.store import event_compression, log
from events.store.async_postgres import AsyncPostgresConnection

MAX_INLINE_BYTES = 262_144  # larger batches are decompressed off the event loop
AFTER_SQL = b"SELECT seq, id, body, received_us FROM events_after(%b, %b, %b)"


class TailReader:
    """Loads events for all streams of this process, over one connection."""

    def __init__(self) -> None:
        self._connection: AsyncPostgresConnection | None = None

    async def load_after(self, user_id: UUID, at: int, *, limit: int) -> list[log.Record]:
        """Does the same as `log.load_after`. Raises Problem `unavailable` if the database does not answer in time."""
        if self._connection is None:
            if connection.vendor != "postgresql":
                return await async_http.run_in_thread(log.load_after, user_id, at, limit=limit)
            self._connection = AsyncPostgresConnection()
        return await async_http.with_database_timeout(self._load_after(self._connection, user_id, at, limit))

    async def _load_after(
        self, postgresql: AsyncPostgresConnection, user_id: UUID, at: int, limit: int
    ) -> list[log.Record]:
        try:
            rows = await postgresql.fetch(AFTER_SQL, (user_id, at, limit))
        except (OperationalError, InterfaceError):
            # The connection broke while it was idle: retry once with a new connection.
            rows = await postgresql.fetch(AFTER_SQL, (user_id, at, limit))
        if sum(event_compression.decompressed_length(row[2]) for row in rows if row[2] is not None) > MAX_INLINE_BYTES:
            return await asyncio.to_thread(log.to_records, rows)
        return log.to_records(rows)

    async def stop(self) -> None:
        if self._connection:
            await self._connection.close()


tail_reader = TailReader()
