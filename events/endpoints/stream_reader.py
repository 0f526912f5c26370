"""The end of logs, as streams ask for it: on the event loop where the database has a driver for that."""

import asyncio
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from events.endpoints import async_http
from events.store import event_compression, log
from events.store.async_postgres import AsyncPostgresConnection

MAX_INLINE_BYTES = 262_144  # more than these are unpacked off the event loop
AFTER_SQL = b"SELECT seq, id, body, received_us FROM events_after(%b, %b, %b)"


class TailReader:
    """The one reader of this process's streams."""

    def __init__(self) -> None:
        self._connection: AsyncPostgresConnection | None = None

    async def load_after(self, user_id: UUID, at: int, *, limit: int) -> list[log.Record]:
        """As `log.load_after`. Raises Problem `unavailable` when the database does not answer in time."""
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
            # A connection that broke while nobody used it.
            rows = await postgresql.fetch(AFTER_SQL, (user_id, at, limit))
        if sum(event_compression.decompressed_length(row[2]) for row in rows if row[2] is not None) > MAX_INLINE_BYTES:
            return await asyncio.to_thread(log.to_records, rows)
        return log.to_records(rows)

    async def stop(self) -> None:
        if self._connection:
            await self._connection.close()


tail_reader = TailReader()
