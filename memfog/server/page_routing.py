"""Routes requests for Django to a thread of this process, or to the page process for long pages.

Threads share the interpreter lock (GIL): a long page in one thread delays the others dozens of times per response. A
page that uses more than `THREAD_CPU_BUDGET_S` here starts again in the page process, and later requests for its path go
directly there.
"""

from collections.abc import Callable
from math import inf
from typing import Any

from a2wsgi import WSGIMiddleware

from events import deadline
from events.deadline import CancelScope
from memfog.server.django_answer import AsgiScope, DjangoResponse, collect_response
from memfog.server.page_process import PageProcess, PageProcessLost

THREAD_COUNT = 10
# Requests for these paths can safely run twice. One-time links are not among them.
MOVABLE_PREFIXES = (
    "/sessions",
    "/events/",
    "/search",
    "/memory",
    "/commits",
    "/insights",
    "/api/sessions",
    "/api/commits",
    "/api/search",
    "/api/context",
    "/api/hints",
)
THREAD_CPU_BUDGET_S = 0.2  # seconds of processor time that such a page may use in this process; a usual page uses less
MOVE_THRESHOLD_S = 0.03  # processor time of a page that moves when the page process is idle
MAX_REMEMBERED_PATHS = 1_000  # paths whose processor time is remembered


class PageRouter:
    """Chooses where a request runs. `django` is the WSGI application."""

    def __init__(self, django: Callable[..., Any]) -> None:
        # An unbounded queue: a thread must be able to finish its response even if no caller waits for it.
        self.threads = WSGIMiddleware(django, workers=THREAD_COUNT, send_queue_size=0)
        self.process = PageProcess()
        self._cpu_seconds: dict[str, float] = {}

    async def respond_to_change(self, scope: AsgiScope, body: bytes) -> DjangoResponse:
        return await collect_response(self.threads, scope, body)

    async def respond_to_read(self, scope: AsgiScope, body: bytes, cancel_scope: CancelScope) -> DjangoResponse:
        if not scope["path"].startswith(MOVABLE_PREFIXES):
            return await collect_response(self.threads, scope, body)
        if self._is_worth_moving(scope["path"]):
            return await self._respond_by_process(scope, body, cancel_scope)
        with deadline.cpu_limit(THREAD_CPU_BUDGET_S if self.process.has_capacity else inf) as cpu_budget:
            response = await collect_response(self.threads, scope, body)
        self._remember(scope["path"], cpu_budget.spent)
        if cpu_budget.spent < THREAD_CPU_BUDGET_S:
            return response
        self.process.start()
        return await self._respond_by_process(scope, body, cancel_scope) if cpu_budget.is_exhausted else response

    def _is_worth_moving(self, path: str) -> bool:
        cpu_seconds, process = self._cpu_seconds.get(path, 0.0), self.process
        return process.has_capacity and (
            cpu_seconds >= THREAD_CPU_BUDGET_S or (cpu_seconds >= MOVE_THRESHOLD_S and not process.is_busy)
        )

    async def _respond_by_process(self, scope: AsgiScope, body: bytes, cancel_scope: CancelScope) -> DjangoResponse:
        try:
            response, seconds = await self.process.respond(scope, body, cancel_scope)
        except PageProcessLost:
            return await collect_response(self.threads, scope, body)
        self._remember(scope["path"], seconds)
        if seconds >= THREAD_CPU_BUDGET_S:
            self.process.start()
        return response

    def _remember(self, path: str, seconds: float) -> None:
        self._cpu_seconds.pop(path, None)
        if seconds >= MOVE_THRESHOLD_S:
            self._cpu_seconds[path] = seconds
        if len(self._cpu_seconds) > MAX_REMEMBERED_PATHS:
            del self._cpu_seconds[next(iter(self._cpu_seconds))]

    def stop(self) -> None:
        self.process.stop()
