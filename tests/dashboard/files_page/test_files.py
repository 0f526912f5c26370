"""`/files`: the files that sessions changed, and why one of them did."""

import re
from html import unescape
from typing import Any

import httpx
import pytest

from dashboard.files_page.views import FILES_LIMIT
from tests.dashboard.visitor import page, sign_in, source
from tests.memory.file_history.edits import PROJECT, REPO, command, cost, edit, placed, prompt, write
from tests.memory.make import event
from tests.people import People, Person

MILL = f"{PROJECT}/engine/mill.py"
HISTORY = f"/files?path=engine/mill.py&project={PROJECT}"


@pytest.fixture
def ada(http: httpx.Client, alice: Person) -> Person:
    """Has a file that two prompts changed, and is signed in."""
    alice.push(
        prompt("Build the mill", 0),
        event("message_display", 1, delta="First the wheel."),
        write(MILL, 2, "x = 1\n"),
        write(f"{PROJECT}/README.md", 3, "# Engine\n"),
        cost("m1", 4),
        prompt("Make it two", 10),
        event("pre_tool_use", 11, tool_name="Edit", tool_use_id="t1", tool_input={"file_path": MILL}),
        edit(MILL, 12, ["-x = 1", "+x = 2"], tool_use_id="t1"),
        cost("m2", 13, model="unknown-model"),
    )
    sign_in(http, alice.user)
    return alice


def text_of(shown: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown))


@pytest.mark.usefixtures("ada")
def test_the_list_leads_to_a_history_with_prompts_and_costs(http: httpx.Client) -> None:
    shown = page(http, "/files")
    names = re.findall(r'href="(/files\?path=[^"]+)"', shown)
    assert names == [
        "/files?path=engine%2Fmill.py&project=github.com%2Fada%2Fengine",
        "/files?path=README.md&project=github.com%2Fada%2Fengine",
    ]
    assert "2 changes +2 −1 ≈ $1.25 of $2.50" in text_of(shown)
    assert "1 change +1 −0 ≈ $1.25 of $2.50" in text_of(shown)
    history = page(http, names[0])
    told = text_of(history)
    assert told.index("Make it two") < told.index("Build the mill") < told.index("First the wheel.")
    assert "≈ $1.25 of $2.50 for the turn" in told
    assert "no price" in told
    assert "The changes below cost ≈ $1.25, at most $2.50" in told
    # The link leads to where the timeline shows the change: at its start.
    assert 'href="/sessions/s1?at=7#e-7"' in history
    assert "+x = 2" in text_of(page(http, "/events/8/block")).replace("+ x", "+x") or "x = 2" in text_of(
        page(http, "/events/8/block")
    )


@pytest.mark.usefixtures("ada")
def test_filters_and_an_empty_history(http: httpx.Client) -> None:
    assert "README.md" not in source(http, "/files?q=MILL")
    assert "No files match" in source(http, "/files?q=zebra")
    assert "No change of this file was captured here" in source(http, "/files?path=nothing.py")
    assert "engine/mill.py" in source(http, f"/files?project={REPO}")
    assert "No files match" in source(http, "/files?project=/elsewhere")
    assert "engine/mill.py" in source(http, "/files?after=x")


def test_a_project_shows_what_it_cost(http: httpx.Client, ada: Person) -> None:
    ada.push(prompt("What is it?", 20), cost("m3", 21, output_tokens=4_000))
    shown = text_of(page(http, f"/files?project={REPO}"))
    assert (
        "Cost of the project ≈ $2.60: $2.50 in turns that changed files, $0.10 in others 1 answer without a price"
        in shown
    )
    assert "Cost of the project" not in page(http, "/files")
    assert "Cost of the project" not in page(http, f"/files?project={REPO}&time=2020-01-01")


def test_files_of_a_machine(http: httpx.Client, alice: Person) -> None:
    desk = {**placed(), "client": {"name": "memfog", "version": "1", "machine": "desk"}}
    alice.push(
        prompt("Here", 0),
        write(MILL, 1, "x = 1\n"),
        prompt("There", 2, session="s2", envelope=desk),
        write(f"{PROJECT}/wheel.py", 3, "y = 1\n", session="s2", envelope=desk),
        cost("m1", 4, session="s2"),
    )
    sign_in(http, alice.user)
    shown = page(http, f"/files?machine=desk&project={REPO}")
    assert re.findall(r'<bdi class="path">([^<]+)', shown) == ["wheel.py"]
    assert "Cost of the project ≈ $2.50: $2.50 in turns" in text_of(shown)


def test_a_later_page_of_a_machine_has_files_that_another_machine_changed_since(
    http: httpx.Client, alice: Person
) -> None:
    desk = {**placed(), "client": {"name": "memfog", "version": "1", "machine": "desk"}}
    there: dict[str, Any] = {"session": "s2", "envelope": desk}
    alice.push(
        prompt("There", 0, **there),
        *(write(f"{PROJECT}/{number}.py", number + 1, "x = 1\n", **there) for number in range(FILES_LIMIT + 1)),
        prompt("Here", 90),
        write(f"{PROJECT}/0.py", 91, "x = 2\n"),
    )
    sign_in(http, alice.user)
    first = http.get("/files?machine=desk").text
    (after,) = re.findall(r'href="\?([^"]*after=[^"]+)"', first)
    assert re.findall(r'<bdi class="path">([^<]+)', page(http, f"/files?{unescape(after)}")) == ["0.py"]


def test_a_new_account_is_told_what_will_be_there(http: httpx.Client, people: People) -> None:
    sign_in(http, people().user)
    for path, said in (("/files", "No files yet"), ("/commits", "No commits yet")):
        text = source(http, path)
        assert said in text
        assert 'class="page-filter"' not in text, "there is nothing to filter"


def test_pages_follow_each_other(http: httpx.Client, alice: Person) -> None:
    alice.push(prompt("Go", 0), *(edit(MILL, at, [f"+line {at}"]) for at in range(1, 33)))
    sign_in(http, alice.user)
    first = page(http, HISTORY)
    assert first.count('class="file-change"') == 30
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link
    rest = page(http, f"/files{link[1]}")
    assert rest.count('class="file-change"') == 2
    assert "First page" in rest


@pytest.mark.usefixtures("ada")
def test_cards_and_search_lead_to_the_history(http: httpx.Client, ada: Person) -> None:
    ada.push(command("git mv engine/mill.py m.py", 20))
    link = "/files?path=engine%2Fmill.py&project=%2Fhome%2Fada%2Fengine"
    assert f'href="{link}">History of this file' in page(http, "/events/8/block")
    found = page(http, "/search?q=mill.py")
    assert found.index('id="found-files"') < found.index('class="entries"')
    assert re.findall(r'<bdi class="path">([^<]+)', found) == ["engine/mill.py"]
    for words in ("mill", "engine mill.py", "file:mill.py", "Make it two."):
        assert 'id="found-files"' not in page(http, f"/search?q={words}")
    assert "Moved" in page(http, "/files?path=m.py")
