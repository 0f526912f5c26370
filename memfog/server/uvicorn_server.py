"""uvicorn's server for one process, but for how often it looks around: ten times a second took more of an idle laptop
than all else that Memfog does."""

import asyncio
import sys
from contextlib import suppress
from types import FrameType
from typing import Any

import uvicorn

TICK_INTERVAL_S = 1.0  # seconds; as often as the date of its answers changes
EXIT_NOT_STARTED = 3  # as uvicorn ends then


def run_server(application: str, **options: Any) -> None:
    """As `uvicorn.run`; several workers are its own."""
    config = uvicorn.Config(application, **options)
    if config.workers > 1:
        uvicorn.run(application, **options)
        return
    server = SlowTickServer(config)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(EXIT_NOT_STARTED)


class SlowTickServer(uvicorn.Server):
    _loop: asyncio.AbstractEventLoop | None = None
    _exit_event: asyncio.Event

    async def main_loop(self) -> None:
        self._loop, self._exit_event = asyncio.get_running_loop(), asyncio.Event()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_INTERVAL_S):
                    await self._exit_event.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._loop:
            self._loop.call_soon_threadsafe(self._exit_event.set)
