"""A faulty network: a TCP proxy before Memfog that resets connections, slows them down or drops their data."""

import asyncio
import socket
import struct
import threading
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlsplit

PIECE = 65_536
CRAWL = 1.0  # seconds for each byte


class Proxy:
    """A TCP proxy that treats connections by `manners`, in turn. `met` counts the connections of each manner.

    A test may change `manners` while the proxy runs.
    """

    def __init__(self, url: str) -> None:
        self.target = urlsplit(url).port
        self.manners: tuple[str, ...] = ("honest",)
        self.met = Counter[str]()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> "Proxy":
        self.thread.start()
        self.server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._meet, "127.0.0.1", 0), self.loop
        ).result()
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _end(self) -> None:
        self.server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _meet(self, reader: StreamReader, writer: StreamWriter) -> None:
        manner = self.manners[self.met.total() % len(self.manners)]
        self.met[manner] += 1
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            with suppress(OSError):
                await MANNERS[manner](reader, writer, inner_reader, inner_writer)
        finally:
            inner_writer.transport.abort()
            writer.transport.abort()


async def _honest(
    reader: StreamReader, writer: StreamWriter, inner_reader: StreamReader, inner_writer: StreamWriter
) -> None:
    back = asyncio.create_task(_pass_on(inner_reader, writer))
    await _pass_on(reader, inner_writer)
    back.cancel()


async def _reset(
    reader: StreamReader, writer: StreamWriter, inner_reader: StreamReader, inner_writer: StreamWriter
) -> None:
    """Forwards the request but not the answer: the event is stored, and the client gets a reset."""
    forth = asyncio.create_task(_pass_on(reader, inner_writer))
    await inner_reader.read(1)
    forth.cancel()
    # With a linger time of zero, `close` sends a reset.
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def _trickle(
    reader: StreamReader, writer: StreamWriter, inner_reader: StreamReader, inner_writer: StreamWriter
) -> None:
    back = asyncio.create_task(_pass_on(inner_reader, writer))
    while byte := await reader.read(1):
        inner_writer.write(byte)
        await inner_writer.drain()
        await asyncio.sleep(CRAWL)
    back.cancel()


async def _swallow(
    reader: StreamReader, writer: StreamWriter, inner_reader: StreamReader, inner_writer: StreamWriter
) -> None:
    while await reader.read(PIECE):
        pass


async def _pass_on(reader: StreamReader, writer: StreamWriter) -> None:
    while piece := await reader.read(PIECE):
        writer.write(piece)
        await writer.drain()


Manner = Callable[[StreamReader, StreamWriter, StreamReader, StreamWriter], Awaitable[None]]
MANNERS: dict[str, Manner] = {"honest": _honest, "reset": _reset, "trickle": _trickle, "swallow": _swallow}
