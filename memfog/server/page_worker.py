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
from events.deadline import Wait
from memfog.monitoring import log_format
from memfog.server.django_answer import Answer, Scope, collect
from memfog.wsgi import application

NICE = 5  # the web process, which many wait for, goes first
SLOTS = 64  # numbers of requests that were given up, each in its place
# One thread, which keeps its connection to the database.
django = WSGIMiddleware(application, workers=1, send_queue_size=0)  # type: ignore[arg-type]  # a WSGI application
_left: Sequence[int] = [0] * SLOTS


def set_up(left: Sequence[int]) -> None:
    """`left` is shared with the web process, which writes there whom nobody waits for any more."""
    global _left  # memory of this process, set when it starts
    _left = left
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the web process, which ends this one
    os.nice(NICE)
    # Loads every room before the first connection is made: what is registered with psycopg later, it does not know.
    resolve("/")
    gc.collect()
    gc.freeze()  # as the web process does
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """It may have been killed, where it can tell nobody."""
    above = multiprocessing.parent_process()
    if above:
        above.join()
        os._exit(0)


def answer(scope: Scope, body: bytes, number: int) -> tuple[Answer, float]:
    """What Django answers to this request, until its number is given up; and in how many seconds of processor time."""
    log_format.request_id.set(dict(scope["headers"]).get(b"x-request-id", b"").decode())
    began = process_time()
    with deadline.waiting(Numbered(inf, None, None, number, _left)):
        answer = asyncio.run(collect(django, scope, body))
    return answer, process_time() - began


@dataclass(slots=True)
class Numbered(Wait):
    """Somebody waits until this number stands in its place."""

    number: int
    given_up: Sequence[int]

    def is_left(self) -> bool:
        return self.given_up[self.number % SLOTS] == self.number

    def is_over(self, now: float) -> bool:
        return self.is_left()
