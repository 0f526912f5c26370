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
        self._syncs_left = 0  # of a pipeline
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
        return _load_rows(transformer, await self._get_result())

    async def execute_each(self, statement: bytes, parameters: Sequence[Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
        """Executes a statement once for each of these parameters, and returns the rows of each.

        All are sent before the first answer, and each is a transaction of its own. Raises the error of the first that
        failed; the others are committed.
        """
        transformer = Transformer(self._connection)
        dumped = [transformer.dump_sequence(each, [PyFormat.BINARY] * len(each)) for each in parameters]
        types = transformer.types or ()
        formats = [Format.BINARY] * len(types)
        name = await self._prepare(statement, types) if self._prepares else b""
        self._pgconn.enter_pipeline_mode()
        for values in dumped:
            if self._prepares:
                self._pgconn.send_query_prepared(name, values, formats, Format.BINARY)
            else:
                self._pgconn.send_query_params(_number_parameters(statement), values, types, formats, Format.BINARY)
            self._pgconn.pipeline_sync()
        self._syncs_left = len(dumped)
        results = await self._get_results()
        self._pgconn.exit_pipeline_mode()
        return [_load_rows(transformer, self._check(result)) for result in results]

    async def _prepare(self, statement: bytes, types: tuple[int, ...]) -> bytes:
        name = self._names.get((statement, types))
        if name is None:
            name = b"exchange_%d" % len(self._names)
            self._pgconn.send_prepare(name, _number_parameters(statement), types)
            await self._get_result()
            self._names[statement, types] = name
        return name

    async def _get_result(self) -> PGresult:
        return self._check((await self._get_results())[-1])

    async def _get_results(self) -> list[PGresult]:
        self._answer = self._loop.create_future()
        self._send()
        try:
            return await self._answer
        finally:
            self._answer = None

    def _check(self, result: PGresult) -> PGresult:
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise psycopg.errors.error_from_result(result, self._connection.info.encoding)
        return result

    def _send(self) -> None:
        """Sends the data that libpq holds. If the socket accepts no more, the event loop calls this again."""
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
                if result is None and self._syncs_left:
                    continue  # between two statements of a pipeline
                if result is None or self._is_last_sync(result):
                    self._end()
                    return
                if result.status != ExecStatus.PIPELINE_SYNC:
                    self._results.append(result)
        except psycopg.OperationalError as error:
            self._fail(error)

    def _is_last_sync(self, result: PGresult) -> bool:
        self._syncs_left -= result.status == ExecStatus.PIPELINE_SYNC
        return result.status == ExecStatus.PIPELINE_SYNC and not self._syncs_left

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


def _load_rows(transformer: Any, result: PGresult) -> list[tuple[Any, ...]]:
    transformer.set_pgresult(result, format=Format.BINARY)
    rows: list[tuple[Any, ...]] = transformer.load_rows(0, result.ntuples, tuple)
    return rows


def _number_parameters(statement: bytes) -> bytes:
    first, *parts = statement.split(b"%b")
    return first + b"".join(b"$%d%b" % (number, part) for number, part in enumerate(parts, 1))
