"""`script/bench hostile`: measures how long other users wait while one user requests the most expensive pages.

Measures the p95 of usual requests in turn: alone, while a separate process requests the pages from another web process
(the share of machine and database), and while it requests them from the same one. Also measures the time and memory
that each page of each hostile session costs.
"""

import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
from django.test import Client

from memory.projection import projector
from script.benchmarks import pages
from script.benchmarks.shared import harness
from tests.dashboard.hostile_sessions import HOSTILE, session_of
from tests.environment import free_port
from tests.people import People, Person
from tests.server import Server


@dataclass(frozen=True)
class Size:
    """Events of the long session, hostile sessions, turns of the comparison, rounds per turn, and pages at once."""

    long_session_events: int
    sessions: int
    turns: int
    rounds: int
    concurrency: int


FULL = Size(long_session_events=5_000, sessions=len(HOSTILE), turns=4, rounds=25, concurrency=1)
SMOKE = Size(long_session_events=200, sessions=2, turns=1, rounds=3, concurrency=1)
VIEWS = ("", "/conversation", "/files", "/raw", "/map")
REQUEST_PAUSE_S = 0.2  # seconds
USUAL_SESSION_EVENTS = 400  # events of the usual user's session
LONG_SESSION = "the long session"


def main(size: Size) -> None:
    server, other_server = Server(free_port()).start(), Server(free_port()).start()
    people = People(server.url)
    try:
        usual_user, hostile_user = people(), people()
        push_session(usual_user, USUAL_SESSION_EVENTS)
        sessions = {
            LONG_SESSION: push_session(hostile_user, size.long_session_events),
            **dict(list(push_hostile_sessions(hostile_user))[: size.sessions]),
        }
        for person in (usual_user, hostile_user):
            projector.catch_up(person.id)  # now, so that no page includes the projection
        costs = dict(measure_pages(server, session_cookie(hostile_user), sessions))
        report_costs(costs)
        # The most expensive page of each session.
        paths = [max(views, key=lambda view: views[view][1]) for views in costs.values()]
        report(compare(server, other_server, usual_user, session_cookie(hostile_user), paths, size))
    finally:
        people.close()
        server.stop()
        other_server.stop()


def push_session(person: Person, count: int) -> str:
    """Pushes a session with `count` usual events. Returns its id."""
    for at in range(0, count, 500):
        person.push(*map(pages.make_event, range(at, min(at + 500, count))))
    return pages.LONG_SESSION


def push_hostile_sessions(person: Person) -> Iterator[tuple[str, str]]:
    """Pushes the hostile sessions. Yields the name and the id of each."""
    for name, events in HOSTILE.items():
        for event in events:
            person.push(event)
        yield name, session_of(events)


def session_cookie(person: Person) -> str:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person.user)
    return f"session={client.cookies['session'].value}"


Cost = tuple[float, float, float]  # milliseconds, processor milliseconds, and megabytes above the initial memory


def measure_pages(
    server: Server, session_cookie_header: str, sessions: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, Cost]]]:
    """Yields the cost of each page of each session."""
    pid = server.processes[0].pid
    with httpx.Client(base_url=server.url, headers={"Cookie": session_cookie_header}, timeout=120) as http:
        for name, session in sessions.items():
            yield (
                name,
                {path: measure_cost(http, pid, path) for path in (f"/sessions/{session}{view}" for view in VIEWS)},
            )


def measure_cost(http: httpx.Client, pid: int, path: str) -> Cost:
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # resets the peak of memory use
    before, processor_used, started = (
        harness.resident_mb(pid),
        harness.processor_seconds_with_children(pid),
        time.perf_counter(),
    )
    assert http.get(path).status_code == 200, path
    elapsed, processor_used = (
        time.perf_counter() - started,
        harness.processor_seconds_with_children(pid) - processor_used,
    )
    return elapsed * 1_000, processor_used * 1_000, max(harness.peak_mb(pid) - before, 0.0)


def compare(
    server: Server, other_server: Server, usual_user: Person, cookie_header: str, paths: list[str], size: Size
) -> dict[str, list[float]]:
    """Returns the p95 of each usual request in ms: alone, with load on `other_server`, and with load on `server`."""
    latencies = [defaultdict[str, list[float]](list) for _ in range(3)]
    with httpx.Client(base_url=server.url, timeout=120) as http:
        requests = make_usual_requests(http, usual_user)
        measure_requests(requests, 3)
        for _ in range(size.turns):
            extend_latencies(latencies[0], measure_requests(requests, size.rounds))
            for target, asked_server in zip(latencies[1:], (other_server, server), strict=True):
                with background_load(asked_server.url, cookie_header, paths, size.concurrency):
                    extend_latencies(target, measure_requests(requests, size.rounds))
    return {name: [harness.percentile(one[name], 95) for one in latencies] for name in requests}


def make_usual_requests(http: httpx.Client, person: Person) -> dict[str, Callable[[], httpx.Response]]:
    signed_in = {"Cookie": session_cookie(person)}

    def page(path: str) -> Callable[[], httpx.Response]:
        return lambda: http.get(path, headers=signed_in)

    def send() -> httpx.Response:
        body = json.dumps({"events": [harness.make_event(payload) | {"id": str(uuid4())} for _ in range(5)]})
        return http.post("/ingest", content=body, headers={"Authorization": f"Bearer {person.token}"})

    payload = harness.make_payload()
    return {
        "feed": page("/"),
        "session": page(f"/sessions/{pages.LONG_SESSION}"),
        "search": page("/search?q=total"),
        "five events to /ingest": send,
        "/healthz": lambda: http.get("/healthz"),
    }


def measure_requests(requests: Mapping[str, Callable[[], httpx.Response]], rounds: int) -> dict[str, list[float]]:
    """Measures the milliseconds of each request, in turn, with a pause after each as between a user's clicks."""
    latencies: dict[str, list[float]] = {name: [] for name in requests}
    for _ in range(rounds):
        for name, request in requests.items():
            started = time.perf_counter()
            assert request().status_code == 200, name
            latencies[name].append((time.perf_counter() - started) * 1_000)
            time.sleep(REQUEST_PAUSE_S)
    return latencies


def extend_latencies(target: dict[str, list[float]], more: Mapping[str, list[float]]) -> None:
    for name, values in more.items():
        target[name] += values


# Requests pages and discards them. Its first line of output reports that the first page arrived.
_LOAD_SCRIPT = """
import http.client, itertools, sys, threading
host, cookie, at_once, *paths = sys.argv[1:]

def ask(first):
    connection = http.client.HTTPConnection(host, timeout=120)
    for path in itertools.islice(itertools.cycle(paths), first, None):
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        print(answer.status, flush=True)

for number in range(int(at_once)):
    threading.Thread(target=ask, args=(number * len(paths) // int(at_once),)).start()
"""


@contextmanager
def background_load(url: str, cookie_header: str, paths: list[str], concurrency: int) -> Iterator[None]:
    """Requests these pages in a loop, from a separate process, while the context is open."""
    command = [sys.executable, "-c", _LOAD_SCRIPT, url.removeprefix("http://"), cookie_header, str(concurrency), *paths]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        assert process.stdout.readline().strip() == "200"
        yield
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate()


def report_costs(costs: Mapping[str, Mapping[str, Cost]]) -> None:
    harness.print_row("the slowest page of", "ms", "processor", "max MB")
    worst = {name: tuple(map(max, zip(*views.values(), strict=True))) for name, views in costs.items()}
    for name, figures in worst.items():
        harness.print_row(name, *figures)
    elapsed, processor_used, memory_mb = map(max, zip(*worst.values(), strict=True))
    harness.print_row("the slowest of all, ms and processor", elapsed, processor_used, "≤ 2,000")
    harness.print_row("the most memory of all, MB", memory_mb, "≤ 100")


def report(latencies: Mapping[str, list[float]]) -> None:
    harness.print_row("p95 in ms", "alone, elsewhere, here", "here / alone")
    for name, (alone, with_other_server, with_same_server) in latencies.items():
        harness.print_row(name, alone, with_other_server, with_same_server, with_same_server / alone, "≤ 2")
