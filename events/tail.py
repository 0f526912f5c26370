"""The end of logs, as streams ask for it: on the event loop where the database has a driver for that."""

from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from events import log, native
from events.onloop import PostgreSQL

AFTER = b"SELECT seq, id, body, received_us FROM events_after(%b, %b, %b)"


class Tail:
    """The one reader of this process's streams."""

    def __init__(self) -> None:
        self._connection: PostgreSQL | None = None

    async def after(self, user_id: UUID, at: int, *, limit: int) -> list[log.Record]:
        """As `log.after`. Raises Problem `unavailable` when the database does not answer in time."""
        if self._connection is None:
            if connection.vendor != "postgresql":
                return await native.read(log.after, user_id, at, limit=limit)
            self._connection = PostgreSQL()
        return await native.within_patience(self._after(self._connection, user_id, at, limit))

    async def _after(self, postgresql: PostgreSQL, user_id: UUID, at: int, limit: int) -> list[log.Record]:
        try:
            return log.records(await postgresql.fetch(AFTER, (user_id, at, limit)))
        except (OperationalError, InterfaceError):
            # A connection that broke while nobody used it.
            return log.records(await postgresql.fetch(AFTER, (user_id, at, limit)))

    async def stop(self) -> None:
        if self._connection:
            await self._connection.close()


tail = Tail()
