"""A view that shows only a part of a long session says so, and links to the rest."""

import re

import httpx
import pytest

from dashboard.session.file_tab import changed_files
from dashboard.session.views import MAX_EVENTS
from events.store import log
from memory.projection import projector
from memory.sessions import session_events
from tests.dashboard.hostile_sessions import bash
from tests.dashboard.payloads import event
from tests.dashboard.visitor import page, sign_in
from tests.people import Person

LEFT = re.compile(r'not on this page. <a href="(/sessions/long\?at=(\d+)#e-\2)"')


@pytest.mark.sweep
@pytest.mark.parametrize("view", ["conversation", "map"])
def test_it_leads_to_the_first_event_that_it_left_out(http: httpx.Client, alice: Person, view: str) -> None:
    sign_in(http, alice.user)
    for at in range(0, MAX_EVENTS, 1_000):
        alice.push(*(bash("long", number, "ok") for number in range(at, at + 1_000)))
    # Project the events before the first request: on a busy machine this takes longer than a page waits.
    projector.catch_up(alice.id)
    assert LEFT.search(page(http, f"/sessions/long/{view}")) is None
    alice.push(bash("long", MAX_EVENTS, "one more"))
    projector.catch_up(alice.id)
    found = LEFT.search(page(http, f"/sessions/long/{view}"))
    assert found
    assert int(found[2]) == log.load_head(alice.id)
    assert f'id="e-{found[2]}"' in page(http, found[1])


@pytest.mark.sweep
def test_files_lead_to_the_first_change_that_they_left_out(http: httpx.Client, alice: Person) -> None:
    sign_in(http, alice.user)
    edits = [
        event(
            "PostToolUse.Edit",
            session_id="long",
            tool_use_id=f"t{at}",
            ts=f"2026-11-21T09:{at // 60 % 60:02}:{at % 60:02}Z",
        )
        for at in range(changed_files.MAX_EDITS + 1)
    ]
    for at in range(0, len(edits), 1_000):
        alice.push(*edits[at : at + 1_000])
    projector.catch_up(alice.id)
    found = LEFT.search(text := page(http, "/sessions/long/files"))
    assert found
    assert f"{changed_files.MAX_EDITS:,} changes" in text


@pytest.mark.parametrize("most", [1, 4, 5])
def test_what_is_read_ends_at_the_first_that_is_too_many(alice: Person, most: int) -> None:
    events = [bash("s", at, "ok") for at in range(5)]
    alice.push(*events)
    projector.catch_up(alice.id)
    reach = session_events.ScanExtent()
    taken = [told.seq for _, told in session_events.iter_events(alice.id, "s", max_events=most, extent=reach)]
    assert taken == list(range(1, most + 1))
    assert reach.first_skipped_seq == (most + 1 if most < 5 else None)


def test_what_is_read_ends_where_there_is_no_more_room(alice: Person) -> None:
    room = session_events.MAX_MATCHED_CHARS
    events = [bash("s", at, "x" * 900_000) for at in range(room // 900_000 + 1)]
    for at in range(0, len(events), 8):
        alice.push(*events[at : at + 8])
    projector.catch_up(alice.id)
    reach = session_events.ScanExtent()
    taken = [
        told.seq
        for told in session_events.iter_matching_events(alice.id, "s", lambda text: True, max_events=99, extent=reach)
    ]
    assert taken == list(range(1, len(taken) + 1))
    assert reach.first_skipped_seq == len(taken) + 1 <= len(events)
    assert (
        list(
            session_events.iter_matching_events(
                alice.id, "s", lambda text: False, max_events=99, extent=(rest := session_events.ScanExtent())
            )
        )
        == []
    )
    assert rest.first_skipped_seq is None
