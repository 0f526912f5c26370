"""Slow-loris: clients that never finish their requests do not delay other clients, and are disconnected."""

import json
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest

from events.endpoints.async_http import BODY_GRACE_S, MIN_BODY_BYTES_PER_S
from tests.events.make import make_event
from tests.faults import table
from tests.faults.conftest import Size
from tests.faults.parts import pace
from tests.faults.parts.memfog import Memfog, Owner

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(600)]

HEADS, BODIES = 200, 60
MARGIN = 10.0  # seconds in addition to the grace period
HALF_A_HEAD = b"POST /ingest HTTP/1.1\r\nHost: localhost\r\nX-Never: end"


def _connect(memfog: Memfog, begun: bytes) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", urlsplit(memfog.url).port or 80), timeout=BODY_GRACE_S + MARGIN)
    made.sendall(begun)
    return made


def _head(owner: Owner, length: int, path: str = "/ingest") -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {owner.token}",
        "Content-Type: application/json",
        f"Content-Length: {length}",
    ]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


@contextmanager
def _siege(memfog: Memfog, owner: Owner) -> Iterator[tuple[Sequence[socket.socket], Sequence[socket.socket]]]:
    """Opens connections with unfinished headers, and with unfinished bodies for a native and a Django route."""
    paths = ("/ingest", "/sync/push") * (BODIES // 2)
    with ExitStack() as stack:
        heads = [stack.enter_context(_connect(memfog, HALF_A_HEAD)) for _ in range(HEADS)]
        begun = [_head(owner, 100_000, path) + b'{"events":[' for path in paths]
        bodies = [stack.enter_context(_connect(memfog, one)) for one in begun]
        yield heads, bodies


def test_half_sent_requests_hold_nobody_up(memfog: Memfog, owner: Owner, size: Size) -> None:
    name = f"Slow-loris ({HEADS} heads, {BODIES} bodies)"
    pace.is_kept(name, memfog, owner, lambda: _siege(memfog, owner), size)


@pytest.mark.slow
def test_half_sent_requests_are_shown_out(memfog: Memfog, owner: Owner) -> None:
    with ThreadPoolExecutor(2) as pool, _siege(memfog, owner) as (heads, bodies):
        start = time.monotonic()
        crawling = pool.submit(_send_slowly, memfog, owner, per_second=MIN_BODY_BYTES_PER_S // 8)
        steady = pool.submit(_send_slowly, memfog, owner, per_second=MIN_BODY_BYTES_PER_S * 2)
        ends = [_end(one) for one in (*bodies, *heads)]
        taken = time.monotonic() - start
        assert {answer[:12] for answer in ends[:BODIES]} == {b"HTTP/1.1 408"}
        assert {answer[:12] for answer in ends[BODIES:]} <= {b"", b"HTTP/1.1 408"}
        assert taken < BODY_GRACE_S + MARGIN
        assert crawling.result().startswith((b"HTTP/1.1 408", b"reset"))
        assert steady.result().startswith(b"HTTP/1.1 200")
    table.note(f"Slow-loris: all {HEADS} heads and {BODIES} bodies ended after {taken:.0f} s at the latest")


def _end(one: socket.socket) -> bytes:
    """Reads until the connection closes. Returns the answer."""
    answer = b""
    try:
        while piece := one.recv(65_536):
            answer += piece
    except ConnectionResetError:
        return answer
    except TimeoutError:
        return b"still open: " + answer
    return answer


def _send_slowly(memfog: Memfog, owner: Owner, *, per_second: int) -> bytes:
    """Sends an event for longer than the grace period. Returns the beginning of the answer."""
    text = json.dumps(make_event(data={"text": "x" * int(per_second * (BODY_GRACE_S + MARGIN))})).encode()
    with _connect(memfog, _head(owner, len(text))) as one:
        try:
            for at in range(0, len(text), per_second):
                one.sendall(text[at : at + per_second])
                time.sleep(1)
            return one.recv(64)
        except ConnectionError:
            return b"reset"
