"""PostgreSQL queries on the event loop, for very frequent reads.

A thread for each read would compete with the event loop for the GIL.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection

STATEMENT_TIMEOUT_S = 20.0  # for one statement; after it the connection is closed


class AsyncPostgresConnection:
    """A connection for use on the event loop, opened on first use and reopened after a failure."""

    def __init__(self) -> None:
        self._connection: psycopg.AsyncConnection[tuple[Any, ...]] | None = None
        # Read once: each task has its own Django `connection`, which is created on first access.
        self._django_errors = connection.wrap_database_errors

    async def fetch(self, statement: bytes, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Executes a statement in its own transaction and returns its rows. Raises the errors of Django."""
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
    """Returns the parameters of Django's connection that libpq accepts."""
    django_only = {"context", "cursor_factory", "prepare_threshold"}
    return {name: value for name, value in connection.get_connection_params().items() if name not in django_only}
