"""Deletion removes the content, is announced to every reader, and is not undone by a machine that delivers again."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from events.isolation.row_security import acting_for
from events.models import Event
from tests.accounts.calls import bearer
from tests.events.endpoints.test_stream import stream
from tests.events.make import make_event
from tests.people import Person


def delete(person: Person, body: Any) -> httpx.Response:
    headers = bearer(person.access_token())
    return person.http.request("DELETE", "/api/events", content=json.dumps(body), headers=headers)


def deleted(person: Person, body: Any) -> int:
    answer = delete(person, body)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["deleted"])


def of_session(name: Any) -> dict[str, Any]:
    return make_event(data={"session_id": name})


class Mirror:
    """What a reader by cursor holds: events, and the ids of deleted events."""

    def __init__(self, person: Person) -> None:
        self.person, self.cursor, self.held = person, "", dict[str, Any]()
        self.gone: list[str] = []

    def read(self, limit: int = 1_000) -> bool:
        """Reads one page. Returns False at the end."""
        page = self.person.http.post("/sync/pull", json={"cursor": self.cursor, "limit": limit}).json()
        moved: bool = page["next_cursor"] != self.cursor
        self.cursor = page["next_cursor"]
        self.held |= {event["id"]: event for event in page["events"]}
        for name in page.get("deleted", ()):
            self.gone.append(name)
            self.held.pop(name, None)
        return moved

    def read_all(self) -> "Mirror":
        while self.read():
            pass
        return self


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"project": "/a"}, [1, 2]),
        ({"project": "github.com/o/n"}, [0, 1]),
        ({"session_id": "one"}, [1, 2]),
        ({"session_id": "nobody's"}, [0, 1, 2]),
        ({"before": "2026-11-21T11:00:00+01:00"}, [1, 2]),
        ({"before": "9999-01-01T00:00:00Z"}, []),
    ],
)
def test_what_is_named_is_deleted_and_nothing_else(alice: Person, body: dict[str, str], left: list[int]) -> None:
    events = [
        make_event(data={"session_id": "one"}, project="/a", ts="2026-11-21T09:59:59.999999Z"),
        make_event(data={"session_id": "two"}, project="/b", ts="2026-11-21T10:00:00Z"),
        make_event(data={"session_id": "two"}, project="/c", repo="github.com/o/n", ts="2026-11-21T10:00:01Z"),
    ]
    alice.push(*events)
    assert deleted(alice, body) == 3 - len(left)
    assert [event["id"] for event in alice.walk()] == [events[n]["id"] for n in left]
    pulled = alice.http.post("/sync/pull", json={}).json()["events"]
    assert [event["id"] for event in pulled] == [events[n]["id"] for n in left]
    assert deleted(alice, body) == 0


def test_events_are_deleted_by_their_ids(alice: Person) -> None:
    events = [make_event() for _ in range(3)]
    alice.push(*events)
    asked = [events[0]["id"].upper(), events[2]["id"], events[2]["id"], str(uuid4())]
    assert deleted(alice, {"ids": asked}) == 2
    assert [event["id"] for event in alice.walk()] == [events[1]["id"]]


@pytest.mark.parametrize("written", ["s\\u0031/x", "s1\\/x", "s1/x", "\\u0073\\u0031\\u002fx"])
def test_a_session_is_found_however_its_name_is_escaped(alice: Person, written: str) -> None:
    text = json.dumps(of_session("NAME")).replace("NAME", written)
    assert alice.http.post("/ingest", content=text).json() == {"accepted": 1}
    assert deleted(alice, {"session_id": "s1/x"}) == 1


@pytest.mark.parametrize(
    "event",
    [
        make_event(data={"session_id": ["one"]}),
        make_event(data={"tool_input": {"session_id": "one"}}),
        make_event(data=[{"session_id": "one"}]),
        make_event(kind={"type": "Prompt", "data": {"session_id": "one"}}),
        make_event(data="one"),
    ],
)
def test_what_only_mentions_a_session_stays(alice: Person, event: dict[str, Any]) -> None:
    alice.push(event)
    assert deleted(alice, {"session_id": "one"}) == 0


def test_a_number_nobody_can_read_is_no_reason_to_stay(alice: Person) -> None:
    text = json.dumps(make_event(data={"session_id": "one", "n": 0})).replace('"n": 0', '"n": ' + "9" * 5_000)
    assert alice.http.post("/ingest", content=text).json() == {"accepted": 1}
    assert deleted(alice, {"session_id": "one"}) == 1


def test_nothing_of_it_stays_but_its_id(alice: Person) -> None:
    event = make_event(data={"session_id": "s", "prompt": "c4n4ry"})
    alice.push(event)
    deleted(alice, {"ids": [event["id"]]})
    with acting_for(alice.id):
        (row,) = Event.objects.for_user(alice.id).values_list("seq", "id", "body")
    assert (row[0], str(row[1]), row[2]) == (2, event["id"], None)


def test_pushing_it_again_is_a_duplicate(alice: Person) -> None:
    event = make_event()
    alice.push(event)
    deleted(alice, {"ids": [event["id"]]})
    assert alice.push(event) == {"accepted": 0, "duplicates": 1}
    assert alice.http.post("/ingest", json=event).json() == {"accepted": 0, "duplicates": 1}
    assert alice.walk() == []


def test_a_reader_who_passed_it_and_one_who_comes_later_both_learn_of_it(alice: Person) -> None:
    first, second = make_event(), make_event()
    alice.push(first, second)
    early = Mirror(alice).read_all()
    deleted(alice, {"ids": [first["id"]]})
    for mirror in (early.read_all(), Mirror(alice).read_all()):
        assert (list(mirror.held), mirror.gone) == ([second["id"]], [first["id"]])


def test_a_walk_of_one_project_hears_of_its_deletions(alice: Person) -> None:
    event = make_event(project="/a")
    alice.push(event, make_event(project="/b"))
    deleted(alice, {"ids": [event["id"]]})
    page = alice.http.post("/sync/pull", json={"cursor": "", "project": "/a"}).json()
    assert (page["events"], page["deleted"]) == ([], [event["id"]])


def test_an_open_stream_is_told(alice: Person) -> None:
    event = make_event()
    alice.push(event)
    with stream(alice) as open_stream:
        deleted(alice, {"ids": [event["id"]]})
        message = open_stream.message()
    assert (message.event, message.data) == ("deleted", {"id": event["id"]})


def test_many_are_deleted_slice_by_slice(alice: Person) -> None:
    for _ in range(2):
        alice.push(*[of_session("long") for _ in range(620)])
    alice.push(of_session("other"))
    assert deleted(alice, {"session_id": "long"}) == 1_240
    assert deleted(alice, {"before": "2027-01-01T00:00:00Z"}) == 1
    mirror = Mirror(alice).read_all()
    assert (mirror.held, len(mirror.gone), len(set(mirror.gone))) == ({}, 1_241, 1_241)


@pytest.mark.sweep
def test_readers_end_with_exactly_what_is_left_while_others_push_and_delete(alice: Person) -> None:
    doomed: list[str] = []

    def push(_: int) -> None:
        for size in (1, 7, 30, 1, 2) * 3:
            alice.push(*[of_session("keep" if n % 2 else "drop") for n in range(size)])

    def remove(_: int) -> None:
        for _ in range(6):
            deleted(alice, {"session_id": "drop"})
            mine = of_session("also")
            alice.push(mine)
            assert deleted(alice, {"ids": [mine["id"]]}) == 1
            doomed.append(mine["id"])

    mirror = Mirror(alice)
    with ThreadPoolExecutor(5) as pool:
        working = [*pool.map(lambda work: pool.submit(*work), [(push, 0), (push, 1), (remove, 0), (remove, 1)])]
        while not all(work.done() for work in working):
            mirror.read(limit=13)
        for work in working:
            work.result()
    deleted(alice, {"session_id": "drop"})
    late = Mirror(alice).read_all()
    assert mirror.read_all().held == late.held
    assert {event["kind"]["data"]["data"]["session_id"] for event in late.held.values()} == {"keep"}
    assert set(doomed) <= set(late.gone)
    assert len(late.gone) == len(set(late.gone))


def test_bob_deletes_nothing_of_alices(alice: Person, bob: Person) -> None:
    event = make_event(data={"session_id": "s"}, project="/p")
    alice.push(event)
    for body in ({"ids": [event["id"]]}, {"project": "/p"}, {"session_id": "s"}, {"before": "2030-01-01T00:00:00Z"}):
        assert deleted(bob, body) == 0
    assert len(alice.walk()) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"project": "/a", "session_id": "s"},
        {"everything": True},
        {"project": ""},
        {"project": 1},
        {"project": "a\0"},
        {"session_id": "\ud800"},
        {"session_id": None},
        {"ids": []},
        {"ids": "x"},
        {"ids": ["x"]},
        {"ids": [1]},
        {"ids": [None]},
        {"ids": ["00000000-0000-4000-8000-000000000001"] * 1_001},
        {"before": "yesterday"},
        {"before": 5},
    ],
    ids=lambda body: ascii(body)[:40],
)
def test_what_is_not_clear_is_refused(alice: Person, body: dict[str, Any]) -> None:
    answer = delete(alice, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


@pytest.mark.parametrize("content", [b"", b"[]", b"1", b"{", b"\xff", b'{"a":' * 20_000])
def test_what_is_no_object_is_refused(alice: Person, content: bytes) -> None:
    headers = bearer(alice.access_token())
    answer = alice.http.request("DELETE", "/api/events", content=content[:60_000], headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


def test_a_token_of_a_machine_may_not(alice: Person) -> None:
    answer = alice.http.request("DELETE", "/api/events", json={"project": "/a"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert httpx.delete(f"{alice.http.base_url}/api/events", verify=False).status_code == 401
