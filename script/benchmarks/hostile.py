"""`script/bench hostile`: what others wait for while somebody asks for the worst pages over and over.

The usual requests of one user at their p95: alone, while the pages are asked of another web process (which is what the
machine and the database add), and while they are asked of the same one; in turn. And what a page of each hostile
session costs a process in time and memory. The pages are asked for by a process of its own.
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
from script.benchmarks import pages, stand
from tests.dashboard.hostile_sessions import HOSTILE, session_of
from tests.environment import free_port
from tests.people import People, Person
from tests.server import Server


@dataclass(frozen=True)
class Size:
    """Events of the long session, hostile sessions, turns alone and meanwhile, rounds of each, pages asked at once."""

    long: int
    sessions: int
    turns: int
    rounds: int
    at_once: int


FULL = Size(long=5_000, sessions=len(HOSTILE), turns=4, rounds=25, at_once=1)
SMOKE = Size(long=200, sessions=2, turns=1, rounds=3, at_once=1)
VIEWS = ("", "/conversation", "/files", "/raw", "/map")
PAUSE = 0.2  # seconds
USUAL = 400  # events of the usual user's session
LONG = "the long session"


def main(size: Size) -> None:
    server, elsewhere = Server(free_port()).start(), Server(free_port()).start()
    people = People(server.url)
    try:
        usual, other = people(), people()
        fill(usual, USUAL)
        sessions = {LONG: fill(other, size.long), **dict(list(harm(other))[: size.sessions])}
        for person in (usual, other):
            projector.catch_up(person.id)  # before the pages, not as a part of one
        costs = dict(measure_pages(server, cookie(other), sessions))
        report_costs(costs)
        # Of each session the page that was most work.
        asked = [max(views, key=lambda view: views[view][1]) for views in costs.values()]
        report(compare(server, elsewhere, usual, cookie(other), asked, size))
    finally:
        people.close()
        server.stop()
        elsewhere.stop()


def fill(person: Person, count: int) -> str:
    """A session of so many events, as one does."""
    for at in range(0, count, 500):
        person.push(*map(pages.event, range(at, min(at + 500, count))))
    return pages.NAME


def harm(person: Person) -> Iterator[tuple[str, str]]:
    """Names of hostile sessions and their ids, once they are in the log."""
    for name, events in HOSTILE.items():
        for event in events:
            person.push(event)
        yield name, session_of(events)


def cookie(person: Person) -> str:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person.user)
    return f"session={client.cookies['session'].value}"


Cost = tuple[float, float, float]  # milliseconds, those of the processor, and megabytes above what was resident


def measure_pages(server: Server, held: str, sessions: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Cost]]]:
    """Of each session what each of its pages costs."""
    pid = server.processes[0].pid
    with httpx.Client(base_url=server.url, headers={"Cookie": held}, timeout=120) as http:
        for name, session in sessions.items():
            yield name, {path: cost(http, pid, path) for path in (f"/sessions/{session}{view}" for view in VIEWS)}


def cost(http: httpx.Client, pid: int, path: str) -> Cost:
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak begins anew
    before, used, began = stand.resident(pid), stand.ticks_of_all(pid), time.perf_counter()
    assert http.get(path).status_code == 200, path
    took, used = time.perf_counter() - began, stand.ticks_of_all(pid) - used
    return took * 1_000, used * 1_000, max(stand.peak(pid) - before, 0.0)


def compare(
    server: Server, elsewhere: Server, usual: Person, held: str, asked: list[str], size: Size
) -> dict[str, list[float]]:
    """Of each usual request its p95 in milliseconds: alone, while others ask elsewhere, and while they ask here."""
    found = [defaultdict[str, list[float]](list) for _ in range(3)]
    with httpx.Client(base_url=server.url, timeout=120) as http:
        requests = usual_requests(http, usual)
        ask(requests, 3)
        for _ in range(size.turns):
            collect(found[0], ask(requests, size.rounds))
            for into, asked_of in zip(found[1:], (elsewhere, server), strict=True):
                with asking(asked_of.url, held, asked, size.at_once):
                    collect(into, ask(requests, size.rounds))
    return {name: [stand.percentile(one[name], 95) for one in found] for name in requests}


def usual_requests(http: httpx.Client, person: Person) -> dict[str, Callable[[], httpx.Response]]:
    signed_in = {"Cookie": cookie(person)}

    def page(path: str) -> Callable[[], httpx.Response]:
        return lambda: http.get(path, headers=signed_in)

    def send() -> httpx.Response:
        body = json.dumps({"events": [stand.event(payload) | {"id": str(uuid4())} for _ in range(5)]})
        return http.post("/ingest", content=body, headers={"Authorization": f"Bearer {person.token}"})

    payload = stand.payload()
    return {
        "feed": page("/"),
        "session": page(f"/sessions/{pages.NAME}"),
        "search": page("/search?q=total"),
        "five events to /ingest": send,
        "/healthz": lambda: http.get("/healthz"),
    }


def ask(requests: Mapping[str, Callable[[], httpx.Response]], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each request, asked for in turn, with a pause after each as between a person's clicks."""
    took: dict[str, list[float]] = {name: [] for name in requests}
    for _ in range(rounds):
        for name, request in requests.items():
            began = time.perf_counter()
            assert request().status_code == 200, name
            took[name].append((time.perf_counter() - began) * 1_000)
            time.sleep(PAUSE)
    return took


def collect(into: dict[str, list[float]], more: Mapping[str, list[float]]) -> None:
    for name, took in more.items():
        into[name] += took


# Reads and throws away; says on its first line that the first page came.
_ASKER = """
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
def asking(url: str, held: str, paths: list[str], at_once: int) -> Iterator[None]:
    """Within it these pages are asked for, round and round."""
    command = [sys.executable, "-c", _ASKER, url.removeprefix("http://"), held, str(at_once), *paths]
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
    stand.say("the slowest page of", "ms", "processor", "MB at most")
    worst = {name: tuple(map(max, zip(*views.values(), strict=True))) for name, views in costs.items()}
    for name, figures in worst.items():
        stand.say(name, *figures)
    took, used, held = map(max, zip(*worst.values(), strict=True))
    stand.say("the slowest of all, ms and processor", took, used, "≤ 2,000")
    stand.say("the most memory of all, MB", held, "≤ 100")


def report(found: Mapping[str, list[float]]) -> None:
    stand.say("p95 in ms", "alone, elsewhere, here", "here / alone")
    for name, (alone, elsewhere, here) in found.items():
        stand.say(name, alone, elsewhere, here, here / alone, "≤ 2")
