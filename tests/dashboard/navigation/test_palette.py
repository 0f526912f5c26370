"""The command palette searches on the server: all sessions, the waiting ones first, projects, pages and actions."""

import re
from typing import Any

import httpx
import pytest

from memory.preferences import preference_changes
from memory.projection import projector
from tests.dashboard.feed.open_sessions import around, begun, blocked_sessions, done, needs_permission
from tests.dashboard.visitor import page, sign_in, squeeze
from tests.memory.make import event
from tests.people import Person

LINK = re.compile(r'<a href="([^"]*)"')


def found(http: httpx.Client, text: str = "") -> list[str]:
    answer = http.get("/palette", params={"q": text})
    assert answer.status_code == 200
    return LINK.findall(squeeze(answer.text))


def old_session(session: str, days: int, **envelope: Any) -> list[dict[str, Any]]:
    return [
        event("prompt_submit", session=session, prompt=f"Task of {session}", envelope=around(days * 1_440) | envelope)
    ]


def test_who_waits_comes_first(http: httpx.Client, alice: Person) -> None:
    alice.push(*blocked_sessions(), *begun("builds", 1))
    sign_in(http, alice.user)
    links = found(http)
    assert links[:4] == ["/sessions/deploys", "/sessions/chooses", "/sessions/older", "/sessions/done"]
    assert links.index("/machines") < links.index("/sessions/builds")
    assert found(http, "task of")[:2] == ["/sessions/deploys", "/sessions/chooses"]


def test_every_session_is_found_however_old(http: httpx.Client, alice: Person) -> None:
    for number in range(70):
        alice.push(*old_session(f"s{number}", number + 2))
    alice.push(*old_session("orchestrator", 400, project="/srv/conductor"))
    sign_in(http, alice.user)
    assert "/sessions/orchestrator" not in found(http)
    for text in ("orchestrator", "ORCHESTR", "conductor task", "task of orch"):
        assert found(http, text)[0] == "/sessions/orchestrator", text
    assert len([link for link in found(http, "task") if link.startswith("/sessions/")]) == 50


def test_a_session_is_found_by_the_title_that_its_user_gave(http: httpx.Client, alice: Person) -> None:
    alice.push(*old_session("one", 2), *old_session("two", 3))
    projector.catch_up(alice.id)
    preference_changes.set_session_preference(alice.id, "two", title="Great migration")
    sign_in(http, alice.user)
    assert found(http, "great migration")[0] == "/sessions/two"


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("insights", "/insights"),
        ("machines tokens", "/machines"),
        ("infra project", "/sessions?project=%2Fsrv%2Finfra"),
        ("nowhere", "/search?q=nowhere"),
        ("a & b", "/search?q=a%20%26%20b"),
        ("100%_", "/search?q=100%25_"),
    ],
)
def test_pages_projects_and_a_search_are_found(http: httpx.Client, alice: Person, text: str, link: str) -> None:
    alice.push(*begun("builds", 1))
    sign_in(http, alice.user)
    assert link in found(http, text)


def test_actions_are_found(http: httpx.Client, alice: Person) -> None:
    sign_in(http, alice.user)
    assert re.search(r'data-press="\.theme \[value=dark\]">\s*Dark theme', page(http, "/palette?q=dark"))


def test_nobody_finds_the_sessions_of_others(http: httpx.Client, alice: Person, bob: Person) -> None:
    alice.push(*needs_permission("deploys"))
    sign_in(http, bob.user)
    assert found(http, "deploys") == ["/search?q=deploys"]
    assert http.get("/palette/neighbor?session=deploys").status_code == 204


def test_the_sessions_before_and_after_are_those_of_the_list(http: httpx.Client, alice: Person) -> None:
    alice.push(*done("new", 5), *done("middle", 50), *old_session("oldest", 500))
    sign_in(http, alice.user)

    def neighbor(session: str, extra: str = "") -> str | None:
        answer = http.get(f"/palette/neighbor?session={session}{extra}")
        assert answer.status_code == (302 if "location" in answer.headers else 204)
        location: str | None = answer.headers.get("location")
        return location

    assert [neighbor(one) for one in ("new", "middle", "oldest")] == ["/sessions/middle", "/sessions/oldest", None]
    newer = [neighbor(one, "&newer=1") for one in ("new", "middle", "oldest")]
    assert newer == [None, "/sessions/new", "/sessions/middle"]
    assert neighbor("nowhere") is None
