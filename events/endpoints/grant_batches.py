"""Loads the grants of tokens for requests of the event loop: all that wait while a statement runs share the next one.

After a start, or after a pause of the database, each user's first request needs a grant at about the same time.
"""

import asyncio
from uuid import UUID

from accounts.credentials import token_grants
from accounts.credentials.token_grants import Grant
from events.endpoints import async_http


class GrantBatches:
    """One statement at a time; belongs to one event loop."""

    def __init__(self) -> None:
        self._clients: dict[UUID, str] = {}
        self._next: asyncio.Task[dict[UUID, Grant]] | None = None
        self._running: asyncio.Task[dict[UUID, Grant]] | None = None

    async def load(self, token_id: UUID, *, client: str) -> Grant | None:
        """Like `token_grants.load`. Raises Problem `unavailable` if the database does not answer in time."""
        self._clients[token_id] = client
        if self._next is None:
            self._next = asyncio.create_task(self._load_after(self._running))
        # A request that ends must not end the statement of the others.
        return (await asyncio.shield(self._next)).get(token_id)

    async def _load_after(self, running: "asyncio.Task[dict[UUID, Grant]] | None") -> dict[UUID, Grant]:
        if running and not running.done():
            await asyncio.wait([running])
        clients, self._clients = self._clients, {}
        self._next, self._running = None, self._next
        return await async_http.run_in_thread(token_grants.load_many, clients)


batches = GrantBatches()
