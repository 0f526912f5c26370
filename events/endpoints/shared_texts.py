"""What several streams of a user ask for at about the same time, made once for all of them."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable

KEPT, KEPT_CHARACTERS = 64, 4_000_000  # texts that further streams may ask for


class Shared:
    """Texts by what they are made of. The latest are kept, within bounds."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Task[str]] = {}
        self._kept: OrderedDict[Hashable, str] = OrderedDict()

    async def get(self, key: Hashable, make: Callable[[], Awaitable[str]]) -> str:
        """What `make` comes to, for this key. Raises what it raises."""
        if key in self._kept:
            return self._kept[key]
        if key not in self._under_way:
            self._under_way[key] = asyncio.create_task(self._make(key, make))
        # Others wait for it too: one stream that leaves does not end it.
        return await asyncio.shield(self._under_way[key])

    async def _make(self, key: Hashable, make: Callable[[], Awaitable[str]]) -> str:
        try:
            made = await make()
            self._keep(key, made)
            return made
        finally:
            del self._under_way[key]

    def _keep(self, key: Hashable, made: str) -> None:
        self._kept[key] = made
        while len(self._kept) > KEPT or sum(map(len, self._kept.values())) > KEPT_CHARACTERS:
            self._kept.popitem(last=False)
