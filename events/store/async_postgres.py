"""PostgreSQL queries on the event loop, for very frequent statements.

A thread for each would compete with the event loop for the GIL.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import psycopg
from django.conf import settings
from django.db import connection

from events.isolation import work_limits
from events.store.postgres_exchange import PgConnection, PostgresExchange
from events.work_kinds import WorkKind

CLIENT_GRACE_S = 5.0  # seconds that a statement gets beyond its limit in the database, which may be frozen
R = TypeVar("R")
DJANGO_ONLY = frozenset({"context", "cursor_factory"})


class AsyncPostgresPool:
    """At most `size` connections for one kind of work, opened on first use and reopened after a failure.

    A connection belongs to one statement at a time, and only its statement closes it: psycopg frees the memory of a
    closed connection, and another task that still used it would end the process.
    """

    def __init__(self, kind: WorkKind, *, size: int) -> None:
        self._kind = kind
        # The connection that was used last is used next. `None` is one that is not open.
        self._free: asyncio.LifoQueue[PostgresExchange | None] = asyncio.LifoQueue()
        for _ in range(size):
            self._free.put_nowait(None)
        # Read once: each task has its own Django `connection`, which is created on first access.
        self._django_errors = connection.wrap_database_errors

    async def fetch(self, statement: bytes, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Executes a statement in its own transaction and returns its rows. Raises the errors of Django.

        Waits without a limit for a free connection, and then as long as the kind of work allows. A statement whose
        connection breaks is executed once more: it must be safe to execute twice.
        """
        return await self._run(lambda exchange: exchange.execute(statement, parameters))

    async def fetch_each(self, statement: bytes, parameters: Sequence[Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
        """The same for each of these parameters, all sent at once. If one fails, the others are committed."""
        return await self._run(lambda exchange: exchange.execute_each(statement, parameters))

    async def _run(self, work: Callable[[PostgresExchange], Awaitable[R]]) -> R:
        slot = _Slot(await self._free.get())
        try:
            with self._django_errors:
                return await self._run_in(slot, work)
        finally:
            self._free.put_nowait(slot.release())

    async def _run_in(self, slot: "_Slot", work: Callable[[PostgresExchange], Awaitable[R]]) -> R:
        if slot.exchange:
            try:
                return await self._await_in_time(work(slot.exchange))
            except psycopg.OperationalError as error:
                # It may have broken while it was idle.
                if isinstance(error, StatementTimeout) or not slot.exchange.is_broken:
                    raise
        slot.exchange = PostgresExchange(await self._connect(), prepares=not settings.DATABASE_POOLED)
        return await self._await_in_time(work(slot.exchange))

    async def _connect(self) -> PgConnection:
        # Django's parameters, without those that only its own connections take.
        own = {name: value for name, value in connection.get_connection_params().items() if name not in DJANGO_ONLY}
        options = work_limits.make_connection_options(self._kind)
        return await psycopg.AsyncConnection.connect(**{**own, **options}, autocommit=True)

    async def _await_in_time(self, work: Awaitable[R]) -> R:
        try:
            async with asyncio.timeout(self._kind.statement_s + CLIENT_GRACE_S):
                return await work
        except TimeoutError:
            raise StatementTimeout("the database took too long") from None

    def close(self) -> None:
        """Closes the connections that no statement uses."""
        while not self._free.empty():
            if exchange := self._free.get_nowait():
                exchange.close()


class StatementTimeout(psycopg.OperationalError):
    """The database did not end a statement in time, not even by its own limit."""


class _Slot:
    """The connection that one statement uses; None until it is open."""

    def __init__(self, exchange: PostgresExchange | None) -> None:
        self.exchange = exchange

    def release(self) -> PostgresExchange | None:
        """Returns the connection if it can take another statement; closes any other and returns None."""
        exchange, self.exchange = self.exchange, None
        if exchange and not exchange.is_idle():
            exchange.close()
            return None
        return exchange
