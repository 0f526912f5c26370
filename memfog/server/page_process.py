"""Runs the page process beside a web process, which renders its long pages.

The first long page starts the process. It ends after a while without pages, so that a laptop runs no idle process.
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
MAX_PENDING_PAGES = 4  # pages that the process renders or that wait for it
# The parts of the scope that Django needs; the other parts belong to the web server.
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
# Not `fork`: the child would inherit locks of threads that it does not have, and no thread would release them.
SPAWN_CONTEXT = multiprocessing.get_context("spawn")


class PageProcessLost(Exception):
    """The process ended before it answered."""


class PageProcess:
    """The page process of one event loop; it ends after `idle_timeout_s` seconds without a long page."""

    def __init__(self, idle_timeout_s: float = IDLE_TIMEOUT_S) -> None:
        self.idle_timeout_s, self.is_ready = idle_timeout_s, False
        self._pool: ProcessPoolExecutor | None = None
        self._request_numbers, self._pending_count = count(1), 0
        self._cancelled = SPAWN_CONTEXT.RawArray("Q", page_worker.SLOT_COUNT)
        self._stop_timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Starts the process or extends its idle timeout. Until it is ready, the web process renders pages itself."""
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
        """Returns the response from the page process, and the seconds of processor time that it used.

        Raises PageProcessLost if the process ended before it answered.
        """
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
            self._cancel(number)  # if the page is still being rendered

    @property
    def is_busy(self) -> bool:
        return self._pending_count > 0

    @property
    def has_capacity(self) -> bool:
        """Whether the process would render a page soon. Without the limit one client's pages would delay all others."""
        return self.is_ready and self._pending_count < MAX_PENDING_PAGES

    def _cancel(self, number: int) -> None:
        self._cancelled[number % page_worker.SLOT_COUNT] = number

    def _schedule_stop(self) -> None:
        if self._stop_timer:
            self._stop_timer.cancel()
        self._stop_timer = asyncio.get_running_loop().call_later(self.idle_timeout_s, self.stop)

    def stop(self) -> None:
        """Ends the process after the page that it renders now. Waiting pages are cancelled."""
        pool, self._pool, self.is_ready = self._pool, None, False
        if self._stop_timer:
            self._stop_timer.cancel()
        if pool:
            pool.shutdown(wait=False, cancel_futures=True)
