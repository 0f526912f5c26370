"""The process beside a web process that makes its long pages. It is started for the first of them, and ends when there
was none for a while: a laptop keeps no process that it does not need.
"""

import asyncio
import multiprocessing
import os
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import count

from events.deadline import Wait
from memfog.server import page_worker
from memfog.server.django_answer import Answer, Scope

IDLE = 120.0  # seconds
WAITING = 4  # pages that are made there or wait for it, at most
# What Django is told of a request; the rest is the web server's own.
KEPT = ("type", "http_version", "server", "client", "scheme", "method", "root_path", "path", "query_string", "headers")
# A copy of this process would have its threads' locks, and nobody to unlock them.
SPAWN = multiprocessing.get_context("spawn")


class Lost(Exception):
    """The process ended before it answered."""


class PageProcess:
    """For one event loop. `idle`: seconds without a page after which it ends."""

    def __init__(self, idle: float = IDLE) -> None:
        self.idle, self.is_ready = idle, False
        self._pool: ProcessPoolExecutor | None = None
        self._numbers, self._asked = count(1), 0
        self._left = SPAWN.RawArray("Q", page_worker.SLOTS)
        self._end: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Starts it, unless it runs, and keeps it for a while. Until it is ready, pages are made without it."""
        self._running_pool()
        self._end_later()

    def _running_pool(self) -> ProcessPoolExecutor:
        if self._pool is None:
            pool = ProcessPoolExecutor(1, SPAWN, initializer=page_worker.set_up, initargs=(self._left,))
            loop, self._pool = asyncio.get_running_loop(), pool
            pool.submit(os.getpid).add_done_callback(lambda done: loop.call_soon_threadsafe(self._started, pool, done))
        return self._pool

    def _started(self, pool: ProcessPoolExecutor, done: "Future[int]") -> None:
        if self._pool is pool:
            self.is_ready = not done.exception()
            if done.exception():
                self.stop()

    async def answer(self, scope: Scope, body: bytes, wait: Wait) -> tuple[Answer, float]:
        """What Django answers there, and in how many seconds of processor time. Raises Lost when the process ended."""
        number = next(self._numbers)
        self._asked += 1
        wait.on_leave = lambda: self._give_up(number)
        asked = {name: scope[name] for name in KEPT if name in scope}
        try:
            return await asyncio.wrap_future(self._running_pool().submit(page_worker.answer, asked, body, number))
        except BrokenProcessPool:
            self.stop()
            raise Lost from None
        finally:
            self._asked -= 1
            self._give_up(number)  # if it is still being made

    @property
    def is_busy(self) -> bool:
        return self._asked > 0

    @property
    def has_room(self) -> bool:
        """Whether a page would be made there soon. Else whoever asks for many keeps others from theirs."""
        return self.is_ready and self._asked < WAITING

    def _give_up(self, number: int) -> None:
        self._left[number % page_worker.SLOTS] = number

    def _end_later(self) -> None:
        if self._end:
            self._end.cancel()
        self._end = asyncio.get_running_loop().call_later(self.idle, self.stop)

    def stop(self) -> None:
        """Has it end once it has answered what it was asked."""
        pool, self._pool, self.is_ready = self._pool, None, False
        if self._end:
            self._end.cancel()
        if pool:
            pool.shutdown(wait=False, cancel_futures=True)
