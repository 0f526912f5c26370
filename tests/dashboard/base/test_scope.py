"""The page filter (project, machine, time range): rows of Live, its stream and Search, and links that keep it."""

import random
import re
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from dashboard.feed import views as feed_views
from tests.dashboard.feed.test_feed import message, shown
from tests.dashboard.payloads import event
from tests.dashboard.visitor import page, sign_in, source
from tests.people import Person

SHOP, NOTES, REPO = "/home/ada/shop", "/home/ada/notes", "github.com/ada/shop"
NEXT = re.compile(r'id="older" href="([^"]+)"')


def told(name: str = "UserPromptSubmit", *, on: str = "", repo: str = "", at: str = "", **over: Any) -> dict[str, Any]:
    """Returns an event of a session. `on` names its machine, `repo` its repository."""
    made = event(name, ts=at, **{"cwd": NOTES, "session_id": "notes", **over})
    client = {"name": "memfog", "version": "1", "machine": on}
    return made | ({"repo": repo} if repo else {}) | ({"client": client} if on else {})


def in_shop(**over: Any) -> dict[str, Any]:
    return told(**{"cwd": SHOP, "session_id": "shop", **over})


def bare(prompt: str, project: str) -> dict[str, Any]:
    """Returns an event that belongs to no session."""
    kind = {"type": "HookEvent", "data": {"hook": "prompt_submit", "data": {"prompt": prompt}}}
    return {"id": str(uuid4()), "ts": "2026-03-02T09:00:00Z", "project": project, "kind": kind}


def test_the_feed_of_a_project_has_its_events_and_no_others(http: httpx.Client, alice: Person) -> None:
    alice.push(in_shop(), told(), in_shop(cwd=f"{SHOP}/src", root=SHOP), told(repo=REPO), bare("by hand", SHOP))
    sign_in(http, alice.user)
    assert sorted(shown(source(http, f"/?project={SHOP}"))) == [1, 3, 5]
    assert shown(source(http, f"/?project={REPO}")) == [4]
    assert shown(source(http, f"/?project={SHOP}/src")) == [3]
    assert "No events match these filters" in source(http, "/?project=nowhere")


def test_the_feed_of_a_stretch_of_time_goes_by_when_it_happened(http: httpx.Client, alice: Person) -> None:
    days = ("2026-03-03T00:00:00Z", "2026-03-01T23:59:59.999999Z", "2026-03-02T12:00:00Z", "2026-03-02T00:00:00Z")
    alice.push(*[in_shop(at=day) for day in days])
    sign_in(http, alice.user)
    assert shown(source(http, "/?time=2026-03-02")) == [3, 4]
    assert shown(source(http, "/?time=2026-03-01..2026-03-02")) == [3, 4, 2]
    assert shown(source(http, "/?time=2026-03-02&zone=Asia/Kolkata")) == [3, 4, 2]
    assert shown(source(http, "/?time=7d&project=nowhere")) == []


def test_a_machine_is_that_of_the_session(http: httpx.Client, alice: Person) -> None:
    alice.push(in_shop(on="attic"), told(on="cellar"), in_shop(), told(), in_shop(session_id="other"))
    sign_in(http, alice.user)
    assert shown(source(http, "/?machine=attic")) == [3, 1]
    assert shown(source(http, f"/?machine=cellar&project={NOTES}")) == [4, 2]
    assert shown(source(http, f"/?machine=cellar&project={SHOP}")) == []
    assert '<option value="attic" selected>attic</option>' in source(http, "/?machine=attic")


@pytest.mark.sweep
@pytest.mark.parametrize("seed", range(3))
def test_all_pages_of_a_scope_together_are_what_the_log_has_of_it(http: httpx.Client, alice: Person, seed: int) -> None:
    dice = random.Random(seed)
    names = [name for at in range(45) for name in (str(uuid4()), f"s{at}")]  # ids of Claude Code and of other clients
    sessions = [(name, dice.choice((SHOP, NOTES)), dice.choice(("attic", "cellar"))) for name in names]
    log = []
    for _ in range(400):
        name, root, machine = dice.choice(sessions)
        at = f"2026-03-{dice.randrange(1, 8):02}T{dice.randrange(24):02}:00:00Z"
        cwd = root + dice.choice(("", "/src"))
        log.append(told(session_id=name, cwd=cwd, root=root, on=machine, at=at))
    alice.push(*log)
    sign_in(http, alice.user)
    days = {"2026-03-02": {2}, "2026-03-03..2026-03-05": {3, 4, 5}, "": set(range(1, 8))}
    for project, machine, time in [(SHOP, "", ""), (f"{NOTES}/src", "", "2026-03-02")] + [
        (project, machine, time) for project in ("", NOTES) for machine in ("", "attic") for time in days
    ]:
        if not (project or machine or time):
            continue
        fits = [
            (one["ts"], number)
            for number, one in enumerate(log, 1)
            if (not project or project in (one["project"], one["root"]))
            and (not machine or one["client"]["machine"] == machine)
            and int(one["ts"][8:10]) in days[time]
        ]
        expected = [number for _, number in sorted(fits, reverse=True)]
        assert walked(http, project=project, machine=machine, time=time) == expected, (project, machine, time)


def walked(http: httpx.Client, **scope: str) -> list[int]:
    """Returns the numbers of the events on all pages, page by page."""
    path, seqs = f"/?{urlencode(scope)}", []
    while path:
        text = page(http, path)
        seqs += shown(text)
        found = NEXT.search(text)
        path = found[1] if found else ""
    return seqs


@pytest.mark.parametrize("before", ["x", "17", "-1", "WzEsIngiXQ"])
def test_a_place_that_is_none_in_a_scope_is_the_beginning(http: httpx.Client, alice: Person, before: str) -> None:
    alice.push(in_shop(), told())
    sign_in(http, alice.user)
    assert shown(source(http, f"/?project={SHOP}&before={before}")) == [1]


def test_the_stream_tells_of_what_is_within_the_scope_alone(http: httpx.Client, alice: Person) -> None:
    sign_in(http, alice.user)
    for query, seqs in {
        f"project={SHOP}": [2],
        "time=2026-03-02": [4],
        "machine=attic": [3, 1],
        f"machine=attic&project={SHOP}": [],
        "project=": [4, 3, 2, 1],
    }.items():
        with http.stream("GET", f"/live/stream?cursor=0&{query}") as stream:
            if query == f"project={SHOP}":
                old = in_shop(at="2026-03-02T09:00:00Z", session_id="old", cwd=NOTES)
                alice.push(told(on="attic"), in_shop(), told(), old)
            lines = message(stream)
        assert ("event: rows" in lines) == bool(seqs), query
        assert sorted(shown("\n".join(lines))) == sorted(seqs), query
        assert "id: 4" in lines  # a page that reconnects continues after this event, even if it got no row


def test_the_days_of_the_stream_are_those_of_the_page(http: httpx.Client, alice: Person) -> None:
    """The cookie names the zone of the browser; the address of the stream does not."""
    sign_in(http, alice.user)
    http.cookies.set("zone", "Asia/Kolkata")
    late = told(at="2026-03-01T20:00:00Z")
    alice.push(late)
    stream_path = re.search(r'data-stream="(/live/stream[^"]*)"', source(http, "/?time=2026-03-02"))
    assert stream_path
    assert shown(source(http, "/?time=2026-03-02")) == [1]
    with http.stream("GET", f"{stream_path[1]}&cursor=0") as stream:
        assert shown("\n".join(message(stream))) == [1]


def test_a_deletion_is_told_whatever_the_scope(http: httpx.Client, alice: Person) -> None:
    gone = told()
    alice.push(gone)
    sign_in(http, alice.user)
    headers = {"Authorization": f"Bearer {alice.access_token()}"}
    http.request("DELETE", "/api/events", json={"ids": [gone["id"]]}, headers=headers).raise_for_status()
    for query in (f"project={SHOP}", "machine=attic"):
        with http.stream("GET", f"/live/stream?cursor=1&{query}") as stream:
            assert f'data-event="{gone["id"]}"' in "\n".join(message(stream))


def test_the_wall_shows_the_sessions_of_the_scope(http: httpx.Client, alice: Person) -> None:
    alice.push(in_shop(prompt="Sell things"), told(prompt="Write it down", on="attic"))
    sign_in(http, alice.user)
    for path in ("/live/wall", "/"):
        everything, shop, attic = (
            source(http, f"{path}?{query}") for query in ("", f"project={SHOP}", "machine=attic")
        )
        assert [text.count('class="session-card ') for text in (everything, shop, attic)] == [2, 1, 1], path
        assert "Sell things" in shop
        assert "Write it down" in attic
    assert f'data-src="/live/wall?project={SHOP.replace("/", "%2F")}"' in source(http, f"/?project={SHOP}")


def test_the_scope_goes_along_to_the_other_pages(http: httpx.Client, alice: Person) -> None:
    alice.push(in_shop(on="attic"))
    sign_in(http, alice.user)
    query = urlencode({"project": SHOP, "machine": "attic", "time": "30d", "zone": "Europe/Vienna"})
    for path in ("/", "/sessions", "/search", "/insights"):
        text = page(http, f"{path}?{query}")
        for to in ("/", "/sessions", "/search", "/insights"):
            assert f'<a href="{to}?{query}"' in text, (path, to)
        assert '<a href="/machines"' in text
    hostile = urlencode({"project": '"><script>alert(1)</script>', "time": "never", "machine": "a\tb"})
    text = source(http, f"/?{hostile}")
    assert "<script>alert" not in text
    assert "never" not in text
    assert '<a href="/sessions"' in page(http, "/sessions?state=waiting")


def test_strangers_names_lead_nowhere(http: httpx.Client, alice: Person, bob: Person) -> None:
    alice.push(in_shop(prompt="between us", on="attic"))
    sign_in(http, bob.user)
    for query in (f"project={SHOP}", "machine=attic", "time=7d"):
        assert "between us" not in page(http, f"/?{query}")
        assert "between us" not in page(http, f"/search?q=between&{query}")


@pytest.mark.sweep
@pytest.mark.parametrize("query", [{"project": SHOP}, {"time": "30d"}, {"machine": "attic", "project": SHOP}])
def test_a_scope_asks_the_same_of_the_database_however_long_the_log_is(alice: Person, query: dict[str, str]) -> None:
    asked = []
    for count in (3, 60, 45):
        alice.push(*[in_shop(on="attic", session_id=f"s{number}") for number in range(count)])
        request = RequestFactory().get("/", query)
        request.user = alice.user
        feed_views.home_view(request)  # the first request projects the new events
        with CaptureQueriesContext(connection) as queries:
            assert feed_views.home_view(request).status_code == 200
        asked.append(len(queries))
    assert asked == [asked[0]] * 3
    assert asked[0] <= (32 if connection.vendor == "postgresql" else 16)


# --- Search ---------------------------------------------------------------------------------------------


def found(http: httpx.Client, **query: str) -> list[str]:
    """Returns the titles of the hits of a search, without their marks."""
    text = re.sub("</?mark>", "", page(http, f"/search?{urlencode(query)}"))
    return re.findall(r"</svg><bdi>(refund [a-z]+)</bdi></a>", text)


def test_search_is_narrowed_by_project_machine_and_time(http: httpx.Client, alice: Person) -> None:
    alice.push(
        in_shop(prompt="refund here", on="attic", at="2026-03-02T09:00:00Z"),
        told(prompt="refund there", repo=REPO, at="2026-03-03T09:00:00Z"),
        in_shop(prompt="refund elsewhere", cwd="/srv/shop", session_id="x", at="2026-03-04T09:00:00Z"),
    )
    sign_in(http, alice.user)
    assert sorted(found(http, q="refund")) == ["refund elsewhere", "refund here", "refund there"]
    # The page filter needs the whole name of a project, or the name that pages show. Only the words of a query may use
    # the last part of a name.
    assert found(http, q="refund", project=SHOP) == ["refund here"]
    assert found(http, q="refund", project=REPO) == ["refund there"]
    assert found(http, q="refund", project="shop") == ["refund elsewhere"]
    assert sorted(found(http, q="refund project:shop")) == ["refund elsewhere", "refund here", "refund there"]
    assert found(http, q="refund", machine="attic") == ["refund here"]
    assert found(http, q="refund", machine="cellar") == []
    assert sorted(found(http, q="refund", time="2026-03-03..2026-03-04")) == ["refund elsewhere", "refund there"]
    assert found(http, q="refund before:2026-03-04", time="2026-03-03..2026-03-04") == ["refund there"]
    assert found(http, q="refund", project=SHOP, machine="attic", time="2026-03-03") == []


def test_a_long_name_is_not_taken_for_another_that_begins_so(http: httpx.Client, alice: Person) -> None:
    long = "/home/ada/" + "x" * 80
    alice.push(told(prompt="refund here", cwd=f"{long}1"), told(prompt="refund there", cwd=f"{long}2", session_id="b"))
    sign_in(http, alice.user)
    assert found(http, q="refund", project=f"{long}2") == ["refund there"]


def test_a_scope_that_came_along_is_no_search_yet(http: httpx.Client, alice: Person) -> None:
    alice.push(in_shop(prompt="refund here"), told(prompt="refund there"))
    sign_in(http, alice.user)
    brought = page(http, f"/search?project={SHOP}")
    assert "Search tips" in brought
    assert f'name="project" list="projects" value="{SHOP}"' in brought
    assert found(http, project=SHOP, q="") == ["refund here"]


def test_pages_of_a_search_keep_its_scope(http: httpx.Client, alice: Person) -> None:
    alice.push(*[in_shop(prompt=f"refund {chr(97 + n % 26)}", on="attic") for n in range(30)], told(prompt="refund no"))
    sign_in(http, alice.user)
    first = page(http, f"/search?q=refund&project={SHOP}&machine=attic")
    further = re.search(r'rel="next" href="([^"]+)"', first)
    assert further
    assert f"project={SHOP.replace('/', '%2F')}&machine=attic" in further[1]
    assert len(found(http, q="refund", project=SHOP, machine="attic")) == 20
    assert len(re.findall(r"<bdi>refund ", page(http, f"/search{further[1]}"))) == 10
