"""The log through its endpoints: idempotence, order, isolation, and pages that miss nothing."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from accounts.models import Scope
from tests.events.make import make_event
from tests.people import People, Person
from tests.server import DEADLINE, wait_for


def test_resending_an_event_accepts_nothing(alice: Person) -> None:
    event = make_event()
    assert alice.push(event) == {"accepted": 1}
    assert alice.push(event) == {"accepted": 0, "duplicates": 1}
    assert alice.http.post("/ingest", json=event).content == b'{"accepted":0,"duplicates":1}'
    assert len(alice.walk()) == 1


def test_the_first_version_of_an_id_wins(alice: Person) -> None:
    event = make_event(project="/first")
    alice.push(event, {**event, "project": "/second"})
    alice.push({**event, "project": "/third"})
    assert [kept["project"] for kept in alice.walk()] == ["/first"]


def test_an_id_twice_in_a_batch_is_one_event(alice: Person) -> None:
    event = make_event()
    assert alice.push(event, make_event(), event) == {"accepted": 2, "duplicates": 1}


def test_the_same_id_under_two_users_is_two_events(alice: Person, bob: Person) -> None:
    event = make_event()
    assert alice.push(event) == {"accepted": 1}
    assert bob.push({**event, "project": "/bobs"}) == {"accepted": 1}
    assert [kept["project"] for kept in alice.walk()] == [event["project"]]
    assert [kept["project"] for kept in bob.walk()] == ["/bobs"]


def test_the_user_is_whom_the_credential_says(alice: Person, bob: Person) -> None:
    alice.push(make_event(user_id=str(bob.id), received_at="2020-01-01T00:00:00Z"))
    assert bob.walk() == []
    (kept,) = alice.walk()
    assert kept["user_id"] == str(alice.id)
    assert datetime.fromisoformat(kept["received_at"]) > datetime.now(UTC) - timedelta(minutes=5)


def test_concurrent_equal_batches_are_stored_once(alice: Person) -> None:
    events = [make_event() for _ in range(20)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: alice.push(*(events if n % 2 else reversed(events))), range(64)))
    assert sum(answer["accepted"] for answer in answers) == 20
    assert sum(answer.get("duplicates", 0) for answer in answers) == 63 * 20
    assert sorted(kept["id"] for kept in alice.walk()) == sorted(event["id"] for event in events)


@pytest.mark.sweep
@pytest.mark.parametrize("door", ["/ingest", "/sync/push"])
def test_a_reader_by_cursor_misses_and_repeats_nothing_while_eight_write(alice: Person, door: str) -> None:
    sent: list[str] = []

    def write(_: int) -> None:
        with httpx.Client(
            base_url=alice.http.base_url, headers=alice.http.headers, timeout=DEADLINE, verify=False
        ) as client:
            for size in (1, 1, 7, 1, 30, 1, 1, 2) * 3:
                events = [make_event() for _ in range(size)]
                assert client.post(door, json={"events": events}).json() == {"accepted": size}
                sent.extend(event["id"] for event in events)

    with ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(write, n) for n in range(8)]
        seen, cursor = [], ""
        while True:
            done = all(writer.done() for writer in writers)
            page = alice.http.post("/sync/pull", json={"cursor": cursor, "limit": 13}).json()
            seen += [event["id"] for event in page["events"]]
            if done and not page["events"]:
                break
            cursor = page["next_cursor"]
        for writer in writers:
            writer.result()
    assert len(seen) == len(sent)
    assert set(seen) == set(sent)


def test_pull_is_ordered_by_time_and_then_by_arrival(alice: Person) -> None:
    late = make_event(ts="2026-11-21T12:00:00+02:00")
    early = make_event(ts="2026-11-21T09:59:59.999999Z")
    same = make_event(ts="2026-11-21T10:00:00Z")
    alice.push(late)
    alice.push(early)
    alice.push(same)
    page = alice.http.post("/sync/pull", json={}).json()
    assert [event["id"] for event in page["events"]] == [early["id"], late["id"], same["id"]]
    assert page["next_cursor"] is None
    assert [event["id"] for event in alice.walk()] == [late["id"], early["id"], same["id"]]


def test_since_is_exclusive_to_the_microsecond(alice: Person) -> None:
    events = [make_event(ts=f"2026-11-21T10:00:00.00000{n}Z") for n in range(3)]
    alice.push(*events)
    since = "2026-11-21T11:00:00.000001+01:00"
    page = alice.http.post("/sync/pull", json={"since": since}).json()
    assert [event["id"] for event in page["events"]] == [events[2]["id"]]


def test_project_matches_folder_root_or_repository(alice: Person) -> None:
    folder = make_event(project="/a/b")
    root = make_event(project="/a/b/c", root="/a/b")
    repo = make_event(project="/elsewhere", repo="github.com/o/n")
    alice.push(folder, root, repo, make_event(project="/a/b2"))
    for name, expected in {"/a/b": [folder, root], "github.com/o/n": [repo], "/a": [], "/A/B": []}.items():
        for query in ({}, {"cursor": ""}):
            page = alice.http.post("/sync/pull", json={"project": name, **query}).json()
            assert [event["id"] for event in page["events"]] == [event["id"] for event in expected]


def test_the_end_of_a_walk_keeps_its_cursor(alice: Person) -> None:
    assert alice.http.post("/sync/pull", json={"cursor": ""}).json() == {"events": [], "next_cursor": ""}
    alice.push(make_event())
    end = alice.http.post("/sync/pull", json={"cursor": ""}).json()["next_cursor"]
    assert alice.http.post("/sync/pull", json={"cursor": end}).json() == {"events": [], "next_cursor": end}


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 1001},
        {"limit": "x"},
        {"limit": None},
        {"since": "yesterday"},
        {"since": 5},
        {"since": ""},
        {"cursor": "x"},
        {"cursor": "-1"},
        {"cursor": "9" * 30},
        {"cursor": "", "since": "2026-11-21T10:00:00Z"},
        {"project": ["/a"]},
        {"project": "a\x00"},
        {"project": "a\ud800"},
        {"project": "x" * 4_097},
    ],
    ids=lambda query: ascii(query)[:40],
)
def test_a_bad_query_is_400_and_says_which_part(alice: Person, query: dict[str, object]) -> None:
    answer = alice.http.post("/sync/pull", content=json.dumps(query))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert answer.json()["errors"][0]["loc"]


@pytest.mark.parametrize("body", [b"[]", b"1", b"{", b"\xff"])
def test_a_query_that_is_no_object_is_400(alice: Person, body: bytes) -> None:
    answer = alice.http.post("/sync/pull", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


def test_bob_cannot_pull_alices_events(alice: Person, bob: Person) -> None:
    alice.push(make_event())
    cursor = alice.http.post("/sync/pull", json={"cursor": ""}).json()["next_cursor"]
    assert bob.http.post("/sync/pull", json={}).json()["events"] == []
    assert bob.http.post("/sync/pull", json={"cursor": cursor}).json()["events"] == []


def test_a_capture_token_pushes_and_cannot_read(alice: Person, people: People) -> None:
    hook = people(alice.user, scope=Scope.CAPTURE).http
    assert hook.post("/ingest", json=make_event()).json() == {"accepted": 1}
    assert hook.post("/sync/push", json={"events": [make_event()]}).json() == {"accepted": 1}
    for answer in (hook.post("/sync/pull", json={}), hook.get("/api/events/stream")):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_an_access_token_pushes_and_pulls(alice: Person) -> None:
    headers = {"Authorization": f"Bearer {alice.access_token()}"}
    assert alice.http.post("/ingest", json=make_event(), headers=headers).json() == {"accepted": 1}
    assert len(alice.http.post("/sync/pull", json={}, headers=headers).json()["events"]) == 1


def test_a_revoked_token_is_refused_within_five_seconds(alice: Person) -> None:
    assert alice.push(make_event()) == {"accepted": 1}
    alice.user.tokens.all().delete()
    for door in ("/ingest", "/sync/push"):

        def is_refused(door: str = door) -> bool:
            return alice.http.post(door, json={"events": []}).status_code == 401

        wait_for(is_refused, what="401", seconds=6)


def test_limits_are_told(alice: Person) -> None:
    assert alice.http.get("/api/limits").json()["limits"]["events"] == 1_000
