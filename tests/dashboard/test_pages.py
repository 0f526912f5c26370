import re
from itertools import pairwise
from typing import Any

import httpx
import pytest
from django.db import connection
from django.template.loader import get_template
from django.test.utils import CaptureQueriesContext

from memory.values import page_cursor
from tests.dashboard.hostile import HOSTILE, MARKUP, UNSEEN
from tests.dashboard.payloads import NAMES, event
from tests.dashboard.visitor import head, page, sign_in, source
from tests.people import Person, make_user

CSP = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


@pytest.mark.parametrize("path", ["/", "/nowhere", "/machines", "/events/1", "/sign-in"])
def test_every_page_carries_the_strict_policy(http: httpx.Client, path: str) -> None:
    headers = http.get(path).headers
    policy = {part.strip() for part in headers["content-security-policy"].split(";")}
    assert policy >= CSP
    assert not [part for part in policy if "unsafe" in part or "http" in part or "data:" in part]
    assert headers["x-content-type-options"] == "nosniff"


def test_a_stranger_sees_what_it_is_and_where_to_sign_up(http: httpx.Client) -> None:
    landing = source(http, "/")
    assert 'href="/sign-up"' in landing
    assert "Claude Code" in landing
    assert "An example of the feed" in landing


@pytest.mark.parametrize("path", ["/machines", "/events/1", "/events/1/raw"])
def test_a_stranger_is_asked_to_sign_in(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("path", ["/", "/machines"])
def test_pages_with_a_token_are_kept_nowhere(http: httpx.Client, path: str) -> None:
    sign_in(http, make_user())
    assert "no-store" in http.get(path).headers["cache-control"]


def test_an_unknown_address_has_a_page(http: httpx.Client) -> None:
    answer = http.get("/nowhere")
    assert answer.status_code == 404
    assert "Nothing here but fog" in answer.text


def test_a_form_without_its_secret_has_a_page(http: httpx.Client) -> None:
    answer = http.post("/sign-out")
    assert answer.status_code == 403
    assert "This page expired" in answer.text


@pytest.mark.usefixtures("database")
def test_the_page_for_a_broken_server_asks_nothing_of_it() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert "Something broke on our side" in get_template("500.html").render()
    assert len(queries) == 0


@pytest.mark.sweep
def test_every_recorded_payload_shows(http: httpx.Client, alice: Person) -> None:
    events = [event(name, tool_use_id=f"toolu_{name}") for name in NAMES]
    alice.push(*events[:50])
    sign_in(http, alice.user)
    assert source(http, "/").count('<li class="row') == 50
    alice.push(*events[50:])
    for seq in range(1, len(NAMES) + 1):
        assert "hook_event_name" in source(http, f"/events/{seq}")


@pytest.mark.sweep
def test_hostile_strings_are_text_wherever_they_are_captured(http: httpx.Client, alice: Person) -> None:
    for text in HOSTILE:
        place = text.replace("\x00", "")
        bash: dict[str, Any] = {
            "tool_name": "Bash",
            "tool_input": {"command": text},
            "session_id": text,
            "agent_type": text,
        }
        alice.push(
            event("UserPromptSubmit", prompt=text) | {"project": place, "root": place},
            event("PreToolUse", tool_name=text, tool_use_id=text),
            event("PostToolUse", **bash, tool_use_id=f"b{text}"),
            event("PreToolUse.Edit", tool_input={"file_path": text}, tool_use_id=f"e{text}"),
            event("Notification", message=text, notification_type=text),
            event("PostToolUseFailure", error=text, tool_use_id=f"f{text}"),
        )
    sign_in(http, alice.user)
    last = head(alice)
    pages = [source(http, path) for path in ("/", f"/?before={page_cursor.encode(4 * 10**15, last - 49)}")]
    pages += [source(http, f"/events/{seq}{part}") for seq in range(1, last + 1) for part in ("", "/card")]
    for text in pages:
        assert not [markup for markup in MARKUP if markup in text]
        assert not [hidden for hidden in UNSEEN if hidden in text]
    assert any("{{ 7|add:7 }}{% debug %}" in text for text in pages)


def test_an_event_that_no_browser_should_see_is_shown(http: httpx.Client, alice: Person) -> None:
    strange = event("Stop") | {"ts": "0001-01-01T00:00:00+14:00", "project": "\t"}
    alice.push(strange, event("Stop", last_assistant_message="\ud83d", huge=10**30))
    sign_in(http, alice.user)
    assert "⟨U+D83D⟩" in page(http, "/")


def test_pages_with_prose_skip_no_level_of_headings(http: httpx.Client, alice: Person) -> None:
    prose = "#### Deep\n\n###### Deeper\n\n# Top"
    over = {"session_id": "s1"}
    alice.push(
        event("SessionStart", **over),
        event("Stop", last_assistant_message=prose, **over),
        event("UserPromptSubmit", prompt=f"Go\n{prose}", **over),
        event("Stop", last_assistant_message=prose, **over),
    )
    sign_in(http, alice.user)
    views = ("", "/conversation", "/find?q=deep", "/raw", "/files")
    for path in ("/", "/events/2", "/events/2/block", *(f"/sessions/s1{view}" for view in views)):
        levels = [int(level) for level in re.findall(r"<h(\d)", source(http, path).partition("<main")[2])]
        assert levels[0] == 1, path
        assert all(level <= before + 1 for before, level in pairwise(levels)), (path, levels)
    assert ">Before the first prompt</h2>" in source(http, "/sessions/s1")
