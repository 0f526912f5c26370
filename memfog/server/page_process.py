"""The process beside a web process that makes its long pages. It is started for the first of them, and ends when there
was none for a while: a laptop keeps no process that it does not need.
"""

import asyncio
import multiprocessing
import os
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import count

from events.deadline import CancelScope
from memfog.server import page_worker
from memfog.server.django_answer import AsgiScope, DjangoResponse

IDLE_TIMEOUT_S = 120.0  # seconds
MAX_PENDING_PAGES = 4  # pages that are made there or wait for it, at most
# What Django is told of a request; the rest is the web server's own.
SCOPE_KEYS = (
    "type",
    "http_version",
    "server",
    "client",
    "scheme",
    "method",
    "root_path",
    "path",
    "query_string",
    "headers",
)
# A copy of this process would have its threads' locks, and nobody to unlock them.
SPAWN_CONTEXT = multiprocessing.get_context("spawn")


class PageProcessLost(Exception):
    """The process ended before it answered."""


class PageProcess:
    """For one event loop. `idle_timeout_s`: seconds without a page after which it ends."""

    def __init__(self, idle_timeout_s: float = IDLE_TIMEOUT_S) -> None:
        self.idle_timeout_s, self.is_ready = idle_timeout_s, False
        self._pool: ProcessPoolExecutor | None = None
        self._request_numbers, self._pending_count = count(1), 0
        self._cancelled = SPAWN_CONTEXT.RawArray("Q", page_worker.SLOT_COUNT)
        self._stop_timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Starts it, unless it runs, and keeps it for a while. Until it is ready, pages are made without it."""
        self._ensure_pool()
        self._schedule_stop()

    def _ensure_pool(self) -> ProcessPoolExecutor:
        if self._pool is None:
            pool = ProcessPoolExecutor(1, SPAWN_CONTEXT, initializer=page_worker.set_up, initargs=(self._cancelled,))
            loop, self._pool = asyncio.get_running_loop(), pool
            pool.submit(os.getpid).add_done_callback(
                lambda done: loop.call_soon_threadsafe(self._on_started, pool, done)
            )
        return self._pool

    def _on_started(self, pool: ProcessPoolExecutor, future: "Future[int]") -> None:
        if self._pool is pool:
            self.is_ready = not future.exception()
            if future.exception():
                self.stop()

    async def respond(self, scope: AsgiScope, body: bytes, cancel_scope: CancelScope) -> tuple[DjangoResponse, float]:
        """What Django answers there, and in how many seconds of processor time. Raises Lost when the process ended."""
        number = next(self._request_numbers)
        self._pending_count += 1
        cancel_scope.on_cancel = lambda: self._cancel(number)
        asgi_scope = {name: scope[name] for name in SCOPE_KEYS if name in scope}
        try:
            return await asyncio.wrap_future(self._ensure_pool().submit(page_worker.respond, asgi_scope, body, number))
        except BrokenProcessPool:
            self.stop()
            raise PageProcessLost from None
        finally:
            self._pending_count -= 1
            self._cancel(number)  # if it is still being made

    @property
    def is_busy(self) -> bool:
        return self._pending_count > 0

    @property
    def has_capacity(self) -> bool:
        """Whether a page would be made there soon. Else whoever asks for many keeps others from theirs."""
        return self.is_ready and self._pending_count < MAX_PENDING_PAGES

    def _cancel(self, number: int) -> None:
        self._cancelled[number % page_worker.SLOT_COUNT] = number

    def _schedule_stop(self) -> None:
        if self._stop_timer:
            self._stop_timer.cancel()
        self._stop_timer = asyncio.get_running_loop().call_later(self.idle_timeout_s, self.stop)

    def stop(self) -> None:
        """Has it end once it has answered what it was asked."""
        pool, self._pool, self.is_ready = self._pool, None, False
        if self._stop_timer:
            self._stop_timer.cancel()
        if pool:
            pool.shutdown(wait=False, cancel_futures=True)
