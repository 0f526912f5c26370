"""Statements on one connection of PostgreSQL, by libpq's own calls on the event loop.

psycopg's asynchronous cursor waits through generators and tasks, which took four times as long as an exchange itself.
psycopg opens the connection, converts parameters and rows, and makes the errors.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult

PgConnection = psycopg.AsyncConnection[tuple[Any, ...]]


class PostgresExchange:
    """A connection, which takes one statement at a time. Its statement ends before it is closed."""

    def __init__(self, connection: PgConnection, *, prepares: bool) -> None:
        """`prepares` is False behind a pooler, which gives each statement another connection."""
        self._connection, self._pgconn, self._prepares = connection, connection.pgconn, prepares
        self._names: dict[tuple[bytes, tuple[int, ...]], bytes] = {}  # of prepared statements, by text and types
        self._answer: asyncio.Future[list[PGresult]] | None = None
        self._results: list[PGresult] = []
        self._loop, self._socket = asyncio.get_running_loop(), self._pgconn.socket
        self._loop.add_reader(self._socket, self._receive)

    @property
    def is_broken(self) -> bool:
        return self._connection.closed

    async def execute(self, statement: bytes, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Executes a statement with `%b` for each parameter, and returns its rows. Raises psycopg's errors."""
        transformer = Transformer(self._connection)
        values = transformer.dump_sequence(parameters, [PyFormat.BINARY] * len(parameters))
        types, formats = transformer.types or (), [Format.BINARY] * len(values)
        if self._prepares:
            name = await self._prepare(statement, types)
            self._pgconn.send_query_prepared(name, values, formats, Format.BINARY)
        else:
            self._pgconn.send_query_params(_number_parameters(statement), values, types, formats, Format.BINARY)
        result = await self._get_result()
        transformer.set_pgresult(result, format=Format.BINARY)
        return transformer.load_rows(0, result.ntuples, tuple)

    async def _prepare(self, statement: bytes, types: tuple[int, ...]) -> bytes:
        name = self._names.get((statement, types))
        if name is None:
            name = b"exchange_%d" % len(self._names)
            self._pgconn.send_prepare(name, _number_parameters(statement), types)
            await self._get_result()
            self._names[statement, types] = name
        return name

    async def _get_result(self) -> PGresult:
        self._answer = self._loop.create_future()
        self._send()
        try:
            result = (await self._answer)[-1]
        finally:
            self._answer = None
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise psycopg.errors.error_from_result(result, self._connection.info.encoding)
        return result

    def _send(self) -> None:
        """Sends what libpq holds. Where the socket takes no more of it, the event loop calls this again."""
        try:
            is_rest = self._pgconn.flush()
        except psycopg.OperationalError as error:
            self._fail(error)
            return
        if is_rest:
            self._loop.add_writer(self._socket, self._send)
        else:
            self._loop.remove_writer(self._socket)

    def _receive(self) -> None:
        try:
            self._pgconn.consume_input()
            while not self._pgconn.is_busy():
                result = self._pgconn.get_result()
                if result is None:
                    self._end()
                    return
                self._results.append(result)
        except psycopg.OperationalError as error:
            self._fail(error)

    def _end(self) -> None:
        results, self._results = self._results, []
        if results and self._answer and not self._answer.done():
            self._answer.set_result(results)

    def _fail(self, error: psycopg.OperationalError) -> None:
        """Ends a connection that broke, while a statement waits or while it was idle."""
        self.close()
        if self._answer and not self._answer.done():
            self._answer.set_exception(error)

    def is_idle(self) -> bool:
        """Whether the connection can take another statement."""
        return not self.is_broken and self._pgconn.transaction_status == psycopg.pq.TransactionStatus.IDLE

    def close(self) -> None:
        if self._socket >= 0:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket = -1
        self._pgconn.finish()


def _number_parameters(statement: bytes) -> bytes:
    first, *parts = statement.split(b"%b")
    return first + b"".join(b"$%d%b" % (number, part) for number, part in enumerate(parts, 1))
