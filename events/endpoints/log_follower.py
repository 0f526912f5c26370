"""Sends a user's log to one client as it grows: what all streams share, whatever they make of the events."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar
from uuid import UUID

from accounts.api_base import problem
from events.endpoints import async_http
from events.endpoints.async_http import Send
from events.endpoints.stream_end import StreamEnded
from events.endpoints.stream_reader import tail_reader
from events.store import log

HEARTBEAT_INTERVAL_S = 15.0
POLL_INTERVAL_S = 2.0  # between reads while the stream hub gets no notifications from other processes
RECHECK_INTERVAL_S = 30.0  # between checks whether the credential is still valid
EVENT_BATCH_SIZE = 200  # events per read

RenderRecords = Callable[[Sequence[log.Record]], Coroutine[Any, Any, str]]
AccessCheck = Callable[[], Coroutine[Any, Any, bool]]  # raises Problem `unavailable` while the answer is unknown
T = TypeVar("T")


class LogFollower:
    """Sends the log to one client, batch by batch.

    While the database does not answer, the stream stays open: it sends heartbeats, tries again and loses nothing.
    """

    def __init__(
        self, send: Send, user_id: UUID, start: int, render: RenderRecords, end: "asyncio.Future[None]"
    ) -> None:
        self.send, self.user_id, self.at, self.render, self.end = send, user_id, start, render, end
        self.last_sent_at = self.checked_at = _now()

    async def catch_up(self) -> None:
        """Sends all events after the position of this stream. Raises StreamEnded."""
        while await self._send_batch():
            pass

    async def _send_batch(self) -> bool:
        """Sends the next events; returns whether there may be more."""
        try:
            records = await self._wait(_load_after(self.user_id, self.at))
            text = await self._run(self.render(records)) if records else ""
        except Exception as error:
            await self._pause(error)
            return True
        if records:
            await self.send_text(text)
            self.at = records[-1].seq
        return len(records) == EVENT_BATCH_SIZE

    async def is_still_allowed(self, is_allowed: AccessCheck) -> bool:
        """Whether the stream may go on: checks the credential each `RECHECK_INTERVAL_S`. Raises StreamEnded."""
        while _now() - self.checked_at > RECHECK_INTERVAL_S:
            try:
                if not await self._run(is_allowed()):
                    return False
                self.checked_at = _now()
            except Exception as error:
                await self._pause(error)
        return not self.end.done()

    async def _pause(self, error: Exception) -> None:
        """Waits before the next try if the database does not answer. Raises any other error."""
        expected = problem.from_exception(error)
        if expected is None or expected.code != "unavailable":
            raise error
        await self._run(asyncio.sleep(POLL_INTERVAL_S))

    async def _run(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(work)
        try:
            return await self._wait(task)
        finally:
            task.cancel()

    async def _wait(self, work: "asyncio.Task[T]") -> T:
        """Waits for work, and sends heartbeats meanwhile. Raises StreamEnded if the stream ends first."""
        while not work.done():
            heartbeat_in = max(0.0, self.last_sent_at + HEARTBEAT_INTERVAL_S - _now())
            await asyncio.wait((work, self.end), timeout=heartbeat_in, return_when=asyncio.FIRST_COMPLETED)
            if self.end.done():
                raise StreamEnded
            await self.send_heartbeat()
        return work.result()

    async def send_heartbeat(self) -> None:
        if _now() - self.last_sent_at >= HEARTBEAT_INTERVAL_S - 1:
            await self.send_text(": still here\n\n")

    async def send_text(self, text: str) -> None:
        await async_http.send_with_timeout(
            self.send, {"type": "http.response.body", "body": text.encode(), "more_body": True}
        )
        self.last_sent_at = _now()


StreamPosition = tuple[UUID, int]
_running_reads: dict[StreamPosition, asyncio.Task[list[log.Record]]] = {}
_pending_reads: dict[StreamPosition, asyncio.Task[list[log.Record]]] = {}


def _load_after(user_id: UUID, at: int) -> asyncio.Task[list[log.Record]]:
    """Loads the events after a number, once for all streams of a user at the same position: do not cancel the task.

    The result comes from a read that starts after this call: a running read may have missed the commit of the last
    notification.
    """
    position = (user_id, at)
    if position not in _pending_reads:
        _pending_reads[position] = asyncio.create_task(_run_read(position))
        _pending_reads[position].add_done_callback(_mark_retrieved)
    return _pending_reads[position]


def _mark_retrieved(task: asyncio.Task[list[log.Record]]) -> None:
    """Marks the error of a task as retrieved: the streams that waited for it may have ended."""
    if not task.cancelled():
        task.exception()


async def _run_read(position: StreamPosition) -> list[log.Record]:
    while position in _running_reads:
        await asyncio.wait([_running_reads[position]])
    _running_reads[position] = _pending_reads.pop(position)
    try:
        return await tail_reader.load_after(*position, limit=EVENT_BATCH_SIZE)
    finally:
        del _running_reads[position]


def _now() -> float:
    return asyncio.get_running_loop().time()
