"""No captured value can make the server work for long. The tests measure processor time.

`-s` shows the figures.
"""

import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.dashboard.hostile_sessions import HOSTILE, Event, plain, prompt, session_of, use
from tests.dashboard.visitor import sign_in
from tests.people import Person
from tests.server import Server, wait_for

pytestmark = pytest.mark.timing

STEP = re.compile(r'<li class="step[^"]*" id="e-(\d+)"')
LATER = re.compile(r'rel="next" data-more href="([^"]+)"')
TICKS = 100.0  # clock ticks a second: the unit in which Linux counts processor time
VIEWS = ("", "/conversation", "/files", "/raw")
SLACK, FLOOR = 8, 1.0  # times the cost of as many plain words, plus seconds


def working(server: Server) -> list[int]:
    """Returns the ids of the web process and of the page process beside it."""
    parent = server.processes[0].pid
    return [parent, *map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())]


def spent(server: Server) -> float:
    """Returns the processor time of both processes so far, in seconds."""
    told = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in working(server)]
    return sum(int(fields[11]) + int(fields[12]) for fields in told) / TICKS


def memory(server: Server) -> int:
    """Returns the resident memory of both processes, in bytes."""
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4_096 for pid in working(server))


def cost(server: Server, http: httpx.Client, path: str) -> float:
    """Returns the processor time of a page, in seconds.

    Repeats the request if a process started or ended meanwhile, or if a busy machine made the page too late.
    """
    while True:
        wait_for(lambda: is_idle(server), what="an idle server")
        processes, before = working(server), spent(server)
        status = http.get(path).status_code
        assert status in {200, 503}, path
        used = spent(server) - before
        if status == 200 and working(server) == processes:
            return used


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def pushed(person: Person, events: list[Event]) -> str:
    for event in events:
        person.push(event)
    return session_of(events)


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_session_costs_what_its_size_says(server: Server, http: httpx.Client, alice: Person, name: str) -> None:
    hostile, same = pushed(alice, HOSTILE[name]), pushed(alice, plain(name))
    sign_in(http, alice.user)
    for warm_up in (hostile, same):
        http.get(f"/sessions/{warm_up}/raw")
    for view in VIEWS:
        usual = cost(server, http, f"/sessions/{same}{view}")
        taken = cost(server, http, f"/sessions/{hostile}{view}")
        say(f"{name:26}{view:16}{taken:7.2f} s, as many plain words {usual:5.2f} s")
        assert taken <= SLACK * usual + FLOOR, view
    for form in ("markdown", "html"):
        usual = cost(server, http, f"/export/session?id={same}&as={form}")
        taken = cost(server, http, f"/export/session?id={hostile}&as={form}")
        say(f"{name:26}{form:16}{taken:7.2f} s, as many plain words {usual:5.2f} s")
        assert taken <= SLACK * usual + 2 * FLOOR, form


def test_a_page_holds_no_more_than_it_has_room_for(server: Server, http: httpx.Client, alice: Person) -> None:
    """The pages of a session with large events are short, and their links reach all steps."""
    long = "some words " * 45_000
    few = pushed(alice, [use("few", at, "mcp__a__b", {"a": "x"}, long) for at in range(8)])
    many = pushed(alice, [use("many", at, "mcp__a__b", {"a": "x"}, long) for at in range(24)])
    sign_in(http, alice.user)
    usual = max(cost(server, http, f"/sessions/{few}") for _ in range(2))
    before = memory(server)
    taken, used = cost(server, http, f"/sessions/{many}"), memory(server) - before
    say(f"a page of 12 MB: {taken:.2f} s and {used / 1e6:.0f} MB; of 4 MB {usual:.2f} s")
    assert taken <= 2 * usual + 0.5
    assert used < 100_000_000
    path: str | None = f"/sessions/{many}"
    steps: list[str] = []
    while path:
        page = http.get(path).text
        steps += STEP.findall(page)
        found = LATER.search(page)
        path = f"/sessions/{many}{found[1]}" if found else None
    assert len(steps) == len(set(steps)) == 24


def test_opening_what_is_painted_keeps_no_memory(server: Server, http: httpx.Client, alice: Person) -> None:
    session = pushed(alice, HOSTILE["new colors"])
    sign_in(http, alice.user)
    seqs = [event["id"] for event in HOSTILE["new colors"]]
    pages = [f"/events/{at}/block" for at in range(1, len(seqs) + 1)]
    assert all(http.get(path).status_code == 200 for path in pages[:4]), session
    before = memory(server)
    assert all(http.get(path).status_code == 200 for path in pages[4:])
    say(f"resident: {before / 1e6:.0f} MB, then {memory(server) / 1e6:.0f} MB")
    assert memory(server) - before < 40_000_000


@pytest.mark.slow
def test_a_page_that_nobody_waits_for_any_more_costs_little(server: Server, http: httpx.Client, alice: Person) -> None:
    events = [prompt("left-alone", "<system-reminder>a</system-reminder>b" * 24_000) for _ in range(6)]
    path = f"/sessions/{pushed(alice, events)}/conversation"
    sign_in(http, alice.user)
    http.get(f"/sessions/{session_of(events)}/raw")
    whole, before = min(cost(server, http, path) for _ in range(2)), spent(server)
    with socket.create_connection(("127.0.0.1", httpx.URL(server.url).port or 0)) as leaver:
        cookies = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
        leaver.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookies}\r\n\r\n".encode())
        wait_for(lambda: spent(server) > before + whole / 10, what="a tenth of the work")
    wait_for(lambda: is_idle(server), what="the end of the work")
    say(f"a page of {whole:.2f} s took {spent(server) - before:.2f} s when nobody waited for it")
    assert spent(server) - before < whole / 2 + 0.1


def is_idle(server: Server) -> bool:
    """Whether the server uses almost no processor time for 0.3 seconds."""
    before, until = spent(server), time.monotonic() + 0.3
    wait_for(lambda: time.monotonic() > until, what="0.3 seconds")
    return spent(server) - before <= 0.03


class Probe:
    """Requests `/healthz` again and again, and records the duration of each answer."""

    def __init__(self, url: str) -> None:
        self.url, self.took, self.ended = url, list[float](), threading.Event()

    def run(self) -> None:
        with httpx.Client(base_url=self.url, timeout=120) as http:
            while not self.ended.wait(0.01):
                began = time.perf_counter()
                http.get("/healthz")
                self.took.append(time.perf_counter() - began)

    @property
    def worst(self) -> float:
        return max(self.took)


@contextmanager
def probing(server: Server) -> Iterator[Probe]:
    probe = Probe(server.url)
    thread = threading.Thread(target=probe.run)
    thread.start()
    try:
        yield probe
    finally:
        probe.ended.set()
        thread.join()


def arrival(server: Server, fresh_http: Callable[[], httpx.Client], person: Person, events: list[Event]) -> float:
    """Returns the longest duration of `/healthz` while these events arrived on four live pages."""
    pages = [sign_in(fresh_http(), person.user) for _ in range(4)]
    head = person.http.post("/sync/pull", json={"cursor": "", "limit": 1000}).json()["next_cursor"] or "0"
    last = str(int(head) + len(events))
    told: list[bool] = []
    with ExitStack() as open_:
        streams = [open_.enter_context(page.stream("GET", f"/live/stream?cursor={head}")) for page in pages]
        with probing(server) as probe:
            readers = [threading.Thread(target=lambda one=one: told.append(_reaches(one, last))) for one in streams]
            for reader in readers:
                reader.start()
            wait_for(lambda: len(probe.took) > 3, what="the probe")
            person.push(*events)
            for reader in readers:
                reader.join()
    assert told == [True] * 4
    return probe.worst


def _reaches(stream: httpx.Response, seq: str) -> bool:
    """Reads the stream until the event with this number arrives."""
    return any(line == f"id: {seq}" for line in stream.iter_lines())


def test_live_pages_do_not_hold_up_the_others(
    server: Server, fresh_http: Callable[[], httpx.Client], alice: Person
) -> None:
    report = "<task-notification>" + "<summary>" * 1100
    usual = arrival(server, fresh_http, alice, [prompt(f"u{at}", "some words " * 900) for at in range(100)])
    taken = arrival(server, fresh_http, alice, [prompt(f"n{at}", report) for at in range(100)])
    say(f"/healthz waited up to {taken:.3f} s, while as many plain words came up to {usual:.3f} s")
    assert taken <= 4 * usual + 0.2


def test_a_page_does_not_hold_up_the_others(server: Server, http: httpx.Client, alice: Person) -> None:
    session = pushed(alice, HOSTILE["a megabyte of reminders"])
    sign_in(http, alice.user)
    http.get(f"/sessions/{session}/raw")
    # The page holds the server as long each time. A processor that other programs slow down does not.
    assert any(_leaves_room(server, http, f"/sessions/{session}") for _ in range(3))


def _leaves_room(server: Server, http: httpx.Client, path: str) -> bool:
    """Whether `/healthz` waits hardly longer while this page is made."""
    with probing(server) as idle:
        wait_for(lambda: len(idle.took) > 30, what="the probe")
    with probing(server) as probe:
        wait_for(lambda: len(probe.took) > 3, what="the probe")
        assert http.get(path).status_code == 200
    say(f"/healthz waited up to {probe.worst:.3f} s, at rest {idle.worst:.3f} s")
    return probe.worst <= 4 * idle.worst + 0.3
