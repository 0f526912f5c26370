"""Runs uvicorn with a slower tick, on sockets that outlive this process where a service manager opened some.

uvicorn's ten ticks a second used more processor time on an idle laptop than all other work of Memfog.
"""

import asyncio
import socket
import sys
from contextlib import suppress
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.supervisors import multiprocess

from memfog.server import socket_activation
from memfog.server.http_protocol import ConnectionState

TICK_INTERVAL_S = 1.0  # seconds; the Date header of responses changes once a second
EXIT_NOT_STARTED = 3  # the exit code that uvicorn uses in this case


class ServerConfig(uvicorn.Config):
    # Whether the listening socket outlives this process: a client whose connection is closed reaches another process.
    outlived_by_socket = False


def run_server(application: str, **options: Any) -> None:
    """Runs the server in one process, or in several below this one, until a signal ends it."""
    config = ServerConfig(application, **options)
    sockets = socket_activation.take_sockets()
    config.outlived_by_socket = bool(sockets)
    if config.workers > 1:
        _run_workers(config, sockets or [config.bind_socket()])
        return
    server = SlowTickServer(config)
    with suppress(KeyboardInterrupt):
        server.run(sockets=sockets or None)
    if not server.started:
        sys.exit(EXIT_NOT_STARTED)


def _run_workers(config: ServerConfig, sockets: list[socket.socket]) -> None:
    # uvicorn has no option for the class of its workers.
    multiprocess.Process = WorkerProcess  # type: ignore[misc]
    with suppress(KeyboardInterrupt):
        multiprocess.Multiprocess(config, sockets).run()


class SlowTickServer(uvicorn.Server):
    config: ServerConfig
    _loop: asyncio.AbstractEventLoop | None = None
    _exit_event: asyncio.Event

    def __init__(self, config: ServerConfig) -> None:
        super().__init__(config)
        self.server_state: ConnectionState = ConnectionState()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        socket_activation.notify("READY=1")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        socket_activation.notify("STOPPING=1")
        self.server_state.is_draining = self.config.outlived_by_socket
        await super().shutdown(sockets)

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


class WorkerProcess(multiprocess.Process):
    """One of several web processes below a parent that holds the socket."""

    config: ServerConfig

    @property
    def server(self) -> uvicorn.Server:
        if self._server is None:
            self._server = SlowTickServer(self.config)
        return self._server
