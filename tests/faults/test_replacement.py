"""Two web processes on one socket are replaced in turn, three times, while clients send, read and follow."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from tests.accounts.calls import press
from tests.events.make import make_event
from tests.faults import table, traffic
from tests.faults.following import Following
from tests.faults.parts.memfog import Memfog, Owner
from tests.operations.activation import Activation
from tests.operations.own_database import run
from tests.people import PASSWORD
from tests.server import ROOT, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(600)]

ROUNDS, STREAMS, BATCH = 3, 6, 20
TIMEOUT = 60.0  # seconds for an answer, on any machine
EMAIL = "replaced@example.com"
MAKE_USER = f"""
from accounts.credentials import api_tokens
from tests.people import make_user
user = make_user("{EMAIL}")
print(user.id, api_tokens.sign(api_tokens.create(user.id, name="replaced").id))
"""
PAGES = ("/", "/sessions", "/search?q=make", "/insights")


class Client(threading.Thread):
    """Does something again and again until it is told to stop. `failures` holds what went wrong."""

    def __init__(self, act: Callable[[], str], pause: float) -> None:
        super().__init__(daemon=True)
        self.act, self.pause = act, pause
        self.failures: list[str] = []
        self.acts, self.is_done = 0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self.is_done.wait(self.pause):
            try:
                failure = self.act()
            except httpx.TransportError as error:
                failure = repr(error)
            self.failures += [failure] if failure else []
            self.acts += 1


class Follower(Following):
    """A stream that is broken off, and does not end in order, is a failure."""

    def __init__(self, memfog: Memfog, owner: Owner, url: str) -> None:
        super().__init__(memfog, owner)
        self.url = f"{url}/api/events/stream"
        self.failures: list[str] = []

    def _read(self) -> None:
        try:
            super()._read()
        except httpx.TransportError as error:
            self.failures.append(repr(error))
            raise


@pytest.fixture
def pair(memfog: Memfog, tmp_path: Path) -> Iterator[Activation]:
    """Two web processes on one socket, as `memfog-web@1` and `memfog-web@2` of `docs/systemd`."""
    with Activation(tmp_path, {**memfog.environment, "WEB_CONCURRENCY": "1"}) as made:
        made.start()
        made.start()
        yield made


def open_client(url: str, *, kept: int) -> httpx.Client:
    limits = httpx.Limits(max_keepalive_connections=kept, keepalive_expiry=None)
    return httpx.Client(base_url=url, timeout=TIMEOUT, limits=limits, verify=False, trust_env=False)


def make_clients(stack: ExitStack, url: str, owner: Owner, sent: list[str]) -> list[Client]:
    """Two that send batches, each on a new connection, and two browsers that keep theirs."""

    def push(http: httpx.Client) -> str:
        events = [make_event() for _ in range(BATCH)]
        answer = http.post("/sync/push", json={"events": events}, headers=owner.headers)
        sent.extend(event["id"] for event in events)
        return "" if answer.status_code == 200 else f"push: {answer.status_code}"

    def browse(http: httpx.Client) -> str:
        answers = [http.get(path) for path in PAGES]
        return ", ".join(f"{one.url.path}: {one.status_code}" for one in answers if one.status_code != 200)

    senders = [stack.enter_context(open_client(url, kept=0)) for _ in range(2)]
    browsers = [stack.enter_context(open_client(url, kept=1)) for _ in range(2)]
    for browser in browsers:
        assert press(browser, "/sign-in", email=EMAIL, password=PASSWORD).status_code == 302
    return [
        *(Client(partial(push, http), pause=0.5) for http in senders),
        *(Client(partial(browse, http), pause=0.3) for http in browsers),
    ]


def replace_in_turn(pair: Activation) -> float:
    """Replaces each process by another, as `systemctl restart` does. Returns the seconds that the longest took."""
    longest = 0.0
    for process in list(pair.processes):
        started = time.monotonic()
        pair.stop(process)
        pair.start()
        longest = max(longest, time.monotonic() - started)
    return longest


@pytest.fixture
def owner(memfog: Memfog) -> Owner:
    id_, token = run(ROOT, memfog.environment, "manage.py", "shell", "-v0", "-c", MAKE_USER).split()
    return replace(memfog.owner(), id=UUID(id_), token=token)


def test_nothing_is_refused_or_lost(
    memfog: Memfog, pair: Activation, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic, "TIMEOUT", TIMEOUT)
    sent: list[str] = []
    with ExitStack() as stack:
        clients = make_clients(stack, pair.url, owner, sent)
        followers = [stack.enter_context(Follower(memfog, owner, pair.url)) for _ in range(STREAMS)]
        singles = stack.enter_context(traffic.Traffic(pair.url, owner, pace=0.05))
        longest = max(replace_in_turn(pair) for _ in range(ROUNDS))
        for client in clients:
            client.is_done.set()
            client.join()
        tally = singles.finish()
        stored = traffic.walk(pair.url, owner)
        wait_for(lambda: all(len(one.ids) >= len(stored) for one in followers), what="the end of each stream")
    table.add("web processes replaced in turn", 2 * ROUNDS, tally, stored)
    acts = sum(one.acts for one in clients)
    table.note(f"replaced in turn: {acts} batches and rounds of pages, {longest:.1f} s for the slowest replacement")
    assert (dict(tally.broken), dict(tally.refusals)) == ({}, {})
    assert [failure for one in clients for failure in one.failures] == []
    assert [failure for one in followers for failure in one.failures] == []
    assert sorted(stored) == sorted(tally.sent + sent)
    assert all(one.ids == stored for one in followers), "a stream missed or repeated something"
    assert "graceful shutdown exceeded" not in (pair.folder / "web.log").read_text()
