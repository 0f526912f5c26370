"""Sixteen clients that send each event until it is acknowledged, and a reader that walks the log at the same time."""

import itertools
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx

from tests.events.make import make_event
from tests.faults.parts.memfog import Owner

CLIENTS = 16
TIMEOUT = 8.0  # seconds that a client waits for an answer; the shipper has a limit, too
PATIENCE = 60.0  # seconds until a reader of the log gives up after a fault
FIRST_WAIT, LONGEST_WAIT = 0.05, 1.0  # seconds between two attempts; the shipper waits up to minutes


@dataclass
class Tally:
    """The answers that the clients got. `acknowledged` holds only the ids of events that were answered 200."""

    sent: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    refusals: Counter[int] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    without_retry_after: int = 0
    longest_outage: float = 0.0
    last: float = field(default_factory=time.monotonic)

    def acknowledge(self, id_: str) -> None:
        now = time.monotonic()
        self.longest_outage, self.last = max(self.longest_outage, now - self.last), now
        self.acknowledged.append(id_)

    def refuse(self, answer: httpx.Response) -> None:
        self.refusals[answer.status_code] += 1
        self.without_retry_after += answer.status_code == 503 and "retry-after" not in answer.headers


class Traffic:
    """Sends `events` events in total, or events until `finish`. Checks the log meanwhile.

    `pace`: seconds that a client waits between two events. `fresh`: each attempt uses a new connection.
    """

    def __init__(
        self, url: str, owner: Owner, *, events: int | None = None, pace: float = 0.0, fresh: bool = False
    ) -> None:
        self.url, self.owner, self.pace, self.fresh = url, owner, pace, fresh
        self.tally, self.read = Tally(), Reading(url, owner)
        self._numbers = iter(range(events)) if events else itertools.count()
        self._lock, self._enough = threading.Lock(), threading.Event()
        self._clients = [threading.Thread(target=self._send, daemon=True) for _ in range(CLIENTS)]

    def __enter__(self) -> "Traffic":
        for thread in (*self._clients, self.read.thread):
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._enough.set()
        self.read.done.set()

    def running(self) -> bool:
        return any(client.is_alive() for client in self._clients)

    def finish(self, seconds: float = 120.0) -> Tally:
        """Starts no more events. Returns when all started events are acknowledged and read."""
        self._enough.set()
        self.wait(seconds)
        return self.tally

    def wait(self, seconds: float) -> Tally:
        """Returns when all events are acknowledged and the reader has reached the end of the log."""
        until = time.monotonic() + seconds
        for client in self._clients:
            client.join(max(0.0, until - time.monotonic()))
        assert not self.running(), f"not all events are acknowledged after {seconds} s: {self.tally.refusals}"
        self.read.done.set()
        self.read.thread.join(60)
        assert not self.read.thread.is_alive(), "the reader did not reach the end of the log"
        return self.tally

    def _next(self) -> bool:
        with self._lock:
            return not self._enough.is_set() and next(self._numbers, None) is not None

    def _send(self) -> None:
        limits = httpx.Limits(max_keepalive_connections=0) if self.fresh else httpx.Limits()
        options = {"headers": self.owner.headers, "timeout": TIMEOUT, "limits": limits}
        with httpx.Client(base_url=self.url, verify=False, **options) as http:  # type: ignore[arg-type]
            while self._next():
                event = make_event()
                self.tally.sent.append(event["id"])
                for tries in itertools.count():
                    if self._try(http, event):
                        break
                    time.sleep(random.uniform(0, min(LONGEST_WAIT, FIRST_WAIT * 2**tries)))
                time.sleep(self.pace)

    def _try(self, http: httpx.Client, event: dict[str, object]) -> bool:
        try:
            answer = http.post("/ingest", json=event)
        except httpx.TransportError as error:
            with self._lock:
                self.tally.broken[type(error).__name__] += 1
            return False
        with self._lock:
            if answer.status_code == 200:
                self.tally.acknowledge(str(event["id"]))
            else:
                self.tally.refuse(answer)
        return answer.status_code == 200


class Reading:
    """A reader that walks the log by cursor all the time. `ids` has the events in the order of reading."""

    def __init__(self, url: str, owner: Owner) -> None:
        self.url, self.owner = url, owner
        self.ids: list[str] = []
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._walk, daemon=True)

    def _walk(self) -> None:
        cursor = ""
        with httpx.Client(base_url=self.url, headers=self.owner.headers, timeout=TIMEOUT, verify=False) as http:
            while True:
                # Read `done` before the request: if it is set, the log was complete before this page.
                last = self.done.is_set()
                page = _page(http, cursor)
                if page is not None:
                    ids, cursor = page
                    self.ids += ids
                    if last and not ids:
                        return
                if not page or not page[0]:
                    time.sleep(0.1)


def _page(http: httpx.Client, cursor: str) -> tuple[list[str], str] | None:
    try:
        answer = http.post("/sync/pull", json={"cursor": cursor, "limit": 1_000})
    except httpx.TransportError:
        return None
    if answer.status_code != 200:
        return None
    page = answer.json()
    return [event["id"] for event in page["events"]], page["next_cursor"]


def walk(url: str, owner: Owner) -> list[str]:
    """Returns the ids of the whole log, in its order."""
    with httpx.Client(base_url=url, headers=owner.headers, timeout=TIMEOUT, verify=False) as http:
        ids, cursor = _patiently(http, "")
        more = ids
        while more:
            more, cursor = _patiently(http, cursor)
            ids = ids + more
    return ids


def _patiently(http: httpx.Client, cursor: str) -> tuple[list[str], str]:
    """Reads a page, with retries as in every client: a web process whose parent was killed may end during a request."""
    until = time.monotonic() + PATIENCE
    while (page := _page(http, cursor)) is None:
        assert time.monotonic() < until, "the log cannot be read"
        time.sleep(0.1)
    return page
