import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from dashboard.feed import views as feed_views
from tests.dashboard.payloads import event
from tests.dashboard.visitor import page, sign_in, source
from tests.people import Person

BASE = datetime.now(UTC) - timedelta(hours=1)
ROW = re.compile(r'<li class="row[^>]* id="e-(\d+)"')


def prompts(count: int) -> list[dict[str, object]]:
    return [event("UserPromptSubmit", prompt=f"prompt number {number}") for number in range(1, count + 1)]


def older(text: str) -> str:
    found = re.search(r'id="older" href="([^"]+)"', text)
    assert found
    return unescape(found[1])


def shown(text: str) -> list[int]:
    return [int(seq) for seq in ROW.findall(text)]


def test_the_feed_shows_the_newest_first_and_pages_back(http: httpx.Client, alice: Person) -> None:
    alice.push(*prompts(120))
    sign_in(http, alice.user)
    first = source(http, "/")
    assert shown(first) == list(range(120, 70, -1))
    second = source(http, older(first))
    assert shown(second) == list(range(70, 20, -1))
    third = source(http, older(second))
    assert shown(third) == list(range(20, 0, -1))
    assert 'id="older"' not in third


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "½", "1.5", "71"])
def test_a_place_that_is_none_is_the_beginning(http: httpx.Client, alice: Person, before: str) -> None:
    alice.push(*prompts(2))
    sign_in(http, alice.user)
    assert shown(source(http, f"/?before={before}")) == [2, 1]


def test_both_halves_of_a_tool_use_are_one_row_where_it_began(http: httpx.Client, alice: Person) -> None:
    alice.push(
        event("PreToolUse"), event("UserPromptSubmit"), event("PostToolUse"), event("PreToolUse.Read", tool_use_id="o")
    )
    sign_in(http, alice.user)
    text = source(http, "/")
    assert shown(text) == [4, 2, 3]
    assert "✓ 26 ms" in text


def test_a_late_beginning_does_not_undo_a_result(http: httpx.Client, alice: Person) -> None:
    alice.push(event("PostToolUse"), event("PreToolUse"))
    sign_in(http, alice.user)
    assert shown(source(http, "/")) == [1]


def test_a_row_opens_to_all_that_was_captured(http: httpx.Client, alice: Person) -> None:
    alice.push(event("PostToolUse", tool_response={"stdout": "hi", "amount": 0.1}))
    sign_in(http, alice.user)
    fragment = http.get("/events/1", headers={"X-Requested-With": "fetch"}).text
    assert "<html" not in fragment
    assert '<span class="key">&quot;stdout&quot;</span>: &quot;hi&quot;' in fragment
    assert "<html" in source(http, "/events/1")


def test_the_raw_event_is_a_file_and_nothing_else(http: httpx.Client, alice: Person) -> None:
    sent = event("UserPromptSubmit", prompt="<script>alert(1)</script>")
    alice.push(sent)
    sign_in(http, alice.user)
    answer = http.get("/events/1/raw")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="event-1.json"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert json.loads(answer.text)["kind"] == sent["kind"]


@pytest.mark.parametrize(
    "path", ["/events/1", "/events/1/raw", "/events/0", "/events/99", "/events/x", "/events/-1", "/events/1/card"]
)
def test_bob_cannot_see_alices_events(http: httpx.Client, alice: Person, bob: Person, path: str) -> None:
    alice.push(event("UserPromptSubmit", prompt="between us"))
    sign_in(http, bob.user)
    assert http.get(path).status_code == 404
    assert "between us" not in page(http, "/")


@pytest.mark.parametrize("seq", ["9223372036854775808", "9" * 30, "٣"])
def test_a_number_that_no_log_reaches_is_not_found(http: httpx.Client, alice: Person, seq: str) -> None:
    sign_in(http, alice.user)
    assert http.get(f"/events/{seq}").status_code == 404


def test_rows_arrive_while_one_looks(http: httpx.Client, alice: Person) -> None:
    alice.push(event("UserPromptSubmit", prompt="before"))
    sign_in(http, alice.user)
    cursor = re.search(r'data-cursor="(\d+)"', source(http, "/"))
    assert cursor
    with http.stream("GET", f"/live/stream?cursor={cursor[1]}") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        alice.push(event("UserPromptSubmit", prompt="<b>while</b>"))
        lines = message(stream)
    assert "event: rows" in lines
    assert "id: 2" in lines
    html = "\n".join(line.removeprefix("data: ") for line in lines if line.startswith("data: "))
    assert shown(html) == [2]
    assert "&lt;b&gt;while&lt;/b&gt;" in html
    assert "before" not in html


def test_a_tool_use_that_comes_whole_is_one_row_of_the_stream(http: httpx.Client, alice: Person) -> None:
    sign_in(http, alice.user)
    with http.stream("GET", "/live/stream?cursor=0") as stream:
        alice.push(event("PreToolUse"), event("PostToolUse"))
        html = "\n".join(message(stream))
    assert shown(html) == [2]


def message(stream: httpx.Response) -> list[str]:
    """Returns the lines of the first message that is not a comment."""
    lines: list[str] = []
    for line in stream.iter_lines():
        if line == "" and any(not said.startswith(":") for said in lines):
            return lines
        if line and not line.startswith(":"):
            lines.append(line)
    raise AssertionError("the stream ended")


def at(seconds: float) -> str:
    return (BASE + timedelta(seconds=seconds)).isoformat()


def call(use: str, start: float, end: float, tool: str = "Bash", **over: Any) -> list[dict[str, Any]]:
    """The start and the end of a tool call; `over` is for the end."""
    failed = "error" in over
    given = {"tool_name": tool, "tool_use_id": use, "tool_input": over.pop("tool_input", {"command": "make"})}
    name = "PostToolUseFailure" if failed else "PostToolUse"
    return [event("PreToolUse", ts=at(start), **given), event(name, ts=at(end), **given, **over)]


def test_rows_stand_where_they_happened_and_imports_below(http: httpx.Client, alice: Person) -> None:
    alice.push(event("UserPromptSubmit", ts=at(1)), event("UserPromptSubmit", ts=at(2)))
    alice.push(event("UserPromptSubmit", ts=at(-86_400 * 90), prompt="of long ago"))
    alice.push(event("UserPromptSubmit", ts=at(1.5), prompt="late"))
    sign_in(http, alice.user)
    assert shown(source(http, "/")) == [2, 4, 1, 3]


def test_a_call_that_failed_or_took_long_stands_at_its_end(http: httpx.Client, alice: Person) -> None:
    quick, failed, slow = call("q", 1, 2), call("f", 3, 5, error="Exit code 2"), call("s", 4, 30)
    alice.push(*quick, *failed, *slow, event("UserPromptSubmit", ts=at(4.5)))
    sign_in(http, alice.user)
    # The quick call stays at its start.
    assert shown(source(http, "/")) == [6, 4, 7, 2]
    assert source(http, "/").count("data-key") == 3


def test_usage_is_no_row(http: httpx.Client, alice: Person) -> None:
    usage = {"type": "Usage", "data": {"session_id": "s", "message_id": "m", "model": "claude-opus-5"}}
    alice.push(event("UserPromptSubmit"), event("Stop") | {"kind": usage})
    sign_in(http, alice.user)
    assert shown(source(http, "/")) == [1]
    with http.stream("GET", "/live/stream?cursor=0") as stream:
        assert shown("\n".join(message(stream))) == [1]


READ = {"tool_input": {"file_path": "/srv/a.py"}}


def test_calls_that_are_alike_fold(http: httpx.Client, alice: Person) -> None:
    reads = [one for n in range(4) for one in call(f"r{n}", n, n + 0.1, "Read", tool_input={"file_path": f"/srv/t{n}"})]
    edits = [one for n in (6, 7) for one in call(f"e{n}", n, n + 0.1, "Read", **READ)]
    runs = [one for n in (8, 9, 10) for one in call(f"b{n}", n, n + 0.1, tool_input={"command": f"make {n}"})]
    same = [one for n in (11, 12, 13) for one in call(f"c{n}", n, n + 0.1, tool_input={"command": "make"})]
    alice.push(*reads, event("UserPromptSubmit", ts=at(5)), *edits, *runs, *same)
    sign_in(http, alice.user)
    text = page(http, "/")
    # Commands differ, so they fold only if they are the same; two rows are too few.
    assert re.findall(r'<b class="times">(\d+) ×</b>', text) == ["3", "4"]
    assert len(shown(text)) == 13
    assert text.count('<li class="run good') == 2


@pytest.mark.parametrize(
    ("kind", "seqs"),
    [
        ("prompts", [1]),
        ("tools", [6, 3]),
        ("failures", [6]),
        ("waiting", [4]),
        ("answers", [7]),
        ("usage", [7, 6, 4, 3, 1]),
        ("", [7, 6, 4, 3, 1]),
    ],
)
def test_a_kind_is_chosen_by_a_chip(http: httpx.Client, alice: Person, kind: str, seqs: list[int]) -> None:
    alice.push(event("UserPromptSubmit", ts=at(1)), *call("a", 2, 2.5), event("Notification", ts=at(3)))
    alice.push(*call("b", 4, 5, error="Exit code 1"), event("Stop", ts=at(6)))
    sign_in(http, alice.user)
    text = source(http, f"/?kind={kind}")
    assert shown(text) == seqs
    assert f'data-stream="/live/stream{f"?kind={kind}" if kind and kind != "usage" else ""}"' in text
    with http.stream("GET", f"/live/stream?cursor=0&kind={kind}") as stream:
        assert sorted(shown("\n".join(message(stream)))) == sorted(seqs)


def test_a_rare_kind_is_found_behind_many_others(http: httpx.Client, alice: Person) -> None:
    alice.push(*call("f", 0, 1, error="Exit code 1"), *prompts(300))
    sign_in(http, alice.user)
    first = source(http, "/?kind=failures")
    assert shown(first) == [2]
    alice.push(*prompts(300))
    first = source(http, "/?kind=failures")
    assert (shown(first), shown(source(http, older(first)))) == ([], [2])


def test_a_row_opens_to_the_card_of_the_timeline(http: httpx.Client, alice: Person) -> None:
    alice.push(*call("a", 1, 2, tool_response={"stdout": "all is built", "stderr": ""}))
    alice.push(event("UserPromptSubmit", prompt="<b>Build</b> it"), event("Notification", message="Look here"))
    sign_in(http, alice.user)
    assert 'data-src="/events/2/card"' in source(http, "/")
    card = page(http, "/events/2/card")
    assert "all is built" in card
    assert "Open in session" in card
    assert 'data-src="/events/2"' in card
    assert '"stdout"' not in card
    assert "&lt;b&gt;Build&lt;/b&gt; it" in source(http, "/events/3/card")
    assert "Look here" in page(http, "/events/4/card")


def test_the_feed_asks_the_same_of_the_database_however_long_it_is(alice: Person) -> None:
    asked = []
    for count in (1, 4, 45):
        alice.push(*prompts(count))
        request = RequestFactory().get("/")
        request.user = alice.user
        feed_views.home_view(request)  # the first request projects the new events
        with CaptureQueriesContext(connection) as queries:
            assert feed_views.home_view(request).status_code == 200
        asked.append(len(queries))
    # On PostgreSQL a transaction that names the user surrounds each read, which adds queries.
    assert asked == [asked[0]] * 3
    assert asked[0] <= (26 if connection.vendor == "postgresql" else 13)
