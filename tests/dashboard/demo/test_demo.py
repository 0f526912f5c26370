"""The sample sessions: they can be loaded, every page marks them, and a removal leaves nothing."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
import pytest

from accounts.models import Token
from dashboard.demo import demo_data, demo_events
from events.retention import retention_delete
from events.store import log
from memory.projection import projector
from tests.accounts.calls import send
from tests.dashboard.payloads import event
from tests.dashboard.visitor import page, sign_in, source
from tests.memory.rows import chosen_rows, derived_rows
from tests.people import Person
from tests.server import wait_for_answer

COUNT = len(demo_events.build_events(0, datetime.now(UTC)))
PAGES = ["/", "/sessions", "/sessions?as=cards", "/search?q=refund", "/insights", "/memory", "/events/1"]
PAGES += [f"/sessions/demo-1{view}" for view in ("", "/conversation", "/files", "/raw", "/map", "/delete")]
WAITS = "Waiting for the first event"


@pytest.fixture
def ada(http: httpx.Client, alice: Person) -> httpx.Client:
    """Alice's browser, with her first page open."""
    source(sign_in(http, alice.user), "/")
    return http


def load(ada: httpx.Client) -> None:
    answer = wait_for_answer(lambda: send(ada, "/demo/load"))
    assert (answer.status_code, answer.headers.get("location")) == (302, "/"), answer.text


def remove(ada: httpx.Client) -> None:
    assert send(ada, "/demo/remove").headers["location"] == "/"


def test_a_newcomer_is_offered_it_and_sees_sessions(ada: httpx.Client) -> None:
    assert 'action="/demo/load"' in source(ada, "/")
    load(ada)
    text = page(ada, "/")
    assert 'action="/demo/load"' not in text
    for said in ("demo-shop", "·</span><bdi>memfog-demo", "Needs permission", "≈ $", "Edit"):
        assert said in text


@pytest.mark.parametrize("path", PAGES)
def test_wherever_it_shows_it_says_so_and_can_be_removed(ada: httpx.Client, path: str) -> None:
    load(ada)
    text = source(ada, path)
    assert "are sample sessions" in text
    assert 'action="/demo/remove"' in text
    assert "demo-" in text.replace(text[text.index('<form class="demo"') : text.index("Remove sample data")], "")


def test_it_shows_what_a_session_can_hold(ada: httpx.Client) -> None:
    load(ada)
    shop, notes = (page(ada, f"/sessions/{name}") for name in ("demo-1", "demo-2"))
    for said in ("Explore", "Find where totals are computed", "Invoice.refunded()", "Open a pull request", "≈ $"):
        assert said in shop
    for said in ("<ins", "<del", "✗ exit 1", "✓ 4.0 s", "Plan"):
        assert said in shop
    for said in ("Which walk should come first?", "photos", "2 of 4 done", "Compact"):
        assert said in notes
    assert "claude --resume" not in shop


def test_it_is_no_first_event_of_a_machine(ada: httpx.Client, alice: Person) -> None:
    load(ada)
    text = source(ada, "/")
    assert WAITS in text
    assert text.count('<li class="row') == text.count(" data-demo>") + text.count(" data-demo ") > 20
    assert set(Token.objects.for_user(alice.id).values_list("last_used_at", flat=True)) == {None}
    alice.push(event("UserPromptSubmit", prompt="from my own machine"))
    text = source(ada, "/")
    assert WAITS not in text
    assert "are sample sessions" in text


def test_it_waits_no_more_however_long_ago_the_first_event_was(ada: httpx.Client, alice: Person) -> None:
    alice.push(event("UserPromptSubmit", prompt="long ago"))
    demo_data.load(alice.id)
    assert COUNT > 60  # more than a whole page
    assert WAITS not in source(ada, "/")


def test_loading_it_twice_does_not_double_it(ada: httpx.Client, alice: Person) -> None:
    load(ada)
    load(ada)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: send(ada, "/demo/load").raise_for_status, range(4)))
    assert len(alice.walk()) == COUNT


def test_what_is_loaded_at_once_by_many_is_there_once(fresh_http: Callable[[], httpx.Client], alice: Person) -> None:
    browsers = [sign_in(fresh_http(), alice.user) for _ in range(4)]
    for browser in browsers:
        source(browser, "/")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(load, browsers))
    assert len(alice.walk()) == COUNT


def test_removing_it_leaves_what_was_there_before(ada: httpx.Client, alice: Person) -> None:
    alice.push(event("UserPromptSubmit", prompt="mine"), event("PostToolUse"), event("Stop"))
    projector.catch_up(alice.id)
    before = derived_rows(alice.id), chosen_rows(alice.id), alice.walk()
    load(ada)
    assert send(ada, "/sessions/demo-1/choose", title="Mine now", starred="1").status_code == 302
    assert derived_rows(alice.id) != before[0]
    remove(ada)
    assert (derived_rows(alice.id), chosen_rows(alice.id), alice.walk()) == before
    text = page(ada, "/")
    assert "Sample data removed" in text
    assert "demo-shop" not in text
    assert ada.get("/sessions/demo-1").status_code == 404
    remove(ada)
    assert (derived_rows(alice.id), chosen_rows(alice.id), alice.walk()) == before
    assert "Sample data removed" not in page(ada, "/")


def test_who_has_removed_it_waits_again_and_can_load_it_again(ada: httpx.Client, alice: Person) -> None:
    for _ in range(2):
        load(ada)
        assert len(alice.walk()) == COUNT
        remove(ada)
        assert alice.walk() == []
        assert 'action="/demo/load"' in source(ada, "/")


def test_what_retention_took_can_be_loaded_again(ada: httpx.Client, alice: Person) -> None:
    load(ada)
    retention_delete.delete_expired(alice.id, [record.seq for record in log.load_after(alice.id, 0, limit=1_000)])
    assert not demo_data.is_loaded(alice.id)
    load(ada)
    assert len(alice.walk()) == COUNT


def test_a_session_of_it_that_was_deleted_does_not_come_back_beside_the_others(
    ada: httpx.Client, alice: Person
) -> None:
    load(ada)
    assert send(ada, "/sessions/demo-3/delete").status_code == 302
    left = alice.walk()
    load(ada)
    assert alice.walk() == left
    assert "are sample sessions" in source(ada, "/")
    remove(ada)
    assert alice.walk() == []


def test_what_is_taken_elsewhere_says_what_it_is(ada: httpx.Client, alice: Person, bob: Person) -> None:
    load(ada)
    told = alice.walk()
    assert {(one["client"]["name"], one["client"]["machine"]) for one in told} == {("memfog-demo", "memfog-demo")}
    assert {one["root"] for one in told} == {"/demo/demo-shop", "/demo/demo-notes", "/demo/demo-infra"}
    assert [one["ts"] for one in told] == sorted(one["ts"] for one in told)
    # The ids are the same for every user, so that two servers that sync hold each event once.
    demo_data.load(bob.id)
    assert [one["id"] for one in bob.walk()] == [one["id"] for one in told]


def test_it_is_told_as_a_machine_tells(alice: Person) -> None:
    hooks = Counter(
        one["kind"]["data"]["hook"]
        for one in demo_events.build_events(0, datetime.now(UTC))
        if one["kind"]["type"] == "HookEvent"
    )
    # Two tool calls are still running. Every other tool call has a beginning and an end.
    assert hooks["pre_tool_use"] == hooks["post_tool_use"] + hooks["post_tool_failure"] + 2
    assert hooks["subagent_start"] == 1
    answer = alice.push(*demo_events.build_events(0, datetime.now(UTC)))
    assert answer == {"accepted": COUNT}
