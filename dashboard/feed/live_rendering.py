"""HTML for live pages: made in a thread of its own.

The event loop serves everybody. What it would take to read and lay out captured text is not for it.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

from dashboard.render import render_budget
from dashboard.render.render_budget import Budget
from events import deadline
from events.endpoints import async_http
from events.store.log import Record

SLICE, SLICE_CHARACTERS = 50, 1_000_000  # records that are read in one go
SECONDS = 0.5  # of processor time for the colors of one slice
P = ParamSpec("P")
T = TypeVar("T")

# One: two would only fight the event loop, and each other, for the interpreter's lock.
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="render")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a function that lays captured text out. It is given up on after a while, and stops then."""

    def work() -> T:
        with render_budget.spending(Budget(seconds=SECONDS)):
            return function(*args, **kwargs)

    with deadline.within(async_http.PATIENCE):
        context = copy_context()
    working = asyncio.get_running_loop().run_in_executor(_thread, context.run, work)
    return await async_http.within_patience(working)


def slices(records: Sequence[Record]) -> Iterator[list[Record]]:
    """The records in their order, few enough at a time for others to have their turn between."""
    taken: list[Record] = []
    size = 0
    for record in records:
        if taken and (len(taken) == SLICE or size + len(record.text) > SLICE_CHARACTERS):
            yield taken
            taken, size = [], 0
        taken.append(record)
        size += len(record.text)
    if taken:
        yield taken
