"""`/commits`, a commit's page, and the commits of a session."""

import re
from typing import Any

import httpx
import pytest

from tests.dashboard.visitor import page, sign_in, source
from tests.memory.file_history.edits import PROJECT, command, cost, edit, placed, prompt, write
from tests.memory.make import event
from tests.people import People, Person

pytestmark = pytest.mark.one_database
MILL, REQUEST = f"{PROJECT}/engine/mill.py", "https://github.com/ada/engine/pull/7"
ELSEWHERE: Any = {**placed(root="/o", repo=""), "client": {"name": "memfog", "version": "1", "machine": "desk"}}
HOSTILE = "<script>alert(1)</script> \u202e"


@pytest.fixture
def ada(http: httpx.Client, alice: Person) -> Person:
    """Has a commit of two prompts that another session pushed, and is signed in."""
    alice.push(
        prompt("Build the mill", 0),
        write(MILL, 1, "x = 1\n"),
        cost("m1", 2),
        prompt("Make it two", 10),
        edit(MILL, 11, ["-x = 1", "+x = 2"]),
        cost("m2", 12, model="unknown-model"),
        event("pre_tool_use", 13, tool_name="Bash", tool_use_id="t1", tool_input={"command": "git commit -am x"}),
        command("git commit -am x", 14, f"[main 1f3870b] {HOSTILE}", tool_use_id="t1"),
        command("gh pr create", 15, REQUEST),
        prompt("Push", 20, session="s2"),
        command("git push", 21, "To github.com:ada/engine\n   0000000..1f3870be27  main -> main", session="s2"),
        command("git commit -m y", 30, "[main aaaaaa1] Other", session="s3", envelope=ELSEWHERE),
    )
    sign_in(http, alice.user)
    return alice


def text_of(shown: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown))


@pytest.mark.usefixtures("ada")
def test_a_commit_shows_its_sessions_its_prompts_its_files_and_their_cost(http: httpx.Client) -> None:
    listed = page(http, "/commits")
    assert re.findall(r'href="(/commits/\w+|https:[^"]+)"', listed) == ["/commits/aaaaaa1", REQUEST, "/commits/1f3870b"]
    shown = page(http, "/commits/1f3870b")
    told = text_of(shown)
    assert "Cost ≈ $2.50 " in told
    assert "at most" not in told
    assert told.index("Push") < told.index("Build the mill") < told.index("Make it two")
    assert "1f3870be27" in shown
    assert "+2 −1 ≈ $2.50" in told
    # The link leads to where the timeline shows the command: at its start.
    assert 'href="/sessions/s1?at=7#e-7"' in shown
    assert 'href="/files?path=engine%2Fmill.py&project=github.com%2Fada%2Fengine"' in shown
    assert f'href="{REQUEST}" rel="noopener noreferrer nofollow"' in shown
    assert http.get("/commits/1F3870B").status_code == 200
    unknown = http.get("/commits/1F3870CABCDE0")
    assert (unknown.status_code, "memfog why --commit 1f3870cabcde" in unknown.text) == (404, True)
    assert "memfog why" not in http.get("/commits/not-a-hash").text


@pytest.mark.usefixtures("ada")
def test_captured_text_is_shown_as_text(http: httpx.Client) -> None:
    for path in ("/commits", "/commits/1f3870b", "/sessions/s1"):
        shown = source(http, path)
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
        assert "\u202e" not in shown


@pytest.mark.usefixtures("ada")
def test_a_session_shows_its_commits_and_pull_requests(http: httpx.Client) -> None:
    shown = page(http, "/sessions/s1")
    part = shown[shown.index('class="session-commits"') :].partition("</ul>")[0]
    assert re.findall(r'href="([^"]+)"', part) == [REQUEST, "/commits/1f3870b"]
    assert "github.com #7" in part
    assert "session-commits" not in page(http, "/sessions/s2")
    assert re.findall(r'href="(/commits/\w+)"', page(http, "/commits?session=s1")) == ["/commits/1f3870b"]


@pytest.mark.usefixtures("ada")
def test_a_search_for_a_hash_leads_to_the_commit(http: httpx.Client) -> None:
    assert 'href="/commits/1f3870be27"' in page(http, "/search?q=1F3870B")
    assert "found-commit" not in page(http, "/search?q=1f3870c")


@pytest.mark.usefixtures("ada")
def test_commits_are_filtered_by_project(http: httpx.Client) -> None:
    assert re.findall(r'href="(/commits/\w+)"', page(http, f"/commits?project={PROJECT}")) == ["/commits/1f3870b"]
    assert re.findall(r'href="(/commits/\w+)"', page(http, "/commits?machine=desk")) == ["/commits/aaaaaa1"]
    assert "No commits match these filters." in page(http, "/commits?project=/nowhere")
    request = re.findall(r'href="(/commits\?[^"]+)"', page(http, "/commits?session=s1"))[-1]
    assert request == "/commits?branch=main&project=github.com%2Fada%2Fengine"
    assert "The commits below cost ≈ $2.50 " in text_of(page(http, request))


def test_a_commit_of_a_part_of_a_turn_says_what_the_turn_cost(http: httpx.Client, alice: Person) -> None:
    alice.push(
        prompt("Build both", 0),
        write(MILL, 1, "x = 1\n"),
        command("git commit -am one", 2, "[main 1f3870b] One"),
        write(f"{PROJECT}/engine/wheel.py", 3, "y = 1\n"),
        cost("m1", 4),
    )
    sign_in(http, alice.user)
    told = text_of(page(http, "/commits/1f3870b"))
    assert "Cost ≈ $1.25, at most $2.50" in told
    assert "≈ $1.25 of $2.50 for the turn" in told


def test_a_moved_file_of_a_commit_says_where_it_was(http: httpx.Client, alice: Person) -> None:
    alice.push(
        prompt("Move it", 0),
        command("git mv engine/mill.py engine/wheel.py", 1),
        command("git commit -am one", 2, "[main 1f3870b] One"),
        cost("m1", 3),
    )
    sign_in(http, alice.user)
    told = text_of(page(http, "/commits/1f3870b"))
    assert "engine/wheel.py from engine/mill.py ≈ $2.50" in told


def test_nobody_elses_commit_is_shown(http: httpx.Client, ada: Person, people: People) -> None:
    assert http.get("/commits/aaaaaa2").status_code == 404
    http.cookies.clear()
    other = people()
    sign_in(http, other.user)
    assert "No commits yet." in page(http, "/commits")
    for path in ("/commits/1f3870b", "/commits?session=s1"):
        assert http.get(path).status_code == 404
    assert ada.http.get("/api/commits/1f3870b").status_code == 200


def test_an_amended_commit_leads_to_what_took_its_place(http: httpx.Client, alice: Person) -> None:
    commits = [
        command("git commit --amend" if at else "git commit -am x", at + 1, f"[main aaaaaa{at}] Try {at}")
        for at in range(8)
    ]
    alice.push(prompt("Go", 0), *commits, command("git commit -m z", 20, "[main bbbbbb1] Last"))
    sign_in(http, alice.user)
    assert 'href="/commits/aaaaaa1"' in page(http, "/commits/aaaaaa0")
    shown = page(http, "/sessions/s1")
    part = shown[shown.index('class="session-commits"') :].partition("</ul>")[0]
    assert re.findall(r'href="([^"]+)"', part) == ["/commits/bbbbbb1", "/commits/aaaaaa7"]
