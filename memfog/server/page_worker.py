"""The code of the page process (`memfog.server.page_process`): runs Django, one request at a time."""

import asyncio
import gc
import multiprocessing
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from threading import Thread
from time import process_time

from a2wsgi import WSGIMiddleware
from django.urls import resolve

from events import deadline, work_kinds
from events.deadline import CancelScope
from events.isolation import work_limits
from memfog.monitoring import log_format
from memfog.server.django_answer import AsgiScope, DjangoResponse, collect_response
from memfog.wsgi import application

NICENESS = 5  # the web process, which serves many clients, has priority
SLOT_COUNT = 64  # slots for the numbers of cancelled requests
# One thread, so that it keeps its database connection.
django_app = WSGIMiddleware(application, workers=1, send_queue_size=0)  # type: ignore[arg-type]  # a WSGI application
_cancelled: Sequence[int] = [0] * SLOT_COUNT


def set_up(cancelled: Sequence[int]) -> None:
    """Prepares the process. The web process writes the numbers of cancelled requests into the shared `cancelled`."""
    global _cancelled  # set once, when the process starts
    _cancelled = cancelled
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the web process handles Ctrl-C and ends this process
    os.nice(NICENESS)
    work_limits.use(work_kinds.PAGE)
    # Load every app before the first connection: a connection ignores adapters that are registered with psycopg later.
    resolve("/")
    gc.collect()
    gc.freeze()  # as in the web process
    Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    """Ends this process when the web process ended, since a killed parent cannot stop its children."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(0)


def respond(scope: AsgiScope, body: bytes, number: int) -> tuple[DjangoResponse, float]:
    """Returns Django's response and the seconds of processor time; stops when request `number` is cancelled."""
    log_format.request_id.set(dict(scope["headers"]).get(b"x-request-id", b"").decode())
    started = process_time()
    with deadline.activate(NumberedCancelScope(inf, None, None, number, _cancelled)):
        response = asyncio.run(collect_response(django_app, scope, body))
    return response, process_time() - started


@dataclass(slots=True)
class NumberedCancelScope(CancelScope):
    """A scope that is cancelled when `number` appears in its slot of `cancelled`."""

    number: int
    cancelled: Sequence[int]

    def is_cancelled(self) -> bool:
        return self.cancelled[self.number % SLOT_COUNT] == self.number

    def is_expired(self, now: float) -> bool:
        return self.is_cancelled()
