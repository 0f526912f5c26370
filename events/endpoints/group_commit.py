"""Group commit: concurrent requests share a commit and are answered after it.

An idle writer writes an event at once; under load, the next commit takes all events that arrived during the last one.
There is no timer. The writer runs on the event loop: in a separate thread, the contention for the interpreter lock took
as long as the rest of the work.
"""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic

from django.db import Error, IntegrityError, InterfaceError, OperationalError, close_old_connections, connection

from accounts.api_base.problem import Problem
from events import measures
from events.endpoints import async_http
from events.store import log
from events.store.async_postgres import AsyncPostgresConnection
from events.store.drafts import Draft

COMMIT_BATCH_SIZE = 2_000  # events in one commit

logger = logging.getLogger(__name__)
AppendOutcome = log.Appended | Exception


class AsyncAppender:
    """Appends on PostgreSQL by a connection that belongs to the event loop."""

    def __init__(self) -> None:
        self._connection = AsyncPostgresConnection()

    async def append(self, drafts: Sequence[Draft]) -> list[log.Appended]:
        return await log.append_async(self._connection, drafts)

    async def close(self) -> None:
        await self._connection.close()


class ThreadAppender:
    """Appends on SQLite, which has no asynchronous driver, by a single writer thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="write")

    async def append(self, drafts: Sequence[Draft]) -> list[log.Appended]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._append, drafts)

    def _append(self, drafts: Sequence[Draft]) -> list[log.Appended]:
        close_old_connections()
        return log.append(drafts)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, connection.close)


@dataclass(frozen=True, slots=True)
class _PendingAppend:
    """A draft that waits for its commit, and the future of its request."""

    draft: Draft
    future: asyncio.Future[log.Appended]

    def time_out(self) -> None:
        self.resolve(OperationalError("the database took too long"))

    def resolve(self, outcome: AppendOutcome) -> None:
        if self.future.done():  # the client disconnected
            return
        if isinstance(outcome, Exception):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


class GroupCommitWriter:
    """The single writer of `POST /ingest` in this process."""

    def __init__(self) -> None:
        self._pending: list[_PendingAppend] = []
        self._write_task: asyncio.Task[None] | None = None
        self._appender: AsyncAppender | ThreadAppender | None = None

    async def append(self, draft: Draft) -> log.Appended:
        """Returns when the rows of the draft are committed.

        Raises what the database says about them; OperationalError when that takes it too long.
        """
        loop = asyncio.get_running_loop()
        pending = _PendingAppend(draft, loop.create_future())
        self._pending.append(pending)
        if self._write_task is None:
            self._write_task = asyncio.create_task(self._write_groups())
        timeout_handle = loop.call_later(async_http.DATABASE_TIMEOUT_S, pending.time_out)
        try:
            return await pending.future
        finally:
            timeout_handle.cancel()

    async def stop(self) -> None:
        """Writes the waiting drafts, then closes the connection."""
        if self._write_task:
            await self._write_task
        if self._appender:
            await self._appender.close()

    async def _write_groups(self) -> None:
        while group := self._take_group():
            started = monotonic()
            for pending, outcome in zip(group, await self._commit([one.draft for one in group]), strict=True):
                pending.resolve(outcome)
            events = sum(len(one.draft.rows) for one in group)
            measures.observer.observe_commit(monotonic() - started, len(group), events)
        self._write_task = None

    def _take_group(self) -> list[_PendingAppend]:
        # A finished future has no reader: the database did not answer in time, or the client disconnected.
        self._pending = [pending for pending in self._pending if not pending.future.done()]
        size = end = 0
        while end < len(self._pending) and size < COMMIT_BATCH_SIZE:
            size += len(self._pending[end].draft.rows)
            end += 1
        group, self._pending = self._pending[:end], self._pending[end:]
        return group

    async def _commit(self, drafts: Sequence[Draft]) -> Sequence[AppendOutcome]:
        try:
            return await self._append(drafts)
        except Exception as error:  # whatever the error is, the waiting requests get it and the writer goes on
            if len(drafts) == 1 or isinstance(error, OperationalError | InterfaceError):
                return [_to_outcome(error)] * len(drafts)
        # One of the drafts causes the error: the others must not fail with it.
        return [outcome for draft in drafts for outcome in await self._commit([draft])]

    async def _append(self, drafts: Sequence[Draft]) -> Sequence[log.Appended]:
        if self._appender is None:
            self._appender = AsyncAppender() if connection.vendor == "postgresql" else ThreadAppender()
        try:
            return await self._appender.append(drafts)
        except (OperationalError, InterfaceError):
            # An idle connection broke. Events have ids, so a second try stores nothing twice.
            await self._appender.close()
            return await self._appender.append(drafts)


def _to_outcome(error: Exception) -> Exception:
    if isinstance(error, IntegrityError):
        return Problem("not_authenticated", "This account is gone.")
    if not isinstance(error, Error):
        logger.error("a batch failed", exc_info=error)
    return error


writer = GroupCommitWriter()
