"""Loads together what first requests need from the database: all that wait for a statement share the next one.

After a start, or after a pause of the database, each user's first request needs a grant, and its first event the id of
its location, at about the same time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar
from uuid import UUID

from accounts.credentials import token_grants
from accounts.credentials.token_grants import Grant
from events.endpoints import async_http

K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R")


class SharedLoads(Generic[K, V, R]):
    """One call of `load_many` at a time; belongs to one event loop."""

    def __init__(self, load_many: Callable[[dict[K, V]], Awaitable[dict[K, R]]]) -> None:
        self._load_many = load_many
        self._wanted: dict[K, V] = {}
        self._next: asyncio.Task[dict[K, R]] | None = None
        self._running: asyncio.Task[dict[K, R]] | None = None

    async def load(self, key: K, value: V) -> R | None:
        """Returns what was loaded for this key, or None. Raises what `load_many` raises."""
        self._wanted[key] = value
        if self._next is None:
            self._next = asyncio.create_task(self._load_after(self._running))
            self._next.add_done_callback(_mark_retrieved)
        # A request that ends must not end the statement of the others.
        return (await asyncio.shield(self._next)).get(key)

    async def _load_after(self, running: "asyncio.Task[dict[K, R]] | None") -> dict[K, R]:
        if running and not running.done():
            await asyncio.wait([running])
        wanted, self._wanted = self._wanted, {}
        self._next, self._running = None, self._next
        return await self._load_many(wanted)


def _mark_retrieved(task: "asyncio.Task[object]") -> None:
    """Marks the error of a task as retrieved: the requests that waited for it may have ended."""
    if not task.cancelled():
        task.exception()


async def _load_grants(clients: dict[UUID, str]) -> dict[UUID, Grant]:
    return await async_http.run_in_thread(token_grants.load_many, clients)


grants = SharedLoads(_load_grants)
