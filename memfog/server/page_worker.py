"""What runs in the process of long pages (`memfog.server.page_process`): Django, one request after the other."""

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

from events import deadline
from events.deadline import CancelScope
from memfog.monitoring import log_format
from memfog.server.django_answer import AsgiScope, DjangoResponse, collect_response
from memfog.wsgi import application

NICENESS = 5  # the web process, which many wait for, goes first
SLOT_COUNT = 64  # numbers of requests that were given up, each in its place
# One thread, which keeps its connection to the database.
django_app = WSGIMiddleware(application, workers=1, send_queue_size=0)  # type: ignore[arg-type]  # a WSGI application
_cancelled: Sequence[int] = [0] * SLOT_COUNT


def set_up(cancelled: Sequence[int]) -> None:
    """`cancelled` is shared with the web process, which writes there whom nobody waits for any more."""
    global _cancelled  # memory of this process, set when it starts
    _cancelled = cancelled
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the web process, which ends this one
    os.nice(NICENESS)
    # Loads every room before the first connection is made: what is registered with psycopg later, it does not know.
    resolve("/")
    gc.collect()
    gc.freeze()  # as the web process does
    Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    """It may have been killed, where it can tell nobody."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(0)


def respond(scope: AsgiScope, body: bytes, number: int) -> tuple[DjangoResponse, float]:
    """What Django answers to this request, until its number is given up; and in how many seconds of processor time."""
    log_format.request_id.set(dict(scope["headers"]).get(b"x-request-id", b"").decode())
    started = process_time()
    with deadline.activate(NumberedCancelScope(inf, None, None, number, _cancelled)):
        response = asyncio.run(collect_response(django_app, scope, body))
    return response, process_time() - started


@dataclass(slots=True)
class NumberedCancelScope(CancelScope):
    """Somebody waits until this number stands in its place."""

    number: int
    cancelled: Sequence[int]

    def is_cancelled(self) -> bool:
        return self.cancelled[self.number % SLOT_COUNT] == self.number

    def is_expired(self, now: float) -> bool:
        return self.is_cancelled()
