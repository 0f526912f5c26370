"""Ends a stream when its client disconnects or the process is asked to end."""

import asyncio
import signal
from contextlib import suppress
from types import FrameType
from typing import Any

from events.endpoints.async_http import AsgiRequest


class StreamEnded(Exception):
    """The client disconnected, or the process is asked to end."""


class EndWatcher:
    """Context manager with a future that is done when the client disconnects or the process is asked to end.

    `end` also sets `notification`, so that the stream does not wait any longer.
    """

    open_watchers: set["EndWatcher"] = set()
    is_process_ending = False

    def __init__(self, request: AsgiRequest, notification: asyncio.Event) -> None:
        self.request, self.notification = request, notification
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> "asyncio.Future[None]":
        install_signal_handlers()
        self.open_watchers.add(self)
        self.client_watcher = asyncio.create_task(self._wait_for_client())
        if self.is_process_ending:
            self.end()
        return self.ended

    async def __aexit__(self, *error: Any) -> None:
        self.open_watchers.discard(self)
        self.client_watcher.cancel()
        with suppress(asyncio.CancelledError):
            await self.client_watcher

    async def _wait_for_client(self) -> None:
        while (await self.request.receive())["type"] != "http.disconnect":
            pass
        self.end()

    def end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)
        self.notification.set()


_handled_signals: set[int] = set()


def install_signal_handlers() -> None:
    """Ends open streams at SIGTERM and SIGINT, and later ones at once: they would delay the server's shutdown.

    The handler runs before the server's own and then calls it. A server that uses the event loop's signal handlers
    is notified by the loop's wake-up descriptor and needs no call.
    """
    loop = asyncio.get_running_loop()
    for signal_number in {signal.SIGTERM, signal.SIGINT} - _handled_signals:
        previous_handler = signal.getsignal(signal_number)

        def handle_signal(signum: int, frame: FrameType | None, previous: Any = previous_handler) -> None:
            loop.call_soon_threadsafe(_end_all_streams)
            if callable(previous):
                previous(signum, frame)

        signal.signal(signal_number, handle_signal)
        _handled_signals.add(signal_number)


def _end_all_streams() -> None:
    EndWatcher.is_process_ending = True
    for stream in list(EndWatcher.open_watchers):
        stream.end()
