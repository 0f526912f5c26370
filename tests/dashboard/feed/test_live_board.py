"""The live board: the most urgent session first, with what it asks for on its card."""

import re
from typing import Any

import httpx

from tests.dashboard.feed.open_sessions import around, blocked_sessions, done, failed, needs_permission, working
from tests.dashboard.visitor import page, sign_in, squeeze
from tests.memory.make import event
from tests.people import Person

CARD = re.compile(r'<li class="session-card is-\w+ needs-(\w+).*? data-session="(\w+)"', re.DOTALL)


def board(http: httpx.Client) -> str:
    return squeeze(http.get("/live/wall").text)


def card(http: httpx.Client, session: str) -> str:
    start = board(http).split(f'data-session="{session}"', 1)[1]
    return start.split('<li class="session-card', 1)[0]


def test_who_is_blocked_comes_before_whose_turn_is_done(http: httpx.Client, alice: Person) -> None:
    alice.push(*blocked_sessions(), *failed("fails", 50), *working("builds"), *done("old", 90))
    sign_in(http, alice.user)
    assert CARD.findall(board(http)) == [
        ("permission", "deploys"),
        ("question", "chooses"),
        ("error", "fails"),
        ("turn", "older"),
        ("turn", "done"),
        ("working", "builds"),
        ("turn", "old"),  # for so long that nobody may answer
    ]


def test_a_card_says_what_is_asked(http: httpx.Client, alice: Person) -> None:
    alice.push(*blocked_sessions(), *working("builds"))
    sign_in(http, alice.user)
    permission = card(http, "deploys")
    assert "<strong>Needs permission</strong>" in permission
    assert re.search(r"\$</span> <bdi ?>terraform apply -auto-approve</bdi>", permission)
    assert "Opus 4.8" in permission
    assert "Task of deploys" not in permission.split("</a>", 1)[1]  # once, as the title
    question = card(http, "chooses")
    assert "Which database?" in question
    assert re.findall(r"<li><bdi>(.*?)</bdi></li>", question) == ["SQLite", "PostgreSQL"]
    assert "Done: see train.py." in card(http, "done")
    assert "make builds" in card(http, "builds")


def test_a_file_is_named_within_its_project_and_its_tool_too(http: httpx.Client, alice: Person) -> None:
    alice.push(*working("builds"))
    tool: dict[str, Any] = {"tool_name": "Write", "tool_input": {"file_path": "/srv/infra/main.tf"}}
    alice.push(event("permission_request", session="builds", envelope=around(1), **tool))
    sign_in(http, alice.user)
    assert re.search(r"<b>Write</b> <bdi ?>main.tf</bdi>", board(http))


def test_what_has_no_card_is_counted_and_listed(http: httpx.Client, alice: Person) -> None:
    for number in range(20):
        alice.push(*working(f"w{number}"))
    alice.push(*needs_permission("deploys"))
    sign_in(http, alice.user)
    text = board(http)
    assert len(CARD.findall(text)) == 12
    assert "<summary>+9 working</summary>" in text
    assert {f"w{number}" for number in range(20)} <= set(re.findall(r'href="/sessions/(\w+)\?at=end"', text))
    assert "+9 working" in page(http, "/")


def test_no_urgent_session_is_without_a_card(http: httpx.Client, alice: Person) -> None:
    for number in range(14):
        alice.push(*needs_permission(f"p{number}"))
    alice.push(*working("builds"))
    sign_in(http, alice.user)
    text = board(http)
    assert [need for need, _ in CARD.findall(text)] == ["permission"] * 14
    assert "<summary>+1 working</summary>" in text
