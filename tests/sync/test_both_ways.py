"""A sync gives each side the events of the other, once, and deletes on both sides what either side deleted."""

import json
from uuid import uuid4

import pytest
from django.core.management import call_command

from accounts.models import Scope
from sync import sync_links
from sync.models import SyncLink
from tests.events.make import make_event
from tests.people import People
from tests.sync.conftest import Pair, forget_events, held, sync


def test_each_gets_what_the_other_has(pair: Pair) -> None:
    pair.laptop.push(*(make_event() for _ in range(3)))
    pair.cloud.push(*(make_event() for _ in range(2)))
    assert "3 sent, 2 received" in pair.opt_in()
    assert pair.same
    assert held(pair.cloud).events == 5


def test_what_went_once_does_not_go_again(pair: Pair) -> None:
    pair.laptop.push(*(make_event() for _ in range(3)))
    pair.cloud.push(make_event())
    pair.opt_in()
    pair.tap.reset()
    assert "no new events" in pair.sync()
    assert pair.tap.paths() == ["/me", "/sync/pull"]


def test_what_comes_is_not_sent_back(pair: Pair) -> None:
    pair.cloud.push(*(make_event() for _ in range(3)))
    pair.opt_in()
    pair.cloud.push(make_event())
    pair.laptop.push(make_event())
    pair.sync()
    pushed = [json.loads(asked.body)["events"] for asked in pair.tap.asked if asked.path == "/sync/push"]
    assert [len(events) for events in pushed] == [1]
    assert pair.same


def test_deletions_go_both_ways(pair: Pair) -> None:
    events = [make_event(project=f"/{n}") for n in range(6)]
    pair.laptop.push(*events)
    pair.opt_in()
    forget_events(pair.laptop, project="/1")
    forget_events(pair.cloud, project="/4")
    assert "1 deleted on the other server, 1 deleted here" in pair.sync()
    assert pair.same
    left = {"/0", "/2", "/3", "/5"}
    assert {event["project"] for event in pair.laptop.walk()} == left
    assert {event["project"] for event in pair.cloud.walk()} == left
    assert "no new events" in pair.sync()


def test_what_was_deleted_before_it_ever_went_stays_deleted_everywhere(people: People, pair: Pair) -> None:
    """Two laptops imported the same events. One of them deleted an event before its first sync."""
    event = make_event()
    other = Pair(people(), pair.cloud, pair.tap)
    for laptop in (pair.laptop, other.laptop):
        laptop.push(event)
    forget_events(other.laptop, ids=[event["id"]])
    other.opt_in()
    pair.opt_in()
    assert pair.same
    assert other.same
    assert held(pair.laptop).events == 0


def test_it_deletes_the_newest_of_all_again_and_again(pair: Pair) -> None:
    """Deletes the event at the cursor, so that the cursor is lost each time."""
    pair.laptop.push(*(make_event(project=f"/{n}") for n in range(8)))
    pair.opt_in()
    for n in reversed(range(8)):
        forget_events((pair.laptop, pair.cloud)[n % 2], project=f"/{n}")
        pair.sync()
        assert pair.same
        assert held(pair.laptop).events == n


def test_with_a_token_that_may_not_delete_deletions_stay_here_until_there_is_a_better_one(
    people: People, pair: Pair
) -> None:
    event, other = make_event(), make_event()
    pair.laptop.push(event, other)
    weak = Pair(pair.laptop, people(pair.cloud.user, scope=Scope.FULL), pair.tap)
    weak.opt_in()
    forget_events(pair.laptop, ids=[event["id"]])
    weak.sync()
    assert held(pair.cloud).events == 2
    assert "may not delete" in sync(pair.laptop, "--status")
    pair.opt_in()
    assert pair.same
    assert "may not delete" not in sync(pair.laptop, "--status")


def test_one_project_is_all_that_goes_and_comes(pair: Pair) -> None:
    for person in (pair.laptop, pair.cloud):
        person.push(make_event(project="/mine"), make_event(project="/other"), make_event(project="/x", root="/mine"))
    pair.opt_in("--project", "/mine")
    bodies = b"".join(asked.body for asked in pair.tap.asked)
    assert b"/other" not in bodies
    assert held(pair.laptop).events == held(pair.cloud).events == 5
    forget_events(pair.laptop, project="/x")
    forget_events(pair.cloud, ids=[str(uuid4())])
    pair.laptop.push(make_event(project="/other"))
    pair.sync()
    assert [event["project"] for event in pair.cloud.walk()].count("/x") == 0
    assert [event["project"] for event in pair.cloud.walk()].count("/other") == 1
    assert "no new events" in pair.sync()


@pytest.mark.sweep
def test_large_and_strange_events_arrive_byte_for_byte(pair: Pair) -> None:
    head = '{"id":"%s","ts":"0001-01-01T00:00:00+14:00","project":"/p","kind":{"type":"Odd","data":{'
    tail = '"n":1e400,"m":0.10,"a":1,"a":2,  "s":"\\u0000\\ud800 \\/ ü"}}}'
    strange = (head % uuid4()) + tail
    # As large as a sent event may be; the log adds a member to it.
    space = 1_048_576 - len((head % uuid4()) + '"f":"",' + tail) - 1
    whole = [(head % uuid4()) + f'"f":"{"x" * space}",' + tail for _ in range(20)]
    for text in [strange, *whole]:
        assert pair.laptop.http.post("/ingest", content=text.encode()).json() == {"accepted": 1}
    pair.opt_in()
    assert pair.same
    assert held(pair.cloud).events == 21
    pulled = pair.cloud.http.post("/sync/pull", json={"cursor": "", "limit": 1}).text
    assert strange.partition('"kind":')[2][:-1] in pulled
    assert sync_links.list_rejected_events(pair.laptop.id, limit=9) == ([], 0)


@pytest.mark.sweep
def test_many_small_ones_take_few_requests(pair: Pair) -> None:
    for _ in range(3):
        pair.laptop.push(*(make_event() for _ in range(1_000)))
    pair.opt_in()
    assert pair.same
    assert pair.tap.paths().count("/sync/push") == 3
    assert len(pair.tap.asked) < 20
    assert all(asked.headers.get("Content-Encoding") == "gzip" for asked in pair.tap.asked if len(asked.body) > 9_999)


def test_it_says_what_it_holds(pair: Pair, capsys: object) -> None:
    pair.laptop.push(make_event())
    call_command("digest", "--user", str(pair.laptop.id))


def test_deleting_the_account_leaves_nothing_of_the_link(pair: Pair) -> None:
    pair.laptop.push(make_event())
    pair.opt_in()
    assert SyncLink.objects.filter(user_id=pair.laptop.id).exists()
    headers = {"Authorization": f"Bearer {pair.laptop.access_token()}"}
    answer = pair.laptop.http.request(
        "DELETE", "/me", json={"password": "correct horse battery staple"}, headers=headers
    )
    assert answer.status_code == 204, answer.text
    assert not SyncLink.objects.filter(user_id=pair.laptop.id).exists()
