"""Acts on events that arrived at a web process: wakes a worker for the projection, and checks for notices. The check
comes at once if a session asks for something, else a little later. Where workers project the queue, they check for
notices of the other events.
"""

import asyncio
import logging
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections

from memory.notifications import notice_worker
from memory.projection.user_queue import projection_queue, worker_wake

logger = logging.getLogger(__name__)


class ProjectionAlarm:
    """Wakes a worker when the events are due, at most once a second for all users.

    Without a worker it sets no alarm: the schedule in this process does the projection.
    """

    def __init__(self) -> None:
        self._set_for: set[int] = set()  # seconds of the event loop's clock
        self._tasks: set[asyncio.Task[None]] = set()

    def set(self) -> None:
        """Sets an alarm for the time at which an event that arrives now is due. Call it on the event loop."""
        if not settings.REDIS_URL or settings.ON_SQLITE:
            return
        loop = asyncio.get_running_loop()
        second = int(loop.time() + projection_queue.SETTLE_S) + 1
        if second not in self._set_for:
            self._set_for.add(second)
            loop.call_at(second, self._go_off, second)

    def _go_off(self, second: int) -> None:
        self._set_for.discard(second)
        # While Redis does not answer, alarms must not accumulate.
        if not self._tasks:
            task = asyncio.create_task(asyncio.to_thread(worker_wake.wake_worker))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


class NoticeAlarm:
    """The users whose notices this process must check: one check at a time, and then the users added meanwhile."""

    def __init__(self) -> None:
        self._due: set[UUID] = set()
        self._later: set[UUID] = set()
        self._task: asyncio.Task[None] | None = None
        self._is_queued = notice_worker.is_queued()

    def set(self, user_id: UUID, is_urgent: bool) -> None:
        """Sets an alarm for events of this user that arrived now. Call it on the event loop."""
        if is_urgent:
            self._due.add(user_id)
            self._start()
        elif not self._is_queued and user_id not in self._later:
            self._later.add(user_id)
            asyncio.get_running_loop().call_later(projection_queue.SETTLE_S, self._go_off, user_id)

    def _go_off(self, user_id: UUID) -> None:
        self._later.discard(user_id)
        self._due.add(user_id)
        self._start()

    def _start(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        while self._due:
            user_ids, self._due = self._due, set()
            await asyncio.to_thread(_look_for_notices, user_ids)
        self._task = None


def _look_for_notices(user_ids: set[UUID]) -> None:
    close_old_connections()
    try:
        notice_worker.notice_changes(user_ids)
    except Exception:
        # The task of each minute finds what this check missed.
        logger.exception("Looking for notices failed")
