"""Retention: which sessions it deletes, which it keeps, and what readers learn of it."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.db import connection

from events.isolation.row_security import acting_for
from events.models import Event, RemovedIds, RetentionPolicy, Stream
from events.retention import retention_delete, retention_policy, vacuum
from events.retention.retention_policy import GIGABYTE, RetentionLimits
from events.wire.timestamps import format_rfc3339
from memory import tasks
from memory.deletion import session_retention
from memory.models import Note, Session, SessionPreference
from memory.preferences import preference_changes
from memory.projection import projector
from memory.search import query_parser, search_hits
from memory.sessions import session_queries
from memory.sessions.session_queries import SessionQuery
from memory.values.location import Location
from tests.dashboard.visitor import sign_in
from tests.events.make import make_event
from tests.memory.rows import derive_afresh, derived_rows
from tests.people import Person

DAY = 86_400.0


def ago(days: float) -> str:
    return format_rfc3339(int((time.time() - days * DAY) * 1_000_000))


def session(name: str, days: float, *, uses: int = 2) -> list[dict[str, Any]]:
    """A prompt, some commands and a stop. The last event happened `days` days ago."""
    said: list[tuple[str, dict[str, Any]]] = [("prompt_submit", {"prompt": f"Mend the {name}"})]
    for number in range(uses):
        given = {"tool_name": "Bash", "tool_use_id": f"{name}{number}", "tool_input": {"command": f"make {name}"}}
        said.append(("post_tool_use", {**given, "tool_response": {"stdout": f"{name} made"}}))
    said.append(("stop", {"last_assistant_message": f"Mended the {name}."}))
    count = len(said)
    return [
        make_event(hook, {"session_id": name, **data}, ts=ago(days + (count - at) / 1e6))
        for at, (hook, data) in enumerate(said, start=1)
    ]


def loose(days: float) -> dict[str, Any]:
    return make_event(kind={"type": "Weather", "data": {"rain": True}}, ts=ago(days))


def push(person: Person, *events: dict[str, Any]) -> None:
    for at in range(0, len(events), 1_000):
        person.push(*events[at : at + 1_000])


def keep(person: Person, days: int | None = None, size: int | None = None) -> None:
    """Applies retention, as the periodic task does within an hour."""
    projector.catch_up(person.id)
    with acting_for(person.id):
        RetentionPolicy.objects.update_or_create(
            user_id=person.id, defaults={"max_days": days, "max_bytes": size, "last_applied_us": 0}
        )
    while person.id in retention_policy.list_due_users(1):
        tasks.apply_retention()


def names(person: Person) -> set[str]:
    return {seen.row.session_id for seen in session_queries.list_sessions(person.id, SessionQuery(limit=200))}


def rebuilt(person: Person) -> object:
    projector.reset_projection(person.id)
    projector.catch_up(person.id)
    rows = derived_rows(person.id)
    assert rows == derive_afresh(person.id)
    return rows


def test_nothing_goes_until_somebody_says_so(alice: Person) -> None:
    push(alice, *session("old", 4_000), loose(4_000))
    projector.catch_up(alice.id)
    tasks.apply_retention()
    assert len(alice.walk()) == 5


def test_sessions_that_are_silent_for_too_long_go_with_all_that_is_derived(alice: Person, bob: Person) -> None:
    old, new = session("walrus", 40), session("otter", 5)
    for person in (alice, bob):
        push(person, *old, loose(40), *new, loose(5))
    keep(alice, days=30)
    assert names(alice) == {"otter"}
    assert len(alice.walk()) == len(new) + 1
    assert search_hits.search_entries(alice.id, query_parser.parse_query("walrus"), limit=9).hits == []
    assert search_hits.search_entries(alice.id, query_parser.parse_query("otter"), limit=9).hits
    left = derived_rows(alice.id)
    assert "walrus" not in repr(left)
    assert rebuilt(alice) == left
    assert len(bob.walk()) == len(old) + len(new) + 2


def test_a_session_that_still_goes_on_keeps_its_beginning(alice: Person) -> None:
    push(alice, *session("long", 90), *session("long", 3))
    keep(alice, days=30)
    assert len(alice.walk()) == 8


def test_what_is_starred_or_holds_something_pinned_stays(alice: Person) -> None:
    push(alice, *session("starred", 90), *session("pinned", 90), *session("titled", 90))
    projector.catch_up(alice.id)
    preference_changes.set_session_preference(alice.id, "starred", starred=True)
    preference_changes.set_session_preference(alice.id, "titled", title="Mine")
    preference_changes.annotate_entry(
        alice.id,
        search_hits.search_entries(alice.id, query_parser.parse_query("pinned"), limit=1).hits[0].entry.id,
        pinned=True,
    )
    keep(alice, days=30)
    assert names(alice) == {"starred", "pinned"}
    with acting_for(alice.id):
        assert [choice.session_id for choice in SessionPreference.objects.for_user(alice.id)] == ["starred"]


@pytest.mark.parametrize("door", ["/ingest", "/sync/push"])
def test_pushing_it_again_is_a_duplicate(alice: Person, door: str) -> None:
    events = session("old", 40, uses=30)
    push(alice, *events)
    keep(alice, days=30)
    fresh = make_event()
    again = alice.http.post(door, json={"events": [*events, fresh]})
    assert again.json() == {"accepted": 1, "duplicates": len(events)}
    assert [event["id"] for event in alice.walk()] == [fresh["id"]]


def test_anothers_same_ids_are_new(alice: Person, bob: Person) -> None:
    events = session("old", 40)
    push(alice, *events)
    keep(alice, days=30)
    assert bob.push(*events) == {"accepted": len(events)}


def test_readers_are_not_told_that_it_was_deleted(alice: Person) -> None:
    push(alice, *session("old", 40), *session("new", 1))
    early = alice.http.post("/sync/pull", json={"cursor": ""}).json()["next_cursor"]
    keep(alice, days=30)
    assert alice.http.post("/sync/pull", json={"cursor": early}).json() == {"events": [], "next_cursor": early}
    late = alice.http.post("/sync/pull", json={"cursor": "", "limit": 3}).json()
    assert (len(late["events"]), "deleted" in late) == (3, False)
    assert len(alice.walk()) == 4


def test_a_deletion_stays_told(alice: Person) -> None:
    events = session("old", 40)
    push(alice, *events, loose(1))
    projector.catch_up(alice.id)
    alice.http.request("DELETE", "/api/events", headers=access(alice), json={"ids": [events[0]["id"]]})
    keep(alice, days=30)
    page = alice.http.post("/sync/pull", json={"cursor": ""}).json()
    assert (len(page["events"]), page["deleted"]) == (1, [events[0]["id"]])


def access(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.access_token()}"}


def test_beyond_a_size_the_oldest_go_but_nothing_of_the_last_day(alice: Person) -> None:
    for number in range(6):
        push(alice, *session(f"s{number}", 60 - number * 10, uses=8), loose(60 - number * 10))
    push(alice, *session("today", 0.01, uses=8))
    projector.catch_up(alice.id)
    whole = session_retention.estimate_disk_bytes(alice.id)
    keep(alice, size=whole * 13 // 20)
    assert names(alice) == {"s3", "s4", "s5", "today"}
    assert session_retention.estimate_disk_bytes(alice.id) <= whole * 13 // 20
    keep(alice, size=1)
    assert names(alice) == {"today"}
    assert rebuilt(alice) == derived_rows(alice.id)


def test_both_limits_hold(alice: Person) -> None:
    push(alice, *session("a", 50), *session("b", 20), *session("c", 10))
    keep(alice, days=30, size=1_000 * GIGABYTE)
    assert names(alice) == {"b", "c"}
    keep(alice, days=15, size=1)
    assert names(alice) == set()


def test_what_is_shown_before_is_what_goes(alice: Person) -> None:
    for number in range(5):
        push(alice, *session(f"s{number}", 50 - number * 10, uses=5), loose(50 - number * 10))
    projector.catch_up(alice.id)
    now = int(time.time() * 1e6)
    for rule in (
        RetentionLimits(max_days=35),
        RetentionLimits(max_bytes=session_retention.estimate_disk_bytes(alice.id) // 2),
        RetentionLimits(25, GIGABYTE),
        RetentionLimits(),
    ):
        going = session_retention.preview_retention(alice.id, rule, now_us=now)
        before, known = len(alice.walk()), len(names(alice))
        session_retention.apply_retention(alice.id, rule, now_us=now, seconds=60, pause=lambda: None)
        assert (known - len(names(alice)), before - len(alice.walk())) == (going.sessions, going.events)
        assert going.total_bytes - going.disk_bytes == session_retention.estimate_disk_bytes(alice.id)


def test_who_stops_half_way_leaves_what_the_next_reader_mends(alice: Person) -> None:
    push(alice, *session("long", 40, uses=450))
    projector.catch_up(alice.id)
    rule, now = RetentionLimits(max_days=30), int(time.time() * 1e6)
    session_retention.apply_retention(alice.id, rule, now_us=now, seconds=0, pause=lambda: None)
    left = len(alice.walk())
    assert 0 < left < 452
    preference_changes.set_session_preference(alice.id, "long", starred=True)
    seen = session_queries.find_session(alice.id, "long")
    assert seen
    assert not seen.row.needs_rebuild
    assert rebuilt(alice) == derived_rows(alice.id)
    session_retention.apply_retention(alice.id, rule, now_us=now, seconds=60, pause=lambda: None)
    assert len(alice.walk()) == left
    preference_changes.set_session_preference(alice.id, "long", starred=False)
    session_retention.apply_retention(alice.id, rule, now_us=now, seconds=60, pause=lambda: None)
    assert (alice.walk(), names(alice)) == ([], set())


def test_what_comes_in_late_for_a_session_that_went_is_a_session_again(alice: Person) -> None:
    push(alice, *session("back", 40))
    keep(alice, days=30)
    push(alice, *session("back", 1))
    assert names(alice) == {"back"}
    assert rebuilt(alice) == derived_rows(alice.id)


def test_notes_of_a_place_outlive_its_sessions(alice: Person) -> None:
    push(alice, *session("old", 40), *session("new", 1))
    projector.catch_up(alice.id)
    preference_changes.add_note(alice.id, Location("/home/dev/my-repo", "/home/dev/my-repo"), "Mind the gap.")
    keep(alice, days=30)
    alice.http.request("DELETE", "/api/events", headers=access(alice), json={"session_id": "new"})
    projector.catch_up(alice.id)
    with acting_for(alice.id):
        assert (Session.objects.for_user(alice.id).count(), Note.objects.for_user(alice.id).count()) == (0, 1)


def test_the_clock_looks_at_each_log_once_an_hour(alice: Person) -> None:
    keep(alice, days=30)
    push(alice, *session("old", 40))
    tasks.apply_retention()
    assert len(alice.walk()) == 4
    RetentionPolicy.objects.filter(user_id=alice.id).update(last_applied_us=int((time.time() - 3_700) * 1e6))
    while alice.id in retention_policy.list_due_users(int((time.time() - 3_600) * 1e6)):
        tasks.apply_retention()
    assert alice.walk() == []


def test_only_what_is_named_is_taken(alice: Person, bob: Person) -> None:
    for person in (alice, bob):
        push(person, *[make_event() for _ in range(9)])
    assert retention_delete.delete_expired(alice.id, [2, 3, 40]).events == 2
    assert retention_delete.delete_expired(alice.id, [2, 3]).events == 0
    with acting_for(alice.id):
        assert list(Event.objects.for_user(alice.id).order_by("seq").values_list("seq", flat=True)) == [
            1,
            *range(4, 10),
        ]
        assert Stream.objects.get(user_id=alice.id).has_removed_ids
    assert len(bob.walk()) == 9


def test_the_ids_take_little_room(alice: Person) -> None:
    push(alice, *[make_event(id=f"abcd{uuid4().hex[4:8]}-0000-4000-8000-{at:012x}") for at in range(900)])
    retention_delete.delete_expired(alice.id, range(1, 901))
    with acting_for(alice.id):
        shelves = RemovedIds.objects.for_user(alice.id).filter(prefix=0xABCD)
        assert [len(shelf.ids) for shelf in shelves] == [900 * 16]
    assert alice.push(make_event(), make_event()) == {"accepted": 2}


def test_the_room_is_given_back(alice: Person) -> None:
    if connection.vendor != "sqlite":
        assert vacuum.free_pages(seconds=1) == 0
        return
    fill = "".join(str(uuid4()) for _ in range(300))
    push(alice, *[make_event(data={"fill": fill[at:] + fill[:at]}) for at in range(300)])
    retention_delete.delete_expired(alice.id, range(1, 301))
    assert vacuum.free_pages(seconds=30) > 0


def say(http: httpx.Client, **values: str) -> httpx.Response:
    values["csrfmiddlewaretoken"] = http.cookies["csrf"]
    return http.post("/settings/retention", data=values)


def test_the_page_shows_what_would_go_before_it_is_switched_on(
    fresh_http: Callable[[], httpx.Client], alice: Person
) -> None:
    push(alice, *session("old", 40), *session("new", 1))
    visitor = sign_in(fresh_http(), alice.user)
    assert "Memfog keeps everything until you delete it" in visitor.get("/settings/retention").text
    assert "/settings/retention" in visitor.get("/settings").text
    shown = say(visitor, days="30", gigabytes="").text
    assert "<dt>Sessions</dt><dd>1</dd>" in shown
    assert "<dt>Events</dt><dd>4</dd>" in shown
    assert retention_policy.load_limits(alice.id) == RetentionLimits()
    assert len(alice.walk()) == 8
    assert say(visitor, days="30", gigabytes="2.5", sure="1").status_code == 302
    page = visitor.get("/settings/retention").text
    assert "Sessions without activity for 30 days" in page
    assert "Above 2.5 GB" in page
    assert retention_policy.load_limits(alice.id) == RetentionLimits(30, 2_500_000_000)
    assert say(visitor).status_code == 302
    assert retention_policy.load_limits(alice.id) == RetentionLimits()


@pytest.mark.parametrize(
    "values", [{"days": "0"}, {"days": "x"}, {"gigabytes": "0.01"}, {"gigabytes": "nan"}, {"days": "9" * 30}]
)
def test_a_limit_that_nobody_can_mean_is_refused(
    fresh_http: Callable[[], httpx.Client], alice: Person, values: dict[str, str]
) -> None:
    visitor = sign_in(fresh_http(), alice.user)
    visitor.get("/settings/retention")
    answer = say(visitor, **values, sure="1")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert retention_policy.load_limits(alice.id) == RetentionLimits()
