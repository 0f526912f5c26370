"""The stream delivers new events by itself, in order, once, and only to their owner."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import pytest

from tests.events.make import make_event
from tests.people import Person
from tests.server import DEADLINE, Server, wait_for


class Message(NamedTuple):
    id: str
    event: str
    data: Any


class Stream:
    """Reads server-sent events as a browser does."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.lines = self._lines()

    def _lines(self) -> Iterator[str]:
        # Split here, because httpx also splits at line ends that only Unicode defines.
        rest = ""
        for piece in self.answer.iter_text():
            *lines, rest = (rest + piece).split("\n")
            yield from lines

    def message(self) -> Message:
        fields: dict[str, str] = {}
        for line in self.lines:
            if line.startswith(":"):
                continue
            if not line and fields:
                return Message(fields["id"], fields["event"], json.loads(fields["data"]))
            name, _, value = line.partition(": ")
            if name:
                fields[name] = value
        raise AssertionError("the stream ended")

    def messages(self, count: int) -> list[Message]:
        return [self.message() for _ in range(count)]


@contextmanager
def stream(person: Person, **headers: str) -> Iterator[Stream]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with person.http.stream("GET", "/api/events/stream", headers=named, timeout=DEADLINE) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        reading = Stream(answer)
        assert next(reading.lines).startswith(":")  # the greeting: the stream misses no event after it
        yield reading


def test_an_event_arrives_on_an_open_stream(alice: Person) -> None:
    alice.push(make_event())
    event = make_event()
    with stream(alice) as open_stream:
        alice.http.post("/ingest", json=event)
        message = open_stream.message()
    assert (message.event, message.data["id"], message.data["kind"]) == ("event", event["id"], event["kind"])
    assert message.data["user_id"] == str(alice.id)


def test_what_is_pushed_arrives_too_in_order(alice: Person) -> None:
    events = [make_event() for _ in range(450)]
    with stream(alice) as open_stream:
        alice.push(*events)
        seen = [message.data["id"] for message in open_stream.messages(450)]
    assert seen == [event["id"] for event in events]


def test_a_stream_resumes_after_the_last_id_without_loss(alice: Person) -> None:
    first, second, third = (make_event() for _ in range(3))
    with stream(alice) as open_stream:
        alice.push(first)
        last = open_stream.message().id
    alice.push(second)
    with stream(alice, Last_Event_ID=last) as open_stream:
        alice.push(third)
        assert [message.data["id"] for message in open_stream.messages(2)] == [second["id"], third["id"]]


def test_the_id_of_a_message_is_a_cursor_for_pull(alice: Person) -> None:
    events = [make_event(), make_event()]
    with stream(alice) as open_stream:
        alice.push(*events)
        first = open_stream.message().id
    assert [event["id"] for event in alice.walk(first)] == [events[1]["id"]]


def test_an_event_takes_one_line_whatever_white_space_it_has(alice: Person) -> None:
    event = make_event()
    with stream(alice) as open_stream:
        alice.http.post("/ingest", content=json.dumps(event, indent=4).replace("\n", "\r\n"))
        assert open_stream.message().data["kind"] == event["kind"]


def test_line_ends_that_only_unicode_knows_stay_in_their_string(alice: Person) -> None:
    event = make_event(data="one\u2028two\u2029three\x85four\x7f")
    with stream(alice) as open_stream:
        alice.http.post("/ingest", content=json.dumps(event, ensure_ascii=False).encode())
        assert open_stream.message().data["kind"] == event["kind"]


def test_a_stream_never_carries_anothers_event(alice: Person, bob: Person) -> None:
    own = make_event()
    with stream(bob) as open_stream:
        alice.push(make_event(), make_event())
        bob.push(own)
        assert open_stream.message().data["id"] == own["id"]


def test_many_streams_of_one_user_all_hear(alice: Person) -> None:
    event = make_event()
    with stream(alice) as one, stream(alice) as two, stream(alice) as three:
        alice.push(event)
        assert {reading.message().data["id"] for reading in (one, two, three)} == {event["id"]}


@pytest.mark.parametrize("last", ["x", "-1", "9" * 40])
def test_a_bad_last_id_is_400(alice: Person, last: str) -> None:
    answer = alice.http.get("/api/events/stream", headers={"Last-Event-ID": last})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_a_stream_needs_a_credential(http: httpx.Client) -> None:
    assert http.get("/api/events/stream").status_code == 401


def test_only_get_opens_a_stream(alice: Person) -> None:
    for method in ("POST", "HEAD", "DELETE"):
        assert alice.http.request(method, "/api/events/stream").status_code == 405


def test_an_open_stream_does_not_hold_the_server_at_its_end(alice: Person, spare: Server) -> None:
    headers = dict(alice.http.headers)
    with httpx.stream("GET", f"{spare.url}/api/events/stream", headers=headers, timeout=DEADLINE) as answer:
        lines = answer.iter_lines()
        assert next(lines).startswith(":")
        spare.processes[0].terminate()
        list(lines)  # the stream ends normally instead of breaking off
    wait_for(lambda: spare.processes[0].poll() is not None, what="the end of the server", seconds=10)
