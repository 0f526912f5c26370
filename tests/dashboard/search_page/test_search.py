"""The pages `/search` and `/memory`."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from dashboard.memory_page import views as memory_views
from dashboard.search_page import views as search_views
from tests.dashboard.hostile import HOSTILE, MARKUP, UNSEEN
from tests.dashboard.payloads import SESSIONS, afternoon
from tests.dashboard.visitor import page, sign_in, source
from tests.memory.make import event
from tests.memory.stories import STORIES, told
from tests.people import Person

SHOP, INFRA = SESSIONS["shop"]["session_id"], SESSIONS["infra"]["session_id"]
TITLE = re.compile(r'<li class="entry.*?</svg><bdi>(.*?)</bdi></a>', re.DOTALL)
LINK = re.compile(r'<li class="entry[^>]*>\s*<a href="([^"]+)"')


def titles(text: str) -> list[str]:
    """The titles of the hits, without marks."""
    return [re.sub(r"</?mark>", "", title) for title in TITLE.findall(text)]


def prompts(count: int, session: str = "s1", text: str = "heron number") -> list[dict[str, Any]]:
    return [event("prompt_submit", at, session=session, prompt=f"{text} {at}") for at in range(count)]


@pytest.fixture
def ada(http: httpx.Client, alice: Person) -> httpx.Client:
    """Alice's browser after an afternoon of three sessions."""
    alice.push(*afternoon())
    return sign_in(http, alice.user)


# --- Search ---------------------------------------------------------------------------------------------


def test_a_hit_says_what_it_is_and_why_it_was_found(ada: httpx.Client) -> None:
    text = source(ada, "/search?q=partial+refunds")
    assert "<title>partial refunds · Search · Memfog</title>" in text
    assert "The invoice total is wrong when a refund is partial. Find out why, then mend it." in titles(text)
    assert "when a <mark>refund</mark> is <mark>partial</mark>." in text
    assert re.search(r'<span class="type">prompt</span>\s*<bdi class="project">shop</bdi>\s*<time datetime="', text)


@pytest.mark.parametrize("kind", ["prompt", "command", "edit", "summary", "fix", "failure"])
def test_a_hit_leads_to_its_place_in_the_session(http: httpx.Client, alice: Person, kind: str) -> None:
    alice.push(*told(STORIES["refund"], "refund"))
    sign_in(http, alice.user)
    links = LINK.findall(source(http, f"/search?type={kind}"))
    assert links
    for link in links:
        path, _, place = link.partition("#")
        assert f'id="{place}"' in source(http, path)


@pytest.mark.one_database
def test_hits_are_counted_sorted_and_name_their_session_and_prompt(http: httpx.Client, alice: Person) -> None:
    alice.push(*prompts(3), *one_session("s1"), *prompts(3, session="s2"))
    sign_in(http, alice.user)
    text = source(http, "/search?q=heron")
    assert re.search(r'<h2 role="status">7\s+results</h2>', text)
    hrefs = re.findall(r'<a href="(\?q=heron[^"]*)"', text)
    assert hrefs == ["?q=heron", "?q=heron&amp;sort=newest", "?q=heron&amp;sort=oldest"]
    assert titles(source(http, "/search?q=heron&sort=oldest&type=prompt"))[:2] == ["heron number 0"] * 2
    assert 'name="sort" value="oldest"' in source(http, "/search?q=heron&sort=oldest")
    edit = source(http, "/search?q=s1.py")
    assert re.search(r'<h2 id="found-files">Files</h2>.*Edited <mark>s1.py</mark>', edit, re.DOTALL)
    assert '?at=3#e-3"><span\n        class="unseen">Prompt: </span><q><bdi>heron number 2</bdi></q>' in edit
    assert re.search(r'href="/sessions/s1"><span\s+class="unseen">session </span><bdi>heron number 0</bdi>', edit)
    assert "Also searched: <q>heron</q>" in source(http, "/search?q=heroon")


def test_only_ones_own_is_found(http: httpx.Client, ada: httpx.Client, bob: Person) -> None:
    ada.cookies.clear()
    sign_in(ada, bob.user)
    assert "No results." in page(ada, "/search?q=refund")
    assert "No sessions yet." in page(ada, "/memory")
    assert "refund" not in source(ada, "/memory?project=/home/ada/shop")


@pytest.mark.parametrize("path", ["/search?q=refund", "/memory"])
def test_a_stranger_is_asked_to_sign_in(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    assert (answer.status_code, answer.headers["location"][:14]) == (302, "/sign-in?next=")


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("type=prompt", {"prompt"}),
        ("q=type:fix", {"fix"}),
        ("q=file:models.py+type:edit", {"edit"}),
        ("q=failed:yes", {"failure"}),
        ("q=tool:Bash+type:command", {"command"}),
        ("q=type:prompt+before:2001-01-01", set()),
        ("q=type:prompt+after:2001-01-01", {"prompt"}),
        ("q=type:prompt+project:nowhere", set()),
        ("q=type:prompt+project:shop", {"prompt"}),
    ],
)
def test_filters_narrow_it_as_in_the_api(ada: httpx.Client, alice: Person, query: str, kinds: set[str]) -> None:
    shown = re.findall(r'<span class="type">(\w+)', source(ada, f"/search?{query}"))
    assert set(shown) == kinds
    assert shown == [hit["type"] for hit in alice.http.get(f"/api/search?{query}").json()["hits"]]


def test_what_cannot_be_asked_is_told(ada: httpx.Client) -> None:
    for query, advice in {
        "q=refund+before:noon": "before:noon is not a date",
        "q=after:2026-13-01": "after:2026-13-01 is not a date",
        "q=type:bug": "type:bug is not a type. Use one of prompt, summary,",
        "q=refund+file:": "file: has no value",
        "q=" + "refund+" * 200: "only the first 1,000 characters were used",
        "q=refund&after=nonsense": "Invalid page address",
    }.items():
        told = re.findall(r'<li class="error"><bdi>([^<]+)', page(ada, f"/search?{query}"))
        assert (len(told), advice in told[0]) == (1, True), query
    assert "<mark>refund</mark>" in source(ada, "/search?q=refund+before:noon&type=nonsense")
    assert 'class="error"' not in source(ada, '/search?q=refund+type:fix+project:"shop"+before:2026-03-01')


def test_pages_give_each_hit_once(http: httpx.Client, alice: Person) -> None:
    alice.push(*prompts(50))
    sign_in(http, alice.user)
    found, path, pages = list[str](), "/search?q=heron+type:prompt", 0
    while path:
        text = source(http, path)
        found += titles(text)
        pages += 1
        link = re.search(r'rel="next" href="([^"]+)"', text)
        path = f"/search{link[1].replace('&amp;', '&')}" if link else ""
        if pages == 1:
            alice.push(event("prompt_submit", 99, prompt="heron number 99"))
    assert pages == 3
    assert sorted(found) == sorted(f"heron number {at}" for at in range(50))
    assert '<a class="button" href="?q=heron+type%3Aprompt">First page</a>' in text


def test_it_teaches_what_can_be_asked(ada: httpx.Client) -> None:
    for path in ("/search", "/search?q=++", "/search?q=nosuchword"):
        text = page(ada, path)
        taught = re.findall(r'<dt>\s*<a\s+href="\?q=[^"]+"><code>(\w+):', text)
        assert set(taught) == {"project", "type", "file", "tool", "failed", "after", "before"}
        assert ("No results." in text) == ("nosuchword" in path)


def test_the_shell_and_the_palette_lead_there(ada: httpx.Client) -> None:
    for path in ("/", "/palette"):
        text = source(ada, path)
        assert 'href="/search"' in text
        assert 'href="/memory"' in text


# --- Search and memory ----------------------------------------------------------------------------------


@pytest.mark.sweep
def test_hostile_strings_are_text(http: httpx.Client, alice: Person) -> None:
    for at, text in enumerate(HOSTILE):
        place, read = text.replace("\x00", ""), {"file_path": f"/x/{text}"}
        over: dict[str, Any] = {"session": f"s{at}", "envelope": {"project": place, "repo": place}}
        bash: dict[str, Any] = {
            "tool_name": "Bash",
            "tool_use_id": f"b{at}",
            "tool_input": {"command": f"{text} heron"},
        }
        alice.push(
            event("prompt_submit", at, prompt=f"heron {text} heron", **over),
            event("post_tool_use", at, **bash, tool_response={"stdout": f"heron {text}"}, **over),
            event("post_tool_use", at, tool_name="Edit", tool_use_id=f"e{at}", tool_input=read, **over),
            event("stop", at, last_assistant_message=f"heron {text}", **over),
        )
    sign_in(http, alice.user)
    pages = [source(http, path) for path in ("/search?q=heron", "/search?q=type:edit", "/memory")]
    folders = re.findall(r'<a class="hue-\d+" href="(\?project=[^"]+)"', pages[-1])
    pages += [source(http, f"/memory{folder.replace('&amp;', '&')}") for folder in folders]
    assert len(folders) == len(HOSTILE)
    for text in pages:
        assert not [markup for markup in MARKUP if markup in text]
        assert not [hidden for hidden in UNSEEN if hidden in text]
    assert "<mark>heron</mark> &lt;script&gt;<mark>alert</mark>(1)" in source(http, "/search?q=heron+alert")
    asked = source(http, '/search?q="><script>alert(1)</script>')
    assert not [markup for markup in MARKUP if markup in asked]


@pytest.mark.parametrize(
    ("view", "path"),
    [
        (search_views.search_view, "/search?q=heron"),
        (search_views.search_view, "/search"),
        (memory_views.memory_view, "/memory"),
    ],
)
def test_it_asks_the_same_of_the_database_however_much_there_is(
    alice: Person, view: Callable[..., Any], path: str
) -> None:
    def queries() -> int:
        request = RequestFactory().get(path)
        request.user = alice.user
        view(request)  # the first request projects the new events
        with CaptureQueriesContext(connection) as captured:
            assert view(request).status_code == 200
        return len(captured)

    alice.push(*prompts(12), *one_session("few"))
    few = queries()
    for at in range(6):
        alice.push(*prompts(10, session=f"more{at}"), *one_session(f"many{at}"))
    assert queries() == few


def one_session(name: str) -> list[dict[str, Any]]:
    edit = {"tool_name": "Edit", "tool_use_id": name, "tool_input": {"file_path": f"/home/ada/engine/{name}.py"}}
    return [
        event("post_tool_use", 60, session=name, **edit),
        event("stop", 61, session=name, last_assistant_message=f"The heron of {name}."),
    ]
