"""What Django answers: in a thread of this process, or what is much work in a process of its own.

Threads share the interpreter's lock: while one of them makes a long page, each of the others waits for the lock again
and again, dozens of times for one answer. So a page may use so much processor time here. Then it is asked again of the
process beside this one, and from then on its address goes there at once.
"""

from collections.abc import Callable
from math import inf
from typing import Any

from a2wsgi import WSGIMiddleware

from events import deadline
from events.deadline import Wait
from memfog.server.django_answer import Answer, Scope, collect
from memfog.server.page_process import Lost, PageProcess

THREADS = 10
# Reading them twice is reading them once; a link that works one time is not among them.
MOVABLE = ("/sessions", "/events/", "/search", "/memory", "/insights", "/api/sessions", "/api/search", "/api/context")
HERE = 0.2  # seconds of processor time that such a page may use in this process; usual ones take less
WORTH = 0.03  # of one that goes beside while nothing else is made there
REMEMBERED = 1_000  # addresses, with what their pages took


class Pages:
    """`django` is its WSGI handler."""

    def __init__(self, django: Callable[..., Any]) -> None:
        # A queue without a bound: a thread whose answer nobody awaits any more must still get rid of it.
        self.threads = WSGIMiddleware(django, workers=THREADS, send_queue_size=0)
        self.process = PageProcess()
        self._took: dict[str, float] = {}

    async def change(self, scope: Scope, body: bytes) -> Answer:
        return await collect(self.threads, scope, body)

    async def read(self, scope: Scope, body: bytes, wait: Wait) -> Answer:
        if not scope["path"].startswith(MOVABLE):
            return await collect(self.threads, scope, body)
        if self._is_for_the_process(scope["path"]):
            return await self._read_beside(scope, body, wait)
        with deadline.sharing(HERE if self.process.has_room else inf) as share:
            answer = await collect(self.threads, scope, body)
        self._remember(scope["path"], share.spent)
        if share.spent < HERE:
            return answer
        self.process.start()
        return await self._read_beside(scope, body, wait) if share.is_used_up else answer

    def _is_for_the_process(self, path: str) -> bool:
        took, process = self._took.get(path, 0.0), self.process
        return process.has_room and (took >= HERE or (took >= WORTH and not process.is_busy))

    async def _read_beside(self, scope: Scope, body: bytes, wait: Wait) -> Answer:
        try:
            answer, seconds = await self.process.answer(scope, body, wait)
        except Lost:
            return await collect(self.threads, scope, body)
        self._remember(scope["path"], seconds)
        if seconds >= HERE:
            self.process.start()
        return answer

    def _remember(self, path: str, seconds: float) -> None:
        self._took.pop(path, None)
        if seconds >= WORTH:
            self._took[path] = seconds
        if len(self._took) > REMEMBERED:
            del self._took[next(iter(self._took))]

    def stop(self) -> None:
        self.process.stop()
