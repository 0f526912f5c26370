"""Many streams of several users at once: half of them `/api/events/stream`, half of them pages' `/live/stream`."""

import asyncio
import json
import re
import threading
import time
from asyncio import StreamReader
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from tests.faults.parts.memfog import Memfog, Owner
from tests.server import wait_for

PAUSE = 0.3  # seconds until a stream that was cut comes again
BROKEN = (OSError, asyncio.IncompleteReadError, ValueError)
ROW = re.compile(r'data-event="([0-9a-f-]{36})"')


@dataclass
class OpenStream:
    """One reader, which comes again after its last id if it is cut. `connects` counts how often it was opened."""

    owner: Owner
    path: str
    ids: list[str] = field(default_factory=list)
    connects: int = 0
    refusals: list[int] = field(default_factory=list)
    longest_silence: float = 0.0
    last_id: str = "0"
    _heard: float = 0.0

    async def follow(self, port: int) -> None:
        while True:
            with suppress(*BROKEN):
                await self._read(port)
            await asyncio.sleep(PAUSE)

    async def _read(self, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            headers = {**self.owner.headers, "Host": "127.0.0.1", "Last-Event-ID": self.last_id}
            headers["Cookie"] = f"session={self.owner.session}"
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            writer.write(f"GET {self.path} HTTP/1.1\r\n{lines}\r\n".encode())
            status = int((await reader.readuntil(b"\r\n\r\n")).split()[1])
            if status != 200:
                self.refusals.append(status)
                return
            self.connects += 1
            self._heard = time.monotonic()
            async for message in _messages(reader):
                self._hear(message)
        finally:
            writer.transport.abort()

    def _hear(self, message: str) -> None:
        now = time.monotonic()
        self.longest_silence, self._heard = max(self.longest_silence, now - self._heard), now
        for line in message.split("\n"):
            name, _, value = line.partition(": ")
            if name == "id":
                self.last_id = value
            elif name == "data":
                self.ids += ROW.findall(value) if self.path.startswith("/live") else [json.loads(value)["id"]]


async def _messages(reader: StreamReader) -> AsyncIterator[str]:
    """The messages of a chunked answer."""
    text = ""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        text += (await reader.readexactly(size + 2))[:-2].decode()
        *messages, text = text.split("\n\n")
        for message in messages:
            yield message


class OpenStreams:
    def __init__(self, memfog: Memfog, owners: Sequence[Owner], count: int) -> None:
        self.port = urlsplit(memfog.url).port or 0
        paths = ("/api/events/stream", "/live/stream")
        self.streams = [OpenStream(owners[n // 2 % len(owners)], paths[n % 2]) for n in range(count)]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        wait_for(lambda: all(stream.connects for stream in self.streams), what="the streams")
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._tasks.cancel)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._tasks = asyncio.gather(*(self._loop.create_task(one.follow(self.port)) for one in self.streams))
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._tasks)
        self._loop.close()

    def missing(self, owner: Owner, sent: Sequence[str]) -> int:
        """How many of these events of the owner's did not come out of the owner's streams, counted for each stream."""
        return sum(len(set(sent) - set(stream.ids)) for stream in self.streams if stream.owner == owner)

    def repeated(self) -> int:
        return sum(len(stream.ids) - len(set(stream.ids)) for stream in self.streams)

    def cut(self) -> int:
        """How often a stream had to be opened again."""
        return sum(stream.connects - 1 for stream in self.streams)

    def longest_silence(self) -> float:
        return max(stream.longest_silence for stream in self.streams)
