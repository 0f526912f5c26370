"""Renders a text that several streams of a user need at about the same time once for all of them."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable

MAX_CACHED_TEXTS, MAX_CACHED_CHARS = 64, 4_000_000


class SharedTextCache:
    """Cache of rendered texts by key. The latest texts are kept, up to `MAX_CACHED_TEXTS` and `MAX_CACHED_CHARS`."""

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Task[str]] = {}
        self._cached: OrderedDict[Hashable, str] = OrderedDict()

    async def get(self, key: Hashable, make: Callable[[], Awaitable[str]]) -> str:
        """Returns the cached text of the key, or the result of `make`. Raises the errors of `make`."""
        if key in self._cached:
            return self._cached[key]
        if key not in self._running:
            self._running[key] = asyncio.create_task(self._make(key, make))
        # Shielded, because other streams may wait for the same task when one stream is cancelled.
        return await asyncio.shield(self._running[key])

    async def _make(self, key: Hashable, make: Callable[[], Awaitable[str]]) -> str:
        try:
            text = await make()
            self._store(key, text)
            return text
        finally:
            del self._running[key]

    def _store(self, key: Hashable, text: str) -> None:
        self._cached[key] = text
        while len(self._cached) > MAX_CACHED_TEXTS or sum(map(len, self._cached.values())) > MAX_CACHED_CHARS:
            self._cached.popitem(last=False)
