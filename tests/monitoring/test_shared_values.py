"""Several web processes count together: each of them answers with the sum, whoever of them was asked."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from memfog.metrics.shared_values import SharedValues
from tests.environment import free_port
from tests.faults.parts.service import children, command_of
from tests.monitoring.scrape import read
from tests.people import People
from tests.server import Server, wait_for

pytestmark = [pytest.mark.redis, pytest.mark.postgresql]
COUNT = 24


@pytest.fixture
def pair(server: Server, tmp_path: Path) -> Iterator[Server]:
    running = Server(free_port(), WEB_CONCURRENCY="2", MEMFOG_DATA=str(tmp_path), **_keys(server)).start()
    yield running
    running.stop()


def _keys(server: Server) -> dict[str, str]:
    """Those of the server of all tests, so that its tokens are valid."""
    return {name.upper(): (server.data / name).read_text() for name in ("secret_key", "token_key")}


def ask_each(pair: Server, path: str, count: int) -> None:
    """A connection for each request, so that each process gets some."""
    for _ in range(count):
        with pair.client() as http:
            http.get(path)


def readings(pair: Server, name: str, **labels: str) -> set[float]:
    found = set()
    for _ in range(8):
        with pair.client() as http:
            found.add(read(http, name, **labels))
    return found


def slots(pair: Server) -> list[str]:
    return sorted(path.name for path in (pair.data / "metrics").glob("*.slot"))


def taken(pair: Server) -> set[int]:
    return SharedValues(pair.data / "metrics").list_taken_slots()


def workers(pair: Server) -> list[int]:
    return [pid for pid in children(pair.processes[0].pid) if "resource_tracker" not in command_of(pid)]


def test_counts_are_sums_and_survive_a_killed_process(pair: Server) -> None:
    wait_for(lambda: len(slots(pair)) == 2, what="both processes")
    ask_each(pair, "/api/limits", COUNT)
    counted = {"route": "/api/limits", "method": "GET"}
    wait_for(lambda: readings(pair, "memfog_request_seconds_count", **counted) == {COUNT}, what="the requests")
    people = People(pair.url)
    alice = people()
    with httpx.stream("GET", f"{pair.url}/api/events/stream", headers=dict(alice.http.headers)):
        wait_for(lambda: readings(pair, "memfog_open_streams") == {1}, what="the stream")
        for pid in workers(pair):
            os.kill(pid, signal.SIGKILL)
            wait_for(lambda gone=pid: gone not in workers(pair) and taken(pair) == {0, 1}, what="its successor")  # type: ignore[misc]
        wait_for(pair.is_up, what="the server")
    people.close()
    # What an ended process had open is closed; the requests that it answered stay counted, and its slot is used again.
    wait_for(lambda: readings(pair, "memfog_open_streams") == {0}, what="the end of the stream")
    assert readings(pair, "memfog_request_seconds_count", **counted) == {COUNT}
    assert len(slots(pair)) == 2
