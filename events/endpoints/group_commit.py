"""Group commit: requests in flight share one, and each is answered after it.

With nothing in flight an event is written at once; under load, whatever arrived while the last commit ran goes into
the next. There is no timer. All of it runs on the event loop: a writer in a thread of its own fought it for the
interpreter's lock, which took as long as the rest of the work.
"""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

from django.db import Error, IntegrityError, InterfaceError, OperationalError, close_old_connections, connection

from accounts.api_base.problem import Problem
from events.endpoints import async_http
from events.store import append_rows, log, stream_hub
from events.store.append_rows import Row
from events.store.async_postgres import PostgreSQL

AT_ONCE = 2_000  # events in one commit

logger = logging.getLogger(__name__)
Outcome = log.Appended | Exception


class OnLoop:
    """For PostgreSQL: a connection of the event loop's own."""

    def __init__(self) -> None:
        self._connection = PostgreSQL()

    async def append(self, rows: Sequence[Row]) -> set[int]:
        ((numbers,),) = await self._connection.fetch(append_rows.APPEND, append_rows.columns(rows))
        return append_rows.indices(numbers)

    async def close(self) -> None:
        await self._connection.close()


class InThread:
    """For a database without an asynchronous driver (SQLite): one thread that writes."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="write")

    async def append(self, rows: Sequence[Row]) -> set[int]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._append, rows)

    def _append(self, rows: Sequence[Row]) -> set[int]:
        close_old_connections()
        return append_rows.append(rows)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, connection.close)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A draft on its way into the log, and who waits for it."""

    rows: Sequence[Row]
    future: asyncio.Future[log.Appended]

    def give_up(self) -> None:
        self.settle(OperationalError("the database took too long"))

    def settle(self, outcome: Outcome) -> None:
        if self.future.done():  # the client left
            return
        if isinstance(outcome, Exception):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


class Writer:
    """The one writer of this process's fast door."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None
        self._way: OnLoop | InThread | None = None

    async def append(self, rows: Sequence[Row]) -> log.Appended:
        """Returns once these rows, all of one user, are committed.

        Raises what the database says about them; OperationalError when that takes it too long.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(rows, loop.create_future())
        self._waiting.append(waiting)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        giving_up = loop.call_later(async_http.PATIENCE, waiting.give_up)
        try:
            return await waiting.future
        finally:
            giving_up.cancel()

    async def stop(self) -> None:
        """Writes what is left, then closes the connection."""
        if self._writing:
            await self._writing
        if self._way:
            await self._way.close()

    async def _write(self) -> None:
        while group := self._next():
            for waiting, outcome in zip(group, await self._commit([w.rows for w in group]), strict=True):
                waiting.settle(outcome)
            for user_id in {waiting.rows[0].user_id for waiting in group}:
                stream_hub.wake(user_id)
        self._writing = None

    def _next(self) -> list[_Waiting]:
        # Nobody waits any more for one that is done: the database hung, or the client left.
        self._waiting = [waiting for waiting in self._waiting if not waiting.future.done()]
        size = end = 0
        while end < len(self._waiting) and size < AT_ONCE:
            size += len(self._waiting[end].rows)
            end += 1
        group, self._waiting = self._waiting[:end], self._waiting[end:]
        return group

    async def _commit(self, drafts: Sequence[Sequence[Row]]) -> Sequence[Outcome]:
        try:
            return await self._append(drafts)
        except Exception as error:  # whatever it is, those who wait must hear of it and the writer must live
            if len(drafts) == 1 or isinstance(error, OperationalError | InterfaceError):
                return [_outcome(error)] * len(drafts)
        # One of them is at fault: its neighbours must not fail with it.
        return [outcome for draft in drafts for outcome in await self._commit([draft])]

    async def _append(self, drafts: Sequence[Sequence[Row]]) -> Sequence[log.Appended]:
        if self._way is None:
            self._way = OnLoop() if connection.vendor == "postgresql" else InThread()
        rows = list(chain.from_iterable(drafts))
        try:
            fresh = await self._way.append(rows)
        except (OperationalError, InterfaceError):
            # A connection that broke while nobody used it. Events have ids, so that trying again is safe.
            await self._way.close()
            fresh = await self._way.append(rows)
        return log.outcomes(drafts, fresh)


def _outcome(error: Exception) -> Exception:
    if isinstance(error, IntegrityError):
        return Problem("not_authenticated", "This account is gone.")
    if not isinstance(error, Error):
        logger.error("a batch failed", exc_info=error)
    return error


writer = Writer()
