"""What a syncing server needs of this one: deletions by push, and a cursor that detects a restored log."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from accounts.models import Scope
from events.endpoints.request_body import LARGE_BODY_BYTES
from events.isolation.row_security import acting_for
from events.models import Event, Stream
from events.store import log
from memory.projection import projector
from tests.events.deletion.test_deletion import Mirror
from tests.events.make import make_event
from tests.people import People, Person


@pytest.fixture
def laptop(people: People, alice: Person) -> Person:
    """Alice, with a token of scope `sync`."""
    return people(alice.user, scope=Scope.SYNC)


def push(person: Person, *events: dict[str, Any], deleted: Any) -> httpx.Response:
    return person.http.post("/sync/push", content=json.dumps({"events": events, "deleted": deleted}))


def pull(person: Person, cursor: str, mark: str, **over: Any) -> httpx.Response:
    return person.http.post("/sync/pull", json={"cursor": cursor, "mark": mark, **over})


def test_a_push_deletes(laptop: Person, alice: Person) -> None:
    gone, stays, new = make_event(), make_event(), make_event()
    alice.push(gone, stays)
    before = Mirror(alice).read_all()
    answer = push(laptop, new, deleted=[gone["id"]])
    assert (answer.status_code, answer.text) == (200, '{"accepted":1,"deleted":1}')
    assert set(before.read_all().held) == {stays["id"], new["id"]}
    # A second deletion of the same event changes nothing.
    assert push(laptop, deleted=[gone["id"]]).text == '{"accepted":0,"deleted":0}'


def test_an_event_that_was_deleted_before_it_came_does_not_come(laptop: Person, alice: Person) -> None:
    late = make_event()
    assert push(laptop, deleted=[late["id"], late["id"].upper(), str(uuid4())]).json()["deleted"] == 2
    assert alice.push(late) == {"accepted": 0, "duplicates": 1}
    mirror = Mirror(alice).read_all()
    assert mirror.held == {}
    assert late["id"] in mirror.gone
    assert projector.catch_up(alice.id)


def test_an_event_and_its_deletion_in_one_body_end_as_deleted(laptop: Person, alice: Person) -> None:
    event = make_event()
    assert push(laptop, event, deleted=[event["id"]]).json() == {"accepted": 1, "deleted": 1}
    assert alice.walk() == []


def test_a_walk_of_one_project_hears_of_what_was_deleted_before_it_came(laptop: Person) -> None:
    late = str(uuid4())
    push(laptop, make_event(project="/a"), make_event(project="/b"), deleted=[late])
    page = pull(laptop, "", "", project="/a").json()
    assert [event["project"] for event in page["events"]] == ["/a"]
    assert page["deleted"] == [late]
    listed = laptop.http.post("/sync/pull", json={"project": "/a"}).json()
    assert len(listed["events"]) == 1


def test_a_large_push_is_stored_and_deletes_like_a_small_one(laptop: Person, people: People, alice: Person) -> None:
    # More bytes than a body that is stored whole, and more events than a part of it.
    events = [make_event(data={"out": "a line\n" * 60}) for _ in range(250)]
    assert len(json.dumps(events)) > 2 * LARGE_BODY_BYTES
    invalid = {**make_event(), "ts": "yesterday"}
    answer = alice.http.post("/sync/push", json={"events": [*events, invalid]})
    assert (answer.status_code, answer.json()["accepted"]) == (200, 250)
    assert [(one["index"], one["code"]) for one in answer.json()["rejected"]] == [(250, "bad_ts")]
    assert [event["id"] for event in alice.walk()] == [event["id"] for event in events]
    assert push(laptop, *events, deleted=[events[0]["id"]]).json() == {"accepted": 0, "duplicates": 250, "deleted": 1}
    assert push(alice, *events, deleted=[events[1]["id"]]).status_code == 403
    stranger = people()
    assert stranger.http.post("/sync/push", json={"events": events}).json() == {"accepted": 250}
    refused = stranger.http.post("/sync/push", json={"events": events}, headers={"Authorization": "Bearer mfg_x"})
    assert refused.status_code == 401
    assert len(alice.walk()) == 249


def test_many_are_deleted_at_once(laptop: Person, alice: Person) -> None:
    events = [make_event() for _ in range(600)]
    alice.push(*events)
    ids = [event["id"] for event in events] + [str(uuid4()) for _ in range(400)]
    assert push(laptop, deleted=ids).json()["deleted"] == 1_000
    assert alice.walk() == []
    assert log.load_head(alice.id) == 600 + 1_000
    assert push(laptop, deleted=[*ids, str(uuid4())]).status_code == 413


@pytest.mark.parametrize("scope", [Scope.CAPTURE, Scope.FULL])
def test_no_other_token_deletes(people: People, alice: Person, scope: Scope) -> None:
    event, other = make_event(), make_event()
    alice.push(event)
    thief = people(alice.user, scope=scope)
    answer = push(thief, other, deleted=[event["id"]])
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    # The refused request changed nothing.
    assert [event["id"] for event in alice.walk()] == [event["id"]]


def test_a_token_that_may_sync_may_do_nothing_else_to_the_account(laptop: Person) -> None:
    for method, path in (("GET", "/api/export"), ("GET", "/api/tokens"), ("DELETE", "/me")):
        assert laptop.http.request(method, path).status_code == 403
    refused = laptop.http.request("DELETE", "/api/events", content='{"before": "2030-01-01T00:00:00Z"}')
    assert refused.status_code == 403


@pytest.mark.parametrize("deleted", [None, "x", [1], ["x"], {}, ["00000000-0000-4000-8000-00000000000"]])
def test_what_is_no_list_of_ids_is_refused_with_all_that_came_with_it(laptop: Person, deleted: Any) -> None:
    answer = push(laptop, make_event(), deleted=deleted)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")
    assert laptop.walk() == []


def test_the_fast_door_deletes_nothing(laptop: Person) -> None:
    body = json.dumps({"events": [make_event()], "deleted": []})
    answer = laptop.http.post("/ingest", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


def test_a_mark_goes_with_a_cursor_and_only_where_it_is_asked_for(alice: Person) -> None:
    alice.push(make_event(), make_event(), make_event())
    first = pull(alice, "", "", limit=2).json()
    second = pull(alice, first["next_cursor"], first["mark"], limit=2).json()
    assert len(second["events"]) == 1
    assert second["mark"] != first["mark"]
    end = pull(alice, second["next_cursor"], second["mark"]).json()
    assert end == {"events": [], "next_cursor": second["next_cursor"], "mark": second["mark"]}
    assert "mark" not in alice.http.post("/sync/pull", json={"cursor": ""}).json()
    assert alice.http.post("/sync/pull", json={"mark": ""}).status_code == 400


def test_a_cursor_over_what_was_deleted_is_lost(laptop: Person) -> None:
    events = [make_event(), make_event()]
    laptop.push(*events)
    page = pull(laptop, "", "").json()
    push(laptop, deleted=[events[1]["id"]])
    lost = pull(laptop, page["next_cursor"], page["mark"])
    assert (lost.status_code, lost.json()["code"]) == (409, "cursor_lost")
    # Without a mark, the cursor still works.
    assert laptop.http.post("/sync/pull", json={"cursor": page["next_cursor"]}).status_code == 200


def test_a_restored_log_is_noticed_even_if_it_holds_the_same_event_at_the_same_place(alice: Person) -> None:
    events = [make_event() for _ in range(4)]
    alice.push(*events)
    page = pull(alice, "", "").json()
    with acting_for(alice.id):  # the same effect as restoring a backup
        Event.objects.for_user(alice.id).filter(seq__gt=2).delete()
    Stream.objects.filter(user_id=alice.id).update(head=2)
    assert pull(alice, page["next_cursor"], page["mark"]).status_code == 409
    alice.push(*events)
    assert pull(alice, page["next_cursor"], page["mark"]).status_code == 409
