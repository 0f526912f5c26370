"""Saved filters: their page lists them, only their user sees them, and their number and length are limited."""

import re

import httpx
import pytest

from events.isolation.row_security import acting_for
from memory.models import SavedFilter
from tests.dashboard.base.test_scope import SHOP, in_shop
from tests.dashboard.hostile import HOSTILE, MARKUP, UNSEEN
from tests.dashboard.visitor import page, sign_in, source
from tests.people import Person

CHIP = re.compile(r'<li>\s*<a href="([^"]*)"( aria-current="true")?><bdi\s*>(.*?)</bdi></a>')
DROP = re.compile(r"/filters/[0-9a-f-]{36}/drop")


def press_at(http: httpx.Client, action: str, **given: str) -> httpx.Response:
    """Sends a form of the page `/sessions`, as a browser does."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', source(http, "/sessions"))
    assert found
    return http.post(action, data={"csrfmiddlewaretoken": found[1], **given}, headers={"Referer": str(http.base_url)})


def keep(http: httpx.Client, query: str, name: str = "Mine", at: str = "sessions") -> httpx.Response:
    return press_at(http, f"/filters/{at}", name=name, query=query)


def chips(http: httpx.Client, path: str = "/sessions") -> list[tuple[str, bool, str]]:
    return [(to, bool(here), name) for to, here, name in CHIP.findall(page(http, path))]


def test_a_filter_that_is_kept_stands_above_the_list_and_leads_back(http: httpx.Client, alice: Person) -> None:
    alice.push(in_shop())
    sign_in(http, alice.user)
    here = f"/sessions?state=waiting&project={SHOP.replace('/', '%2F')}&time=7d"
    assert 'value="state=waiting&project=%2Fhome%2Fada%2Fshop&time=7d"' in page(http, here)
    answer = press_at(http, "/filters/sessions", name="  Waiting in\nthe shop ", query=here.partition("?")[2])
    assert answer.headers["location"] == here
    assert chips(http) == [(here, False, "Waiting in")]
    assert chips(http, here) == [(here, True, "Waiting in")]
    assert "Save view" not in page(http, here)
    assert "Save view" in page(http, "/sessions?state=waiting")
    assert chips(http, "/search") == []
    drop = DROP.search(page(http, here))
    assert drop
    assert press_at(http, drop[0], query="state=waiting").headers["location"] == "/sessions?state=waiting"
    assert chips(http) == []


@pytest.mark.parametrize(
    ("at", "query", "kept"),
    [
        ("search", "q=refund+type%3Afix&type=edit&after=x&time=30d", "q=refund+type%3Afix&type=edit&time=30d"),
        ("insights", "by=failed&machine=attic&project=", "machine=attic&by=failed"),
        ("sessions", "q=flaky&cursor=1&time=7d", "q=flaky&time=7d"),
        ("sessions", "as=cards&before=x&state=ended&evil=1&state=waiting", "state=waiting&as=cards"),
    ],
)
def test_each_page_keeps_what_is_its_own(http: httpx.Client, alice: Person, at: str, query: str, kept: str) -> None:
    sign_in(http, alice.user)
    assert keep(http, query, at=at).headers["location"] == f"/{at}?{kept}"
    assert chips(http, f"/{at}") == [(f"/{at}?{kept}", False, "Mine")]


def test_the_feed_keeps_its_filters_too(http: httpx.Client, alice: Person) -> None:
    alice.push(in_shop())
    sign_in(http, alice.user)
    here = "/?kind=failures&time=7d"
    assert 'value="kind=failures&time=7d"' in page(http, here)
    assert keep(http, "before=5&kind=failures&time=7d", at="home").headers["location"] == here
    assert chips(http, "/") == [(here, False, "Mine")]
    assert chips(http, here) == [(here, True, "Mine")]
    assert "Save view" not in page(http, here)
    assert "Save view" not in page(http, "/")


def test_the_same_name_is_the_same_filter(http: httpx.Client, alice: Person) -> None:
    sign_in(http, alice.user)
    keep(http, "state=waiting")
    keep(http, "state=ended")
    assert chips(http) == [("/sessions?state=ended", False, "Mine")]


@pytest.mark.parametrize(
    ("query", "name", "why"),
    [
        ("state=ended", " \n ", "Enter a name for the filter."),
        ("as=cards&zone=Europe/Vienna", "Cards", "The filter is empty"),
        ("before=x", "Nothing", "The filter is empty"),
        (f"project={'/' * 4_000}", "Long", "A filter can have at most 8,192 characters."),
    ],
)
def test_what_cannot_be_kept_is_said(http: httpx.Client, alice: Person, query: str, name: str, why: str) -> None:
    sign_in(http, alice.user)
    assert keep(http, query, name).status_code == 302
    text = page(http, "/sessions")
    assert why in text
    assert CHIP.findall(text) == []


def test_there_are_fifty_at_most(http: httpx.Client, alice: Person) -> None:
    with acting_for(alice.id):
        for number in range(50):
            SavedFilter.objects.create(
                user_id=alice.id,
                id=f"00000000-0000-4000-8000-{number:012}",
                page="search",
                name=f"n{number}",
                query="q=x",
                at_us=1,
            )
    sign_in(http, alice.user)
    keep(http, "state=ended", "One more")
    assert "The limit of 50 is reached" in page(http, "/sessions")
    assert chips(http) == []
    assert len(chips(http, "/search")) == 50


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(http: httpx.Client, alice: Person, name: str) -> None:
    sign_in(http, alice.user)
    keep(http, f"q={name}", name or "x", at="search")
    text = source(http, "/search")
    assert not [markup for markup in MARKUP if markup in text]
    assert not [unseen for unseen in UNSEEN if unseen in text]


def test_nobody_else_sees_or_drops_them(http: httpx.Client, alice: Person, bob: Person) -> None:
    sign_in(http, alice.user)
    keep(http, "state=ended", "Alice's own")
    drop = DROP.search(page(http, "/sessions"))
    assert drop
    http.cookies.clear()
    sign_in(http, bob.user)
    assert "Alice's own" not in page(http, "/sessions")
    assert press_at(http, drop[0]).status_code == 404
    assert press_at(http, "/filters/settings", name="x", query="time=7d").status_code == 404
    with acting_for(alice.id):
        assert SavedFilter.objects.for_user(alice.id).count() == 1
