"""PostgreSQL on the event loop, for what is asked too often for a thread each time: threads fight it for the
interpreter's lock."""

import asyncio
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection

STATEMENT_TIMEOUT_S = 20.0  # for one statement; then the connection is given up


class AsyncPostgresConnection:
    """A connection of the event loop's own, made when needed and made anew when broken."""

    def __init__(self) -> None:
        self._connection: psycopg.AsyncConnection[tuple[Any, ...]] | None = None
        # Asked of Django once: in each task `connection` is another, made when first named.
        self._django_errors = connection.wrap_database_errors

    async def fetch(self, statement: bytes, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows that a statement gives, which is a transaction by itself. Raises what Django would."""
        with self._django_errors:
            try:
                return await self._fetch(statement, parameters)
            except psycopg.OperationalError:
                await self.close()
                raise

    async def _fetch(self, statement: bytes, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        if self._connection is None:
            self._connection = await psycopg.AsyncConnection.connect(**_connection_parameters(), autocommit=True)
        try:
            async with asyncio.timeout(STATEMENT_TIMEOUT_S):
                cursor = await self._connection.execute(statement, parameters, binary=True)
                return await cursor.fetchall()
        except TimeoutError:
            raise psycopg.OperationalError("the database took too long") from None

    async def close(self) -> None:
        if self._connection:
            await self._connection.close()
            self._connection = None


def _connection_parameters() -> dict[str, Any]:
    """Those of Django's connection that are libpq's."""
    django_only = {"context", "cursor_factory", "prepare_threshold"}
    return {name: value for name, value in connection.get_connection_params().items() if name not in django_only}
