"""The end of logs, as streams ask for it: on the event loop where the database has a driver for that."""

import asyncio
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from events.endpoints import async_http
from events.store import event_compression, log
from events.store.async_postgres import PostgreSQL

INLINE_BYTES = 262_144  # more than these are unpacked off the event loop
AFTER = b"SELECT seq, id, body, received_us FROM events_after(%b, %b, %b)"


class Tail:
    """The one reader of this process's streams."""

    def __init__(self) -> None:
        self._connection: PostgreSQL | None = None

    async def after(self, user_id: UUID, at: int, *, limit: int) -> list[log.Record]:
        """As `log.after`. Raises Problem `unavailable` when the database does not answer in time."""
        if self._connection is None:
            if connection.vendor != "postgresql":
                return await async_http.read(log.after, user_id, at, limit=limit)
            self._connection = PostgreSQL()
        return await async_http.within_patience(self._after(self._connection, user_id, at, limit))

    async def _after(self, postgresql: PostgreSQL, user_id: UUID, at: int, limit: int) -> list[log.Record]:
        try:
            rows = await postgresql.fetch(AFTER, (user_id, at, limit))
        except (OperationalError, InterfaceError):
            # A connection that broke while nobody used it.
            rows = await postgresql.fetch(AFTER, (user_id, at, limit))
        if sum(event_compression.length(row[2]) for row in rows if row[2] is not None) > INLINE_BYTES:
            return await asyncio.to_thread(log.records, rows)
        return log.records(rows)

    async def stop(self) -> None:
        if self._connection:
            await self._connection.close()


tail = Tail()
