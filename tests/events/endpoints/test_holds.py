"""The measure that judges large bodies: it detects one real hold, and does not count other work of the machine."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from threading import Event, Thread

import httpx
import pytest

from tests.environment import free_port
from tests.events.holds import note_holds
from tests.server import wait_for

HELD = 0.2
# Answers "ok". `/loop` and `/lock` hold the event loop and the interpreter's lock once, for this much processor time.
_SERVER = """
import asyncio, sys, time

def burn(seconds):
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass

def keep_the_lock():
    began = time.thread_time()
    sum(range(10**6))
    # As many numbers as this machine adds in 0.4 s. One call of `sum` never releases the lock.
    sum(range(int(10**6 * 0.4 / (time.thread_time() - began))))

async def answer(reader, writer):
    while head := await reader.readuntil(b"\\r\\n\\r\\n"):
        if b" /loop " in head:
            burn(0.3)
        if b" /lock " in head:
            await asyncio.to_thread(keep_the_lock)
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")

async def main():
    await (await asyncio.start_server(answer, "127.0.0.1", int(sys.argv[1]))).serve_forever()

# The event loop sleeps until it gets the lock. By default it wakes each 5 ms, and on a busy machine it then waits for a
# processor, which the measure takes for the machine's load.
sys.setswitchinterval(60)
asyncio.run(main())
"""
_BUSY = "while True: pass"


@pytest.fixture
def small() -> Iterator[tuple[str, int]]:
    """The address and process id of a small server."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", _SERVER, str(port)], stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    wait_for(lambda: _answers(url), what="the small server")
    yield url, process.pid
    process.kill()
    process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).text == "ok"
    except httpx.TransportError:
        return False


def judge(small: tuple[str, int], *paths: str) -> list[float]:
    """Returns the holds during requests to these paths, and for half a second more."""
    over, found = Event(), list[float]()
    asking = Thread(target=note_holds, args=(*small, over, found))
    asking.start()
    wait_for(lambda: found, what="the first answer")
    for path in paths:
        httpx.get(f"{small[0]}{path}", trust_env=False, timeout=60)
    until = time.monotonic() + 0.5
    wait_for(lambda: time.monotonic() > until, what="half a second")
    over.set()
    asking.join()
    return found


@pytest.mark.sweep
@pytest.mark.parametrize("path", ["/loop", "/lock"])
def test_one_real_hold_is_found(small: tuple[str, int], path: str) -> None:
    # On a busy machine the event loop also waits for a processor meanwhile, and the measure misses some holds.
    wait_for(lambda: max(judge(small, path)) > HELD, what="a hold")


def test_a_busy_machine_is_none(small: tuple[str, int]) -> None:
    with ExitStack() as stack:
        for _ in range(6):
            stack.callback(stack.enter_context(subprocess.Popen([sys.executable, "-c", _BUSY])).kill)
        assert max(judge(small)) < HELD / 2
