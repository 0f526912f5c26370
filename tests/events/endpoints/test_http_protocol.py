"""Which requests of a connection take the express way, and that the others lose nothing."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from uvicorn.config import Config

from memfog.server.http_protocol import ConnectionState, HttpProtocol
from memfog.server.known_heads import MAX_HEADS, KnownHeads

USUAL = b"POST /ingest HTTP/1.1\r\nhost: x\r\nauthorization: a\r\ncontent-length: 2\r\n\r\n{}"
UNUSUAL = USUAL.replace(b"host: x", b"host: y")


class Cycle:
    """An answer of the express way that is given later."""

    response_complete = disconnected = False
    keep_alive = True
    message_event = asyncio.Event()

    def __init__(self, protocol: HttpProtocol) -> None:
        self.protocol = protocol

    def answer(self) -> None:
        self.response_complete = True
        self.protocol.transport.write(b"express;")
        self.protocol.on_response_complete()


class Way:
    """An express way for the host `x`. A body `no` is refused."""

    path = b"/ingest"

    def __init__(self) -> None:
        self.cycles: list[Cycle] = []
        self.bodies: list[bytes] = []
        self.known_heads = KnownHeads(max_body_bytes=100)

    def find_credential(self, headers: tuple[tuple[bytes, bytes], ...]) -> str | None:
        return "a" if (b"host", b"x") in headers else None

    def start(self, protocol: HttpProtocol, credential: str, body: bytes) -> Cycle | None:
        assert credential == "a"
        if body == b"no":
            return None
        self.bodies.append(body)
        self.cycles.append(Cycle(protocol))
        return self.cycles[-1]


class Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.closed = b"", False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        """Whoever sends does not wait here."""

    def resume_reading(self) -> None:
        """Whoever sends does not wait here."""


async def application(scope: Any, receive: Any, send: Any) -> None:
    body = (await receive())["body"]
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % (len(body) + 9))]}
    )
    await send({"type": "http.response.body", "body": b"ordinary%b;" % body})


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Way:
    made = Way()
    monkeypatch.setattr(HttpProtocol, "express_way", made)
    return made


def run(test: Callable[[HttpProtocol, Transport], Any]) -> None:
    async def main() -> None:
        config = Config(application, http=HttpProtocol, log_config=None, access_log=False)
        config.load()
        protocol, transport = HttpProtocol(config, ConnectionState(), {}), Transport()
        protocol.connection_made(transport)
        try:
            await test(protocol, transport)
        finally:
            protocol.connection_lost(None)

    asyncio.run(main())


async def settle() -> None:
    """Lets all tasks run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


def bodies(transport: Transport) -> list[bytes]:
    return [part.rpartition(b"\r\n")[2] for part in transport.written.split(b";")[:-1]]


def test_a_usual_request_takes_the_express_way(way: Way) -> None:
    async def test(protocol: HttpProtocol, transport: Transport) -> None:
        protocol.data_received(USUAL)
        way.cycles[0].answer()
        await settle()
        protocol.data_received(UNUSUAL)
        await settle()
        protocol.data_received(USUAL)
        way.cycles[1].answer()
        await settle()
        assert bodies(transport) == [b"express", b"ordinary{}", b"express"]

    run(test)


@pytest.mark.parametrize(
    "data",
    [
        UNUSUAL,
        USUAL.replace(b"{}", b"no"),
        USUAL.replace(b"POST", b"PUT"),
        USUAL.replace(b"/ingest", b"/ingest?a"),
        USUAL.replace(b"HTTP/1.1", b"HTTP/1.0"),
        USUAL.replace(b"host", b"connection: close\r\nhost"),
    ],
    ids=["headers", "body", "method", "address", "version", "last"],
)
def test_other_requests_take_the_ordinary_way_whole(way: Way, data: bytes) -> None:
    async def test(protocol: HttpProtocol, transport: Transport) -> None:
        protocol.data_received(data)
        await settle()
        assert bodies(transport) == [b"ordinary" + data[-2:]]

    run(test)
    assert not way.cycles


@pytest.mark.parametrize("cut", range(1, len(USUAL)))
def test_a_body_in_pieces_takes_the_ordinary_way(way: Way, cut: int) -> None:
    async def test(protocol: HttpProtocol, transport: Transport) -> None:
        protocol.data_received(USUAL[:cut])
        protocol.data_received(USUAL[cut:])
        await settle()
        for cycle in way.cycles:
            cycle.answer()
        await settle()
        # A head in pieces may take either way; only a whole body takes the express way.
        assert bodies(transport) == ([b"express"] if cut < len(USUAL) - 2 and way.cycles else [b"ordinary{}"])

    run(test)
    assert bool(way.cycles) == (cut < USUAL.index(b"\r\n\r\n") + 4)


def test_answers_come_in_the_order_of_the_requests(way: Way) -> None:
    async def test(protocol: HttpProtocol, transport: Transport) -> None:
        protocol.data_received(USUAL + UNUSUAL + USUAL)
        await settle()
        assert bodies(transport) == []
        way.cycles[0].answer()
        await settle()
        assert bodies(transport) == [b"express", b"ordinary{}", b"ordinary{}"]

    run(test)
    assert len(way.cycles) == 1


def test_a_client_that_reads_nothing_waits_on_the_ordinary_way(way: Way) -> None:
    async def test(protocol: HttpProtocol, transport: Transport) -> None:
        protocol.pause_writing()
        protocol.data_received(USUAL)
        await settle()
        assert bodies(transport) == []
        protocol.resume_writing()
        await settle()
        assert bodies(transport) == [b"ordinary{}"]

    run(test)
    assert not way.cycles


def test_a_server_that_stops_lets_the_express_way_answer(way: Way) -> None:
    async def test(protocol: HttpProtocol, transport: Transport) -> None:
        protocol.data_received(USUAL)
        protocol.shutdown()
        assert not transport.closed
        assert not way.cycles[0].keep_alive
        way.cycles[0].answer()
        protocol.shutdown()
        assert transport.closed

    run(test)


def make_usual(body: bytes) -> bytes:
    return USUAL.replace(b"length: 2", b"length: %d" % len(body))[:-2] + body


def test_a_known_head_is_not_parsed_again(way: Way) -> None:
    async def test(protocol: HttpProtocol, transport: Transport) -> None:
        protocol.data_received(USUAL)
        way.cycles[0].answer()
        protocol.parser = None  # type: ignore[assignment]  # whoever would parse fails
        for body in (b"{}", b"x" * 100, b"GET / HTTP/1.1\r\n\r\n"):
            protocol.data_received(make_usual(body))
            way.cycles[-1].answer()
        await settle()
        assert bodies(transport) == [b"express"] * 4

    run(test)
    assert way.bodies == [b"{}", b"{}", b"x" * 100, b"GET / HTTP/1.1\r\n\r\n"]


@pytest.mark.parametrize(
    "data",
    [
        USUAL + USUAL,
        USUAL[:-1],
        USUAL + b"G",
        make_usual(b"x" * 101),
        make_usual(b"no"),
        USUAL.replace(b"host: x", b"host: y"),
        USUAL.replace(b"length: 2", b"length: 2\r\ncontent-length: 2"),
        USUAL.replace(b"length: 2", b"length: 002"),
        USUAL.replace(b"length: 2", b"length:  2"),
        USUAL[:-2].replace(b"length: 2", b"length: 0"),
        b"\r\n" + USUAL,
    ],
    ids=[
        "two",
        "incomplete",
        "begin of another",
        "large",
        "refused",
        "host",
        "twice",
        "zeros",
        "spaces",
        "empty",
        "lines",
    ],
)
def test_beside_a_known_head_other_data_means_what_it_means_alone(way: Way, data: bytes) -> None:
    alone: list[tuple[bytes, ...]] = []
    for first in (b"", USUAL):
        way.known_heads = KnownHeads(max_body_bytes=100)
        way.cycles.clear()
        way.bodies.clear()
        run(lambda protocol, transport, first=first: exchange(way, protocol, transport, first, data, alone))  # type: ignore[misc]
    assert alone[0] == alone[1]


async def exchange(
    way: Way, protocol: HttpProtocol, transport: Transport, first: bytes, data: bytes, seen: list[tuple[bytes, ...]]
) -> None:
    """Notes what the data leads to after the first request, if there is one, on the same connection."""
    if first:
        protocol.data_received(first)
        way.cycles.pop().answer()
        await settle()
        transport.written = b""
        way.bodies.clear()
    protocol.data_received(data)
    for cycle in way.cycles:
        cycle.answer()
    await settle()
    seen.append((*way.bodies, b"|", *bodies(transport)))


def test_heads_of_many_clients_are_not_kept_for_ever() -> None:
    heads = KnownHeads(max_body_bytes=100)
    for number in range(MAX_HEADS + 1):
        heads.add(USUAL.replace(b"host: x", b"host: %d" % number), "a", body_bytes=2)
    assert heads.find(USUAL.replace(b"host: x", b"host: 0")) is None
    assert heads.find(USUAL.replace(b"host: x", b"host: %d" % MAX_HEADS)) == ("a", b"{}")


def test_an_idle_connection_is_closed_though_its_timer_was_left_alone(way: Way) -> None:
    async def test(protocol: HttpProtocol, transport: Transport) -> None:
        protocol.timeout_keep_alive = 0.2  # type: ignore[assignment]  # seconds
        for _ in range(3):
            protocol.data_received(USUAL)
            way.cycles[-1].answer()
        protocol.data_received(USUAL)
        await asyncio.sleep(0.5)
        assert not transport.is_closing(), "the server still works at the answer"
        way.cycles[-1].answer()
        answered = asyncio.get_running_loop().time()
        while not transport.is_closing():
            await asyncio.sleep(0.01)
        assert asyncio.get_running_loop().time() - answered >= 0.19

    run(test)
