"""HTML for live pages: made in a thread of its own.

The event loop serves everybody. What it would take to read and lay out captured text is not for it.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

from dashboard.render import render_budget
from dashboard.render.render_budget import RenderBudget
from events import deadline
from events.endpoints import async_http
from events.store.log import Record

RENDER_BATCH_SIZE, RENDER_BATCH_CHARS = 50, 1_000_000  # records that are read in one go
RENDER_CPU_BUDGET_S = 0.5  # of processor time for the colors of one slice
P = ParamSpec("P")
T = TypeVar("T")

# One: two would only fight the event loop, and each other, for the interpreter's lock.
_executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="render")


async def run_in_render_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a function that lays captured text out. It is given up on after a while, and stops then."""

    def work() -> T:
        with render_budget.use_budget(RenderBudget(cpu_seconds=RENDER_CPU_BUDGET_S)):
            return function(*args, **kwargs)

    with deadline.time_limit(async_http.DATABASE_TIMEOUT_S):
        context = copy_context()
    future = asyncio.get_running_loop().run_in_executor(_executor, context.run, work)
    return await async_http.with_database_timeout(future)


def split_batches(records: Sequence[Record]) -> Iterator[list[Record]]:
    """The records in their order, few enough at a time for others to have their turn between."""
    batch: list[Record] = []
    size = 0
    for record in records:
        if batch and (len(batch) == RENDER_BATCH_SIZE or size + len(record.text) > RENDER_BATCH_CHARS):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += len(record.text)
    if batch:
        yield batch
