import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin
from uuid import uuid4

import httpx
import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from dashboard.feed import views as feed_views
from dashboard.navigation import views as navigation_views
from dashboard.session import session_data
from dashboard.session import views as session_views
from dashboard.session_list import views as session_list_views
from memory.projection import projector
from tests.accounts.calls import press
from tests.dashboard.hostile import MARKUP
from tests.dashboard.payloads import SESSIONS, afternoon, event
from tests.dashboard.visitor import page, sign_in, source
from tests.people import Person

SHOP, NOTES = SESSIONS["shop"]["session_id"], SESSIONS["field-notes"]["session_id"]
STEP = re.compile(r'<li class="step[^"]*" id="e-(\d+)"')
FETCH = {"X-Requested-With": "fetch"}


def told(session_id: str, *names: str, ago: float = 600, **over: Any) -> list[dict[str, Any]]:
    """Returns payloads of one session, a second apart. The first was `ago` seconds ago."""
    start = datetime.now(UTC) - timedelta(seconds=ago)
    return [
        event(name, ts=(start + timedelta(seconds=at)).isoformat(), session_id=session_id, **over)
        for at, name in enumerate(names)
    ]


def uses(session_id: str, count: int) -> list[dict[str, Any]]:
    """Returns a prompt and `count` commands, each with its call and its result."""
    start = datetime.now(UTC) - timedelta(hours=1)
    events = told(session_id, "UserPromptSubmit", ago=3_700, prompt="Do it all.")
    for number in range(count):
        for half, name in enumerate(("PreToolUse", "PostToolUse")):
            ts = (start + timedelta(seconds=number, milliseconds=500 * half)).isoformat()
            given = {"command": f"echo {number}"}
            events.append(event(name, ts=ts, session_id=session_id, tool_use_id=f"t{number}", tool_input=given))
    return events


@pytest.fixture
def ada(http: httpx.Client, alice: Person) -> httpx.Client:
    """Alice's browser after an afternoon of three sessions."""
    alice.push(*afternoon())
    return sign_in(http, alice.user)


# --- One session ----------------------------------------------------------------------------------------


def test_a_session_tells_what_it_is_and_what_happened(ada: httpx.Client) -> None:
    text = page(ada, f"/sessions/{SHOP}")
    assert "<title>The invoice total is wrong when a refund is partial." in text
    for said in ("shop", "Opus 5.5", "✗ 1 failed", "7f3a90c2"):
        assert said in text
    assert f"cd /home/ada/shop && claude --resume {SHOP}" in text
    assert '<span class="number">1</span> <bdi>The invoice total is wrong' in text
    assert 'Explore</bdi> · <span class="steps">3 steps</span>' in text
    assert "✗ exit 1 · 4.2 s" in text


def test_a_command_to_resume_is_quoted_and_never_more_than_that(http: httpx.Client, alice: Person) -> None:
    plain, odd, named = str(uuid4()), str(uuid4()), f"--evil.{uuid4().hex}"
    alice.push(*told(plain, "UserPromptSubmit", cwd="/home/it's $(touch x)"))
    alice.push(*told(odd, "UserPromptSubmit", cwd="/home/\x1b[2Jx"), *told(named, "UserPromptSubmit"))
    sign_in(http, alice.user)
    assert f"cd '/home/it'\"'\"'s $(touch x)' && claude --resume {plain}" in page(http, f"/sessions/{plain}")
    for name in (odd, named):
        assert "claude --resume" not in page(http, f"/sessions/{name}")


def test_a_long_session_comes_in_pages_that_meet(http: httpx.Client, alice: Person) -> None:
    name = str(uuid4())
    alice.push(*uses(name, 200))
    sign_in(http, alice.user)
    path, seen, pages = f"/sessions/{name}", list[int](), 0
    while path:
        text = source(http, path)
        seen += [int(seq) for seq in STEP.findall(text)]
        pages += 1
        if pages == 2:
            assert "Do it all." in text  # the turn continues on this page, under its prompt
            assert "continued" in text
        link = re.search(r'rel="next" data-more href="([^"]+)"', text)
        path = f"/sessions/{name}{link[1]}" if link else ""
    assert pages == 5
    assert seen == list(range(2, 402, 2))
    assert "No result" not in text


def test_a_page_leads_back_to_the_one_before(http: httpx.Client, alice: Person) -> None:
    name = str(uuid4())
    alice.push(*uses(name, 200))
    sign_in(http, alice.user)
    last = source(http, f"/sessions/{name}?at=end")
    assert STEP.findall(last)[-1] == "400"
    back = re.search(r'rel="prev" href="([^"]+)"', last)
    assert back
    assert STEP.findall(source(http, f"/sessions/{name}{back[1]}"))[-1] == str(int(STEP.findall(last)[0]) - 2)


def test_an_event_is_found_on_its_page(http: httpx.Client, alice: Person) -> None:
    name = str(uuid4())
    alice.push(*uses(name, 200))
    sign_in(http, alice.user)
    assert STEP.findall(source(http, f"/sessions/{name}?at=300"))[0] == "300"
    for nowhere in ("?at=9999", "?at=x", "?from=x", "?from=1.2.3", f"?from={'9' * 30}.1"):
        assert STEP.findall(source(http, f"/sessions/{name}{nowhere}"))[0] == "2"


def test_a_script_gets_the_turns_alone(ada: httpx.Client) -> None:
    fragment = ada.get(f"/sessions/{SHOP}", headers=FETCH).text
    assert "<html" not in fragment
    assert STEP.findall(fragment)


def test_what_a_session_was_given_is_told_and_folded(http: httpx.Client, alice: Person) -> None:
    [given] = told("s", "SessionStart")
    given["kind"] = {"type": "ContextInjected", "data": {"session_id": "s", "items": [{"id": "o-77"}], "tokens": 9}}
    reminded = "Go on.\n<system-reminder>The time is <b>noon</b>.</system-reminder>"
    alice.push(given, *told("s", "UserPromptSubmit", prompt=reminded))
    sign_in(http, alice.user)
    text = source(http, "/sessions/s")
    assert re.search(r"<summary>Context given to the session</summary>.*o-77", text, re.DOTALL)
    assert re.search(r"<summary>Added by Claude Code</summary>.*&lt;b&gt;noon&lt;/b&gt;", text, re.DOTALL)
    assert "<bdi>Go on." in text


def test_a_block_opens_to_all_of_it(http: httpx.Client, alice: Person) -> None:
    name, long = str(uuid4()), {"stdout": "\n".join(f"line {number}" for number in range(90))}
    alice.push(*told(name, "PreToolUse", "PostToolUse", tool_response=long))
    sign_in(http, alice.user)
    text = source(http, f"/sessions/{name}")
    assert 'data-src="/events/1/block?and=2"' in text
    assert "line 89" not in text
    assert "line 89" in page(http, "/events/1/block?and=2")
    fragment = http.get("/events/1/block?and=2", headers=FETCH).text
    assert "<html" not in fragment
    assert '<details class="raw" data-src="/events/2">' in fragment


@pytest.mark.parametrize("path", ["/events/99/block", "/events/x/block", "/events/2/block?and=1", "/events/1/block"])
def test_a_block_that_is_none_is_not_found(http: httpx.Client, alice: Person, path: str) -> None:
    sign_in(http, alice.user)
    assert http.get(path).status_code == 404


def test_the_conversation_is_what_was_said(ada: httpx.Client) -> None:
    infra = SESSIONS["infra"]["session_id"]
    text = page(ada, f"/sessions/{infra}/conversation")
    assert "Keep fourteen days." in text
    assert "<p>The nightly backup now writes to the new bucket" in text
    assert "BACKUP_URL" not in text
    assert "task-notification" not in page(ada, f"/sessions/{SHOP}/conversation")


def test_a_long_conversation_goes_on(http: httpx.Client, alice: Person) -> None:
    alice.push(
        *(sent for at in range(100) for sent in told("talk", "UserPromptSubmit", ago=900 - at, prompt=f"say {at}."))
    )
    sign_in(http, alice.user)
    first = page(http, "/sessions/talk/conversation")
    assert ("say 79." in first, "say 80." in first) == (True, False)
    second = page(http, "/sessions/talk/conversation?from=80")
    assert ("say 79." in second, "say 80." in second, "say 99." in second) == (False, True, True)
    assert 'rel="next"' not in second


def test_a_script_gets_the_new_lines_of_a_conversation(http: httpx.Client, alice: Person) -> None:
    alice.push(*told("talk", "UserPromptSubmit", "Stop", prompt="First?", last_assistant_message="Yes."))
    sign_in(http, alice.user)
    text = source(http, "/sessions/talk/conversation")
    position = re.findall(r'data-position="(\d+\.\d+)"', text)[-1]
    assert http.get(f"/sessions/talk/conversation?after={position}", headers=FETCH).text.strip() == ""
    alice.push(*told("talk", "UserPromptSubmit", "PostToolUse", "Stop", ago=60, prompt="Second?"))
    fresh = http.get(f"/sessions/talk/conversation?after={position}", headers=FETCH).text
    assert "Second?" in fresh
    assert "First?" not in fresh
    assert "<html" not in fresh
    assert "First?" in http.get("/sessions/talk/conversation?after=", headers=FETCH).text


def test_new_lines_are_found_behind_a_long_turn(http: httpx.Client, alice: Person) -> None:
    alice.push(*told("long", "UserPromptSubmit", ago=9_000, prompt="First?"))
    sign_in(http, alice.user)
    position = re.findall(r'data-position="(\d+\.\d+)"', source(http, "/sessions/long/conversation"))[-1]
    alice.push(*told("long", "UserPromptSubmit", ago=8_000, prompt="Missed?"))
    alice.push(*uses("long", session_data.LATEST_EVENTS // 2 + 10)[1:])
    alice.push(*told("long", "Stop", ago=5, last_assistant_message="Here."))
    fresh = http.get(f"/sessions/long/conversation?after={position}", headers=FETCH).text
    assert fresh.index("Missed?") < fresh.index("Here.")


def test_the_files_are_those_that_were_changed(ada: httpx.Client, alice: Person) -> None:
    text = page(ada, f"/sessions/{SHOP}/files")
    assert re.findall(r'<bdi class="path" title="([^"]+)', text) == ["billing/models.py", "billing/refunds.py"]
    assert '<span class="plus">+12</span> <span class="minus">−3</span>' in text
    for number in range(35):
        alice.push(*told("busy", "PostToolUse.Edit", ago=900 - number, tool_use_id=f"t{number}"))
    assert "23 later changes are in the timeline." in page(ada, "/sessions/busy/files")
    alice.push(*told("calm", "UserPromptSubmit"))
    assert "No file edits in this session." in page(ada, "/sessions/calm/files")


def test_every_event_stands_in_the_raw_view(ada: httpx.Client, alice: Person) -> None:
    name = str(uuid4())
    alice.push(*uses(name, 40))
    first = source(ada, f"/sessions/{name}/raw")
    assert first.count('<li class="row') == 50
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link
    second = source(ada, f"/sessions/{name}/raw{link[1]}")
    assert second.count('<li class="row') == 31
    assert 'rel="prev"' in second


def test_the_map_has_a_box_for_each_use(ada: httpx.Client) -> None:
    picture = ada.get(f"/sessions/{SHOP}/map", headers=FETCH).text
    assert "<svg" in picture
    assert "10 tool calls" in picture
    assert picture.count('class="shell failed"') == 1
    assert "style=" not in picture
    assert "<html" in source(ada, f"/sessions/{SHOP}/map")


# --- Actions on a session -------------------------------------------------------------------------------


def choose(http: httpx.Client, **values: str) -> httpx.Response:
    """Sends a form of a session's page."""
    secret = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', source(http, f"/sessions/{SHOP}"))
    assert secret
    form, headers = {"csrfmiddlewaretoken": secret[1], **values}, {"Referer": str(http.base_url)}
    return http.post(f"/sessions/{SHOP}/choose", data=form, headers=headers)


def test_a_session_takes_a_star_and_a_title(ada: httpx.Client) -> None:
    assert choose(ada, starred="1").status_code == 302
    assert "Remove the star" in page(ada, f"/sessions/{SHOP}")
    choose(ada, title="The <b>refund</b>")
    text = source(ada, f"/sessions/{SHOP}")
    assert "The &lt;b&gt;refund&lt;/b&gt;" in text
    assert ">★</button>" in text
    choose(ada, title="", starred="0")
    assert "<title>The invoice total" in page(ada, f"/sessions/{SHOP}")


def test_a_deleted_session_is_gone_with_all_its_events(ada: httpx.Client, alice: Person) -> None:
    assert "at once and for good" in page(ada, f"/sessions/{SHOP}/delete")
    before = len(alice.walk())
    assert press(ada, f"/sessions/{SHOP}/delete").headers["location"] == "/sessions"
    assert "Deleted: The invoice total" in page(ada, "/sessions")
    assert ada.get(f"/sessions/{SHOP}").status_code == 404
    left = alice.walk()
    assert 0 < len(left) < before
    assert SHOP not in json.dumps(left)
    assert ada.get(f"/sessions/{NOTES}").status_code == 200


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ("jsonl", "application/x-ndjson"),
        ("markdown", "text/markdown; charset=utf-8"),
        ("html", "text/html; charset=utf-8"),
    ],
)
def test_a_session_can_be_taken_out(ada: httpx.Client, alice: Person, form: str, kind: str) -> None:
    name = str(uuid4())
    alice.push(*uses(name, 150))
    answer = ada.get(f"/export/session?id={name}&as={form}")
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="session-{name[:8]}.')
    assert answer.text.count("echo 149") >= 1
    assert "No result" not in answer.text
    if form == "jsonl":
        lines = [json.loads(line) for line in answer.text.splitlines()]
        assert [line["id"] for line in lines] == [sent["id"] for sent in alice.walk() if name in json.dumps(sent)]


def test_an_export_is_as_harmless_as_the_page(http: httpx.Client, alice: Person) -> None:
    name, hostile = str(uuid4()), "<script>alert(1)</script>\n```\n# mine\n"
    alice.push(*told(name, "UserPromptSubmit", prompt=hostile), *told(name, "Stop", last_assistant_message=hostile))
    alice.push(*told(name, "PostToolUse", tool_input={"command": hostile}, tool_response={"stdout": hostile}))
    sign_in(http, alice.user)
    html = http.get(f"/export/session?id={name}&as=html").text
    assert not [markup for markup in MARKUP if markup in html]
    assert "default-src 'none'" in html
    assert not re.search(r"(src|href)=", html.replace("Content-Security-Policy", ""))
    markdown = http.get(f"/export/session?id={name}&as=markdown").text
    assert "````\n<script>" in markdown


def test_an_export_is_for_its_owner(http: httpx.Client, ada: httpx.Client, bob: Person) -> None:
    assert ada.get(f"/export/session?id={SHOP}&as=pdf").status_code == 404
    ada.cookies.clear()
    assert ada.get(f"/export/session?id={SHOP}&as=html").status_code == 401
    sign_in(ada, bob.user)
    for path in (f"/export/session?id={SHOP}&as=html", f"/sessions/{SHOP}", f"/sessions/{SHOP}/delete"):
        assert ada.get(path).status_code == 404


# --- The list of sessions -------------------------------------------------------------------------------


def test_the_sessions_are_listed_the_latest_first(ada: httpx.Client) -> None:
    text = source(ada, "/sessions")
    assert re.findall(r'<th scope="row">\s*<a href="/sessions/([^"]+)"', text) == [
        SHOP,
        NOTES,
        SESSIONS["infra"]["session_id"],
    ]
    assert "Needs permission" in text
    assert "as-cards" in source(ada, "/sessions?as=cards")


def test_the_list_can_be_narrowed(ada: httpx.Client) -> None:
    assert f"/sessions/{NOTES}" not in source(ada, "/sessions?state=working")
    assert f"/sessions/{SHOP}" in source(ada, "/sessions?state=working")
    assert f"/sessions/{SHOP}" not in source(ada, "/sessions?project=/srv/infra")
    assert "No sessions match these filters." in page(ada, "/sessions?project=/nowhere")
    assert f"/sessions/{SHOP}" in source(ada, "/sessions?state=nonsense&before=nonsense")


@pytest.mark.parametrize(
    ("order", "listed"),
    [
        ("-cost", ["dear", "cheap", "late"]),
        ("cost", ["late", "cheap", "dear"]),
        ("-tools", ["late", "cheap", "dear"]),
        ("session", ["dear", "cheap", "late"]),
        ("nonsense", ["late", "cheap", "dear"]),
    ],
)
def test_the_list_is_sorted_by_a_column(http: httpx.Client, alice: Person, order: str, listed: list[str]) -> None:
    for ago, (name, title, tokens) in enumerate([("late", "Zebra", 0), ("cheap", "mule", 10), ("dear", "Ape", 99)]):
        alice.push(*told(name, "UserPromptSubmit", ago=60 + 60 * ago, prompt=title))
        used = {"session_id": name, "message_id": name, "model": "claude-opus-5-5", "output_tokens": tokens * 1_000}
        kind = {"type": "Usage", "data": used}
        alice.push(*[one | {"kind": kind} for one in told(name, "Stop", ago=60 + 60 * ago)] * bool(tokens))
    alice.push(*told("late", "PreToolUse", "PostToolUse", ago=50))
    sign_in(http, alice.user)
    text = source(http, f"/sessions?sort={order}")
    assert re.findall(r'<a href="/sessions/(\w+)">', text) == listed
    assert ('class="day"' in text) == (order == "nonsense")
    assert len(re.findall(r'aria-sort="\w+"', text)) == 1


def test_a_sorted_list_pages_on(http: httpx.Client, alice: Person) -> None:
    alice.push(*(one for at in range(60) for one in told(f"s{at:02}", "UserPromptSubmit", prompt=f"Title {at:02}")))
    sign_in(http, alice.user)
    first = source(http, "/sessions?sort=session")
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link
    pages = [first, source(http, "/sessions" + link[1].replace("&amp;", "&"))]
    listed = [name for text in pages for name in re.findall(r'<a href="/sessions/(\w+)">', text)]
    assert listed == [f"s{at:02}" for at in range(60)]


def test_the_list_is_filtered_by_words_of_titles_and_prompts(ada: httpx.Client) -> None:
    for words, found in (("PARTIAL refund", [SHOP]), ("zebra", []), ("refund zebra", [])):
        assert (
            re.findall(r'<th scope="row">\s*<a href="/sessions/([^"]+)"', source(ada, f"/sessions?q={words}")) == found
        )
    choose(ada, title="Zebra crossing")
    assert f"/sessions/{SHOP}" in source(ada, "/sessions?q=zebra")
    fragment = ada.get("/sessions?q=zebra", headers=FETCH).text
    assert "<html" not in fragment
    assert f"/sessions/{SHOP}" in fragment


def test_the_list_pages_on(http: httpx.Client, alice: Person) -> None:
    names = [str(uuid4()) for _ in range(60)]
    for at, name in enumerate(names):
        alice.push(*told(name, "UserPromptSubmit", ago=6_000 - at))
    sign_in(http, alice.user)
    first = source(http, "/sessions?as=cards")
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link
    second = source(http, "/sessions" + link[1].replace("&amp;", "&"))
    listed = [re.findall(r'<th scope="row">\s*<a href="/sessions/([^"]+)"', text) for text in (first, second)]
    assert listed[0] + listed[1] == names[::-1]
    assert "as-cards" in second


def test_without_sessions_it_says_how_to_begin(http: httpx.Client, alice: Person) -> None:
    sign_in(http, alice.user)
    assert "No sessions yet." in page(http, "/sessions")


def test_the_wall_has_who_waits_first(ada: httpx.Client) -> None:
    text = source(ada, "/")
    assert re.findall(r'<li class="session-card is-(\w+)', text) == ["waiting", "working"]
    assert re.findall(r'<li class="session-card is-(\w+)', source(ada, "/live/wall")) == ["waiting", "working"]
    assert "/home/ada" not in source(ada, "/live/wall")


def test_the_palette_knows_the_pages_and_the_sessions(ada: httpx.Client) -> None:
    text = source(ada, "/palette")
    assert 'href="/machines"' in text
    assert f'href="/sessions/{SHOP}"' in text


def test_an_event_leads_to_its_session(ada: httpx.Client) -> None:
    assert f'href="/sessions/{SESSIONS["infra"]["session_id"]}?at=1#e-1"' in source(ada, "/events/1")


# --- Cost of the pages ----------------------------------------------------------------------------------

VIEWS = {
    "timeline": session_views.timeline_view,
    "conversation": session_views.conversation_view,
    "files": session_views.files_view,
    "raw": session_views.raw_view,
    "map": session_views.map_view,
}


def queries(alice: Person, view: Any, *args: str) -> int:
    request = RequestFactory().get("/")
    request.user = alice.user
    with CaptureQueriesContext(connection) as captured:
        assert view(request, *args).status_code == 200
    return len(captured)


@pytest.mark.sweep
@pytest.mark.parametrize("name", VIEWS)
def test_a_page_asks_the_same_of_the_database_however_long_the_session(alice: Person, name: str) -> None:
    short, long = str(uuid4()), str(uuid4())
    alice.push(*uses(short, 10))
    # More events than one batch of `FETCH_BATCH_SIZE`.
    for start in range(0, 1_201, 500):
        alice.push(*uses(long, 600)[start : start + 500])
    projector.catch_up(alice.id)
    queries(alice, session_list_views.session_list_view)
    assert queries(alice, VIEWS[name], short) == queries(alice, VIEWS[name], long)


@pytest.mark.parametrize(
    "view",
    [
        session_list_views.session_list_view,
        navigation_views.palette_view,
        feed_views.live_board_view,
        feed_views.home_view,
    ],
)
def test_a_list_asks_the_same_of_the_database_however_many_there_are(alice: Person, view: Any) -> None:
    alice.push(*told(str(uuid4()), "UserPromptSubmit"))
    queries(alice, session_list_views.session_list_view)
    few = queries(alice, view)
    for _ in range(12):
        alice.push(*told(str(uuid4()), "UserPromptSubmit"))
    queries(alice, session_list_views.session_list_view)
    assert queries(alice, view) == few


@pytest.mark.sweep
def test_a_page_of_a_long_session_is_light(http: httpx.Client, alice: Person) -> None:
    name, wide = str(uuid4()), "\n".join("x" * 90 for _ in range(20))
    events = uses(name, 100)
    for sent in events[1:]:
        sent["kind"]["data"]["data"]["tool_response"] = {"stdout": wide}
    alice.push(*events)
    sign_in(http, alice.user)
    size, first = transferred(http, f"/sessions/{name}")
    wanted = re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js|svg))"', first)
    known = set[str]()
    while wanted:
        path = wanted.pop()
        if path not in known:
            known.add(path)
            more, text = transferred(http, path)
            size += more
            wanted += [urljoin(path, name) for name in re.findall(r'from "(\.[^"]+)"', text)]
    assert "/static/js/session/merge-timeline.js" in known
    assert size < 54_000


def transferred(http: httpx.Client, path: str) -> tuple[int, str]:
    """Returns the number of transferred bytes of an answer, and its text."""
    answer = http.get(path)
    assert answer.status_code == 200
    return answer.num_bytes_downloaded, answer.text
