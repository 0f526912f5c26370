"""Wakes a worker once the events that arrived are due for projection: at most once a second, for all users."""

import asyncio

from django.conf import settings

from memory.projection import projection_queue, worker_wake


class ProjectionAlarm:
    """The alarms of this process. Without a worker it sets none: the schedule in this process does the projection."""

    def __init__(self) -> None:
        self._set_for: set[int] = set()  # seconds of the event loop's clock
        self._tasks: set[asyncio.Task[None]] = set()

    def set(self) -> None:
        """Sets an alarm for the moment at which an event that arrives now is due. Call it on the event loop."""
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
