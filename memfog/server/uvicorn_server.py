"""uvicorn's server for one process, but for how often it looks around: ten times a second took more of an idle laptop
than all else that Memfog does."""

import asyncio
import sys
from contextlib import suppress
from types import FrameType
from typing import Any

import uvicorn

LOOK = 1.0  # seconds; as often as the date of its answers changes
NOT_STARTED = 3  # as uvicorn ends then


def run(application: str, **options: Any) -> None:
    """As `uvicorn.run`; several workers are its own."""
    config = uvicorn.Config(application, **options)
    if config.workers > 1:
        uvicorn.run(application, **options)
        return
    server = Server(config)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(NOT_STARTED)


class Server(uvicorn.Server):
    _loop: asyncio.AbstractEventLoop | None = None
    _bell: asyncio.Event

    async def main_loop(self) -> None:
        self._loop, self._bell = asyncio.get_running_loop(), asyncio.Event()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._bell.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._loop:
            self._loop.call_soon_threadsafe(self._bell.set)
