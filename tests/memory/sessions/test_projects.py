"""One project has several names: worktrees that may be gone, drives of Windows, letter case, mounts."""

import random
import re
from typing import Any

import httpx
import pytest

from memory.context import context_builder
from memory.preferences import preference_changes, preference_queries
from memory.sessions import insight_queries
from memory.values.location import Location
from memory.values.page_filter import PageFilter
from tests.dashboard.visitor import page, sign_in, source
from tests.memory.make import event
from tests.people import People, Person

SHOP, ABC = "/home/ada/shop", "/home/ada/shop/.claude/worktrees/abc"
WINDOWS = ("C:\\Users\\Ada\\p", "c:\\users\\ada\\p", "c:/Users/Ada/P", "/mnt/c/Users/Ada/p")
# A context needs prompts that say something, and leaves out those that say the same.
WORDS = [
    "mend",
    "refund",
    "cart",
    "login",
    "chart",
    "report",
    "export",
    "invoice",
    "parser",
    "index",
    "cache",
    "worker",
    "mailer",
    "script",
    "search",
    "table",
    "column",
    "filter",
    "palette",
    "header",
    "footer",
    "button",
    "dialog",
    "schema",
    "backup",
    "import",
    "upload",
    "token",
    "session",
    "cookie",
    "stream",
    "queue",
]
PROJECTS: dict[str, tuple[str, ...]] = {"worktrees": (SHOP, ABC, f"{SHOP}/.claude/worktrees/x"), "windows": WINDOWS}


def asks(session: str, folder: str, **around: str) -> dict[str, Any]:
    envelope = {"project": folder, "root": folder, **around}
    prompt = f"Walrus of {session}: {' '.join(random.Random(session).sample(WORDS, 9))}"
    return event("prompt_submit", session=session, prompt=prompt, envelope=envelope)


def found(person: Person, call: str, **query: str) -> set[str]:
    rows, session = {"sessions": ("sessions", "id"), "search": ("hits", "session_id")}[call]
    return {one[session] for one in person.http.get(f"/api/{call}", params=query).json()[rows]}


def context(person: Person, **query: str) -> str:
    return person.http.get("/api/context", params=query).text


@pytest.mark.sweep
@pytest.mark.parametrize("spellings", PROJECTS.values(), ids=PROJECTS)
def test_each_spelling_of_a_folder_finds_all_of_them(
    http: httpx.Client, alice: Person, spellings: tuple[str, ...]
) -> None:
    sessions = {f"s{number}": folder for number, folder in enumerate(spellings)}
    alice.push(*[asks(session, folder) for session, folder in sessions.items()], asks("other", "/home/ada/shopping"))
    sign_in(http, alice.user)
    assert insight_queries.catch_up(alice.id)
    for name in spellings:
        assert found(alice, "sessions", project=name) == set(sessions)
        assert found(alice, "search", q="walrus", project=name) == set(sessions)
        # The latest say enough; which these are does not depend on the spelling.
        assert context(alice, project=name) == context(alice, project=spellings[0])
        assert context(alice, project=name).count("Walrus of ") > 1
        assert "Walrus of other" not in context(alice, project=name)
        assert insight_queries.count_sessions(alice.id, PageFilter(project=name)) == len(sessions)
        active = insight_queries.load_quarter_activity(alice.id, PageFilter(project=name))
        assert sum(one.prompts for one in active) == len(sessions)
        for path in ("/", "/sessions", "/search?q=walrus"):
            text = page(http, str(httpx.URL(path).copy_merge_params({"project": name})))
            assert all(f"Walrus of {session}" in text for session in sessions)
            assert "Walrus of other" not in text


@pytest.mark.parametrize("spellings", PROJECTS.values(), ids=PROJECTS)
def test_a_project_is_listed_once(http: httpx.Client, alice: Person, spellings: tuple[str, ...]) -> None:
    alice.push(*[asks(f"s{number}", folder) for number, folder in enumerate(spellings)])
    sign_in(http, alice.user)
    assert len(re.findall(r'<option value="[/C]', source(http, "/sessions"))) == 1
    assert len(context_builder.list_locations(alice.id, limit=9)) == 1
    assert insight_queries.catch_up(alice.id)
    (activity,) = insight_queries.load_project_activity(alice.id, PageFilter())
    assert activity.prompts == len(spellings)


@pytest.mark.parametrize("spellings", PROJECTS.values(), ids=PROJECTS)
def test_notes_and_budgets_hold_for_each_spelling(alice: Person, spellings: tuple[str, ...]) -> None:
    alice.push(*[asks(f"s{number}", folder) for number, folder in enumerate(spellings)])
    preference_changes.add_note(alice.id, Location(spellings[0], spellings[0]), "Say hello.")
    preference_changes.set_context_budget(alice.id, Location(spellings[0], spellings[0]), 500)
    for name in spellings:
        location = context_builder.resolve_location(alice.id, Location(name))
        assert "Say hello." in context(alice, project=name)
        assert preference_queries.load_context_budget(alice.id, location) == 500


def test_a_folder_has_the_repository_that_the_log_last_named(alice: Person) -> None:
    repo = "github.com/ada/shop"
    alice.push(asks("s1", SHOP, repo=repo), asks("s2", "/tmp/beside", repo=repo), asks("s3", "/tmp/elsewhere"))
    for folder in (SHOP, "/tmp/beside", ABC):
        assert "Walrus of s1" in context(alice, project=folder)
        assert "Walrus of s2" in context(alice, project=folder)
        assert "Walrus of s3" not in context(alice, project=folder)


def test_worktrees_and_sub_folders_of_a_repository_without_a_remote_are_one_project(alice: Person) -> None:
    folders = {"main": SHOP, "sub": f"{SHOP}/src", "beside": "/tmp/beside"}
    alice.push(*[asks(session, folder, repo=SHOP) for session, folder in folders.items()])
    assert found(alice, "sessions", project=SHOP) == set(folders)
    for folder in folders.values():
        assert all(f"Walrus of {session}" in context(alice, project=folder) for session in folders)


def test_other_folders_stay_apart(alice: Person) -> None:
    alice.push(asks("s1", SHOP), asks("s2", f"{SHOP}/src"), asks("s3", "/home/ada/Shop"), asks("s4", "/home/ada/shop2"))
    assert found(alice, "sessions", project=SHOP) == {"s1"}
    assert "Walrus of s3" not in context(alice, project=SHOP)


def test_a_deletion_of_a_project_deletes_each_spelling(people: People) -> None:
    alice = people()
    alice.push(*[asks(f"s{number}", folder) for number, folder in enumerate(WINDOWS)], asks("other", "D:\\p"))
    http = people.client({"Authorization": f"Bearer {alice.access_token()}"})
    assert http.request("DELETE", "/api/events", json={"project": WINDOWS[1]}).status_code == 200
    assert found(alice, "sessions") == {"other"}
