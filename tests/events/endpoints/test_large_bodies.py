"""The server inflates and parses many large bodies at once without delaying other requests."""

import gzip
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import httpx
import pytest

from tests.environment import free_port
from tests.events.holds import note_holds
from tests.events.make import make_event
from tests.people import People, Person
from tests.server import Server, wait_for

pytestmark = pytest.mark.sweep
INFLATED = 12_000_000  # bytes of each body
AT_ONCE = 6
ROUNDS = 3
HELD = 0.2  # seconds that `/healthz` may be delayed


def many(piece: str) -> str:
    return f"[{piece * (INFLATED // len(piece))}1]"


def around(inner: str) -> str:
    """A batch of three events; the event in the middle holds this JSON."""
    large = json.dumps(make_event(data={"a": "@"})).replace('"@"', inner)
    return f'{{"events":[{json.dumps(make_event())},{large},{json.dumps(make_event())}]}}'


# Bodies as a client and as an attacker send them. A byte order mark makes the server use the exact parser.
BODIES = {
    "usual": lambda: json.dumps({"events": [make_event(data={"out": "a line\n" * 1_600}) for _ in range(1_000)]}),
    "numbers": lambda: around(many("1,")),
    "numbers read by hand": lambda: "\ufeff" + around(many("1,")),
    "texts read by hand": lambda: "\ufeff" + around(many('"",')),
    "deep": lambda: "\ufeff" + around("[" * 4_000_000 + "]" * 4_000_000),
    "tiny events": lambda: f'{{"events":{many("[1],")}}}',
    "no JSON": lambda: "x" * INFLATED,
}
STATUS = {"tiny events": 413, "no JSON": 400}


@pytest.fixture(scope="module")
def receiver(server: Server) -> Iterator[Server]:
    """A web process that gets no other requests."""
    alone = Server(free_port()).start()
    yield alone
    alone.stop()


@pytest.fixture
def sender(receiver: Server) -> Iterator[Person]:
    people = People(receiver.url)
    yield people()
    people.close()


@pytest.mark.parametrize("path", ["/ingest", "/sync/push"])
@pytest.mark.parametrize("name", BODIES)
def test_others_do_not_wait(name: str, path: str, receiver: Server, sender: Person) -> None:
    body = gzip.compress(BODIES[name]().encode(), 1)
    headers = {"Authorization": f"Bearer {sender.token}", "Content-Encoding": "gzip"}

    def send(_: int) -> int:
        """Sends the body again while the server is too busy for it, as a client does."""
        for _ in range(ROUNDS):
            answer = httpx.post(f"{receiver.url}{path}", content=body, headers=headers, timeout=100, verify=False)
            if answer.status_code != 503:
                break
            sleep(float(answer.headers["Retry-After"]))
        return answer.status_code

    # The same bodies cause the same holds each time. A processor that other programs slow down does not.
    worst = [longest_hold(receiver, send, STATUS.get(name, 200))]
    while worst[-1] >= HELD and len(worst) < ROUNDS:
        worst.append(longest_hold(receiver, send, STATUS.get(name, 200)))
    assert worst[-1] < HELD, worst


def longest_hold(receiver: Server, send: Callable[[int], int], status: int) -> float:
    """Returns the longest delay of `/healthz` in seconds, while several clients send at once."""
    holds, over = list[float](), Event()
    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        noting = pool.submit(note_holds, receiver.url, receiver.processes[0].pid, over, holds)
        wait_for(lambda: holds, what="the first answer")
        statuses = set(pool.map(send, range(AT_ONCE)))
        over.set()
    assert statuses == {status}
    noting.result()
    return max(holds)


def test_an_event_too_large_to_be_read_does_not_keep_its_neighbours(sender: Person) -> None:
    for before in ("", "\ufeff"):
        body = gzip.compress((before + around(many('[1,"]"],'))).encode())
        told = sender.http.post("/ingest", content=body, headers={"Content-Encoding": "gzip"}).json()
        assert told["accepted"] == 2
        assert [(one["index"], one["code"]) for one in told["rejected"]] == [(1, "too_large")]
        assert told["rejected"][0]["id"]


@pytest.mark.parametrize("path", ["/ingest", "/sync/push"])
def test_a_small_body_that_inflates_beyond_the_limit_is_cut(path: str, sender: Person) -> None:
    for size, code in ((17_000_000, "too_large"), (70_000, "malformed_json")):
        bomb = gzip.compress(b" " * size)
        answer = sender.http.post(path, content=bomb, headers={"Content-Encoding": "gzip"})
        assert answer.json()["code"] == code
