"""Renders HTML for live pages in a separate thread.

The event loop serves all users, and parsing and rendering captured text would block it.
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

RENDER_BATCH_SIZE, RENDER_BATCH_CHARS = 50, 1_000_000  # records and characters in one batch
RENDER_CPU_BUDGET_S = 0.5  # processor time for coloring one batch
P = ParamSpec("P")
T = TypeVar("T")

# One thread: two would only compete with the event loop and with each other for the interpreter lock (GIL).
_executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="render")


async def run_in_render_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a function that renders captured text. Raises Problem `unavailable` after `DATABASE_TIMEOUT_S`.

    The function then stops too.
    """

    def work() -> T:
        with render_budget.use_budget(RenderBudget(cpu_seconds=RENDER_CPU_BUDGET_S)):
            return function(*args, **kwargs)

    with deadline.time_limit(async_http.DATABASE_TIMEOUT_S):
        context = copy_context()
    future = asyncio.get_running_loop().run_in_executor(_executor, context.run, work)
    return await async_http.with_database_timeout(future)


def split_batches(records: Sequence[Record]) -> Iterator[list[Record]]:
    """Splits records into batches, in order, small enough that other requests run between two batches."""
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
