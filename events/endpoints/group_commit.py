"""Group commit: concurrent requests share a commit and are answered after it.

An idle writer writes an event at once; under load, the next commit takes all events that arrived during the last one.
There is no timer. The writer runs on the event loop: in a separate thread, the contention for the interpreter lock took
as long as the rest of the work.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from time import monotonic
from uuid import UUID

from django.conf import settings
from django.db import Error, IntegrityError, InterfaceError, OperationalError, close_old_connections, connection

from accounts.api_base.problem import Problem
from events import measures
from events.endpoints import async_http
from events.endpoints.shared_loads import SharedLoads
from events.store import locations, log
from events.store.async_postgres import AsyncPostgresPool
from events.store.drafts import Draft
from events.store.locations import UserLocation
from events.store.wal_checkpoint import WalCheckpointer
from events.wire.envelope import WireEvent
from events.work_kinds import INGEST

MAX_LOCATIONS_AT_ONCE = 20  # of one request; for more, a thread loads the ids
LOCATIONS_TIMEOUT_S = 8.0  # the append after it has a time limit of its own
COMMIT_BATCH_SIZE = 2_000  # events in one commit
# While a commit hangs, requests wait for it with their events in memory; further requests are refused.
MAX_PENDING_BYTES = 67_108_864
PENDING_ROW_BYTES = 1_024  # memory of a waiting event beside its compressed body

logger = logging.getLogger(__name__)
AppendOutcome = log.Appended | Exception


class AsyncAppender:
    """Appends on PostgreSQL by a connection that belongs to the event loop."""

    def __init__(self) -> None:
        self._pool = AsyncPostgresPool(INGEST, size=1)
        self._locations = SharedLoads(self._load_locations)

    async def load_locations(self, wanted: Collection[UserLocation]) -> bool:
        """Loads the ids of these locations, so that drafts find them. Returns False where the caller must do it.

        Raises OperationalError if the connection is not free in time: a commit hangs.
        """
        if settings.DATABASE_DISTRIBUTED or len(wanted) > MAX_LOCATIONS_AT_ONCE:
            return False
        try:
            async with asyncio.timeout(LOCATIONS_TIMEOUT_S):
                await asyncio.gather(*(self._locations.load(one, None) for one in wanted))
        except TimeoutError:
            raise OperationalError("the database took too long") from None
        except Error:
            return False  # one of the users is deleted: each caller finds out whether it is its own user
        return True

    async def _load_locations(self, wanted: Mapping[UserLocation, None]) -> dict[UserLocation, int]:
        return await locations.load_ids(self._pool, wanted)

    async def append(self, drafts: Sequence[Draft]) -> list[log.Appended]:
        return await log.append_async(self._pool, drafts)

    async def close(self) -> None:
        self._pool.close()


class ThreadAppender:
    """Appends on SQLite, which has no asynchronous driver, by a single writer thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="write")
        self._checkpointer = WalCheckpointer()

    async def load_locations(self, wanted: Collection[UserLocation]) -> bool:
        return False

    async def append(self, drafts: Sequence[Draft]) -> list[log.Appended]:
        appended = await asyncio.get_running_loop().run_in_executor(self._thread, self._append, drafts)
        self._checkpointer.count_commit(sum(one.accepted for one in appended))
        return appended

    def _append(self, drafts: Sequence[Draft]) -> list[log.Appended]:
        close_old_connections()
        return log.append(drafts)

    async def close(self) -> None:
        await self._checkpointer.close()
        await asyncio.get_running_loop().run_in_executor(self._thread, connection.close)


@dataclass(slots=True)
class _PendingAppend:
    """A draft that waits for its commit, and the function that gets the outcome, once."""

    draft: Draft
    on_done: Callable[[AppendOutcome], None]
    timeout_at: float  # of the event loop's clock
    size: int  # bytes in memory
    is_done: bool = False


class GroupCommitWriter:
    """The single writer of `POST /ingest` in this process."""

    def __init__(self) -> None:
        self._pending: list[_PendingAppend] = []
        self._group: list[_PendingAppend] = []  # being committed
        self._bytes = 0  # of the drafts that wait
        self._write_task: asyncio.Task[None] | None = None
        self._timeout_handle: asyncio.TimerHandle | None = None
        self._appender: AsyncAppender | ThreadAppender | None = None

    async def append(self, draft: Draft) -> log.Appended:
        """Returns when the rows of the draft are committed.

        Raises the error of the database; OperationalError if the database takes too long, and Problem `unavailable` if
        too many events wait already.
        """
        future = asyncio.get_running_loop().create_future()
        pending = self.submit(draft, partial(_settle, future))
        try:
            appended: log.Appended = await future
        finally:
            self._end(pending)  # if the request was cancelled
        return appended

    async def load_locations(self, user_id: UUID, events: Sequence[WireEvent]) -> bool:
        """Loads the ids of the events' locations into the cache of `events.store.locations`.

        Returns False if the caller must get them, because that cannot be done for several users at once.
        """
        return await self._open_appender().load_locations({(user_id, locations.for_event(event)) for event in events})

    def submit(self, draft: Draft, on_done: Callable[[AppendOutcome], None]) -> _PendingAppend:
        """Calls `on_done` when the rows of the draft are committed, with the error if they are not.

        Raises Problem `unavailable` if too many events wait already.
        """
        if self._bytes > MAX_PENDING_BYTES:
            raise Problem("unavailable", "The database does not respond. Try again shortly.")
        loop = asyncio.get_running_loop()
        pending = _PendingAppend(draft, on_done, loop.time() + async_http.DATABASE_TIMEOUT_S, _measure(draft))
        self._pending.append(pending)
        self._bytes += pending.size
        if self._write_task is None:
            self._write_task = loop.create_task(self._write_groups())
        if self._timeout_handle is None:
            self._timeout_handle = loop.call_at(pending.timeout_at, self._time_out)
        return pending

    def _time_out(self) -> None:
        """Resolves what has waited too long. One timer for all: it is set for the oldest."""
        now, waiting = asyncio.get_running_loop().time(), [*self._group, *self._pending]
        self._timeout_handle = None
        for pending in waiting:
            if pending.timeout_at <= now:
                self._resolve(pending, OperationalError("the database took too long"))
        if rest := [pending.timeout_at for pending in waiting if not pending.is_done]:
            self._timeout_handle = asyncio.get_running_loop().call_at(min(rest), self._time_out)

    def _resolve(self, pending: _PendingAppend, outcome: AppendOutcome) -> None:
        if self._end(pending):
            pending.on_done(outcome)

    def _end(self, pending: _PendingAppend) -> bool:
        """Ends the wait of a draft. Returns False if its wait had ended before."""
        if pending.is_done:
            return False
        pending.is_done = True
        self._bytes -= pending.size
        return True

    async def stop(self) -> None:
        """Writes the waiting drafts, then closes the connection."""
        if self._write_task:
            await self._write_task
        if self._appender:
            await self._appender.close()

    async def _write_groups(self) -> None:
        while group := self._take_group():
            self._group, started = group, monotonic()
            for pending, outcome in zip(group, await self._commit([one.draft for one in group]), strict=True):
                self._resolve(pending, outcome)
            events = sum(len(one.draft.rows) for one in group)
            measures.observer.observe_commit(monotonic() - started, len(group), events)
        self._group, self._write_task = [], None

    def _take_group(self) -> list[_PendingAppend]:
        # No request waits for these anymore: the database did not answer in time, or the client disconnected.
        self._pending = [pending for pending in self._pending if not pending.is_done]
        size = end = 0
        while end < len(self._pending) and size < COMMIT_BATCH_SIZE:
            size += len(self._pending[end].draft.rows)
            end += 1
        group, self._pending = self._pending[:end], self._pending[end:]
        return group

    async def _commit(self, drafts: Sequence[Draft]) -> Sequence[AppendOutcome]:
        try:
            return await self._append(drafts)
        except Exception as error:  # the waiting requests get any error, and the writer continues
            if len(drafts) == 1 or isinstance(error, OperationalError | InterfaceError):
                return [_to_outcome(error)] * len(drafts)
        # One of the drafts causes the error: the others must not fail with it.
        return [outcome for draft in drafts for outcome in await self._commit([draft])]

    async def _append(self, drafts: Sequence[Draft]) -> Sequence[log.Appended]:
        return await self._open_appender().append(drafts)

    def _open_appender(self) -> AsyncAppender | ThreadAppender:
        if self._appender is None:
            self._appender = AsyncAppender() if connection.vendor == "postgresql" else ThreadAppender()
        return self._appender


def _measure(draft: Draft) -> int:
    return sum(PENDING_ROW_BYTES + len(row.body or b"") for row in draft.rows)


def _settle(future: asyncio.Future[log.Appended], outcome: AppendOutcome) -> None:
    if future.done():  # the request was cancelled
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


def _to_outcome(error: Exception) -> Exception:
    if isinstance(error, IntegrityError):
        return Problem("not_authenticated", "This account was deleted.")
    if not isinstance(error, Error):
        logger.error("a batch failed", exc_info=error)
    return error


writer = GroupCommitWriter()
