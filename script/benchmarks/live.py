"""`script/bench live`: measures the time until an event arrives on its stream, and the cost of an idle stream.

The time starts before the event is sent, so that it includes the commit.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from accounts.credentials import api_tokens
from script.benchmarks.shared import harness
from tests.environment import free_port
from tests.people import make_user
from tests.server import DEADLINE, Server


@dataclass(frozen=True)
class Size:
    """Streams of as many users, their events per second, and the seconds of load; then many streams of few users.

    `idle` is the seconds for which the many streams are left idle; `settle` is the seconds for late events.
    """

    streams: int
    per_second: int
    seconds: int
    many_streams: int
    many_streams_users: int
    idle: int
    settle: int


FULL = Size(streams=200, per_second=500, seconds=10, many_streams=2_000, many_streams_users=20, idle=10, settle=3)
SMOKE = Size(streams=8, per_second=40, seconds=1, many_streams=16, many_streams_users=4, idle=1, settle=1)
SENDER_COUNT = 20

_EVENT_ID_PATTERN = re.compile(rb'data: \{"id":"([0-9a-f-]{36})"')


class StreamClient:
    """An open `/api/events/stream` of one user that records the arrival time of each event."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self.host, self.port, self.token = host, port, token
        self.arrived: dict[str, float] = {}

    async def open(self) -> "StreamClient":
        # Small buffers, since this process opens thousands of streams.
        reader, self.writer = await asyncio.open_connection(self.host, self.port, limit=65_536)
        head = f"GET /api/events/stream HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {self.token}\r\n\r\n"
        self.writer.write(head.encode())
        response = await reader.readuntil(b": welcome\n\n")
        assert b" 200 " in response.splitlines()[0], response
        self.reading = asyncio.create_task(self._read(reader))
        return self

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            if found := _EVENT_ID_PATTERN.match(line):
                self.arrived[found[1].decode()] = time.perf_counter()

    async def close(self) -> None:
        self.reading.cancel()
        self.writer.close()


class EventSender:
    """Posts events of several users over keep-alive connections, and records when each was sent."""

    def __init__(self, host: str, port: int, tokens: Sequence[str]) -> None:
        self.host, self.port, self.tokens = host, port, tokens
        self.sent: dict[str, tuple[int, float]] = {}
        self.payload = harness.make_payload()

    async def send(self, *, total: int, per_second: float) -> None:
        """Sends `total` events at a constant rate, to the users in turn."""
        start = time.perf_counter()
        await asyncio.gather(*[self._post(first, total, per_second, start) for first in range(SENDER_COUNT)])

    async def _post(self, first: int, total: int, per_second: float, start: float) -> None:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        for number in range(first, total, SENDER_COUNT):
            await asyncio.sleep(max(0.0, start + number / per_second - time.perf_counter()))
            token_index, event = number % len(self.tokens), uuid4()
            body = json.dumps(harness.make_event(self.payload) | {"id": str(event)}, separators=(",", ":")).encode()
            head = f"POST /ingest HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {self.tokens[token_index]}\r\n"
            self.sent[str(event)] = token_index, time.perf_counter()
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            assert b" 200 " in await reader.readline()
            head_rest = await reader.readuntil(b"\r\n\r\n")
            match = re.search(rb"content-length: (\d+)", head_rest)
            assert match, head_rest
            await reader.readexactly(int(match[1]))
        writer.close()


def main(size: Size) -> None:
    server = Server(free_port()).start()
    pid = server.processes[0].pid
    tokens = [api_tokens.sign(api_tokens.create(make_user().id, name="bench").id) for _ in range(size.streams)]
    try:
        asyncio.run(measure("127.0.0.1", int(server.url.rsplit(":", 1)[1]), tokens, pid, size))
    finally:
        server.stop()


async def measure(host: str, port: int, tokens: Sequence[str], pid: int, size: Size) -> None:
    await measure_under_load(host, port, tokens, size)
    await measure_many_streams(host, port, tokens[: size.many_streams_users], pid, size)


async def wait_until(predicate: Callable[[], bool]) -> None:
    deadline = time.perf_counter() + DEADLINE
    while not predicate():
        assert time.perf_counter() < deadline, f"not every event arrived within {DEADLINE} s"
        await asyncio.sleep(0.02)


async def measure_under_load(host: str, port: int, tokens: Sequence[str], size: Size) -> None:
    streams = [await StreamClient(host, port, token).open() for token in tokens]
    sender = EventSender(host, port, tokens)
    await sender.send(total=size.per_second * size.seconds, per_second=size.per_second)
    await wait_until(
        lambda: all(event in streams[token_index].arrived for event, (token_index, _) in sender.sent.items())
    )
    # Events on a wrong stream may arrive later.
    await asyncio.sleep(size.settle)
    latencies = [streams[token_index].arrived[event] - at for event, (token_index, at) in sender.sent.items()]
    strays = sum(len(stream.arrived) for stream in streams) - len(latencies)
    harness.print_row(
        f"{size.streams} streams, {size.per_second} events/s: events arrived, on a wrong stream",
        f"{len(latencies):,}, {strays}",
    )
    for percent in (50, 95, 99):
        harness.print_row(f"sent → on its stream, ms, p{percent}", harness.percentile(latencies, percent) * 1000)
    for stream in streams:
        await stream.close()


async def measure_many_streams(host: str, port: int, tokens: Sequence[str], pid: int, size: Size) -> None:
    """Measures memory and processor time of many idle streams, then sends one event to the streams of each user."""
    await asyncio.sleep(size.settle)
    before = harness.resident_mb(pid)
    streams = [
        await StreamClient(host, port, tokens[number % len(tokens)]).open() for number in range(size.many_streams)
    ]
    await asyncio.sleep(size.settle)
    kilobytes_each = (harness.resident_mb(pid) - before) / size.many_streams * 1024
    ticks, started = harness.processor_seconds(pid), time.perf_counter()
    await asyncio.sleep(size.idle)
    busy = (harness.processor_seconds(pid) - ticks) / (time.perf_counter() - started) * 100
    sender = EventSender(host, port, tokens)
    await sender.send(total=len(tokens), per_second=20)
    expected = [
        (stream, event, at)
        for event, (token_index, at) in sender.sent.items()
        for stream in streams[token_index :: len(tokens)]
    ]
    await wait_until(lambda: all(event in stream.arrived for stream, event, _ in expected))
    latencies = [stream.arrived[event] - at for stream, event, at in expected]
    harness.print_row(f"{size.many_streams:,} streams: KB of memory each", kilobytes_each)
    harness.print_row(f"{size.many_streams:,} idle streams: processor, %", busy)
    harness.print_row(
        f"sent → on all {size.many_streams // len(tokens)} streams of a user, ms, p95",
        harness.percentile(latencies, 95) * 1000,
    )
    for stream in streams:
        await stream.close()
