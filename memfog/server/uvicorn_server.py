"""Runs uvicorn in one process with a slower tick.

uvicorn's ten ticks a second used more processor time on an idle laptop than all other work of Memfog.
"""

import asyncio
import sys
from contextlib import suppress
from types import FrameType
from typing import Any

import uvicorn

TICK_INTERVAL_S = 1.0  # seconds; the Date header of responses changes once a second
EXIT_NOT_STARTED = 3  # the exit code that uvicorn uses in this case


def run_server(application: str, **options: Any) -> None:
    """Runs the server like `uvicorn.run`, to which it delegates if there are several workers."""
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
