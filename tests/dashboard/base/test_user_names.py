"""The color of a project and the name of a machine are the same on every page of their user."""

import re

import httpx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.machines import machine_names
from dashboard.base import user_names
from dashboard.render import shown_names
from memory.projection import projector
from tests.dashboard.feed.test_feed import message
from tests.dashboard.payloads import event
from tests.dashboard.visitor import page, sign_in, source
from tests.events.make import make_event
from tests.people import Person

FOLDERS = [f"/home/ada/p{number:02}" for number in range(12)]
PAGES = ("/", "/sessions", "/sessions?as=cards", "/insights", "/memory")


def prompt(folder: str, machine: str = "host-1") -> dict[str, object]:
    sent = event("UserPromptSubmit", cwd=folder, session_id=f"of{folder.replace('/', '-')}", prompt="Go on.")
    return {**sent, "client": {"name": "memfog", "machine": machine}}


def hue_of(html: str, name: str) -> set[str]:
    """The colors of the elements of a page that show this project first."""
    parts = re.split(r'(?=<(?:li|tr|a|section)[^>]*class="[^"]*\bhue-\d+)', html)
    shown = [part for part in parts if re.search(rf"<bdi[^>]*>{re.escape(name)}</bdi>", part)]
    return {found[1] for part in shown if (found := re.search(r"\bhue-(\d+)", part.split(">", 1)[0]))}


def test_a_project_has_one_color_on_all_pages_and_in_the_stream(http: httpx.Client, alice: Person) -> None:
    alice.push(*[prompt(folder) for folder in FOLDERS])
    projector.catch_up(alice.id)
    sign_in(http, alice.user)
    found = {name: set[str]() for name in ("p00", "p05", "p11")}
    for path in PAGES:
        html = source(http, path)
        for name, hues in found.items():
            hues |= hue_of(html, name)
    assert [len(hues) for hues in found.values()] == [1, 1, 1], found
    assert len(set.union(*found.values())) == 3
    with http.stream("GET", "/live/stream?cursor=0") as stream:
        sent = "\n".join(line.removeprefix("data: ") for line in message(stream))
    assert hue_of(sent, "p05") == found["p05"]


def test_two_projects_of_one_name_are_told_apart_everywhere(http: httpx.Client, alice: Person) -> None:
    alice.push(prompt("/home/ada/api"), prompt("/srv/acme/api"))
    sign_in(http, alice.user)
    for path in PAGES:
        text = page(http, path)
        assert "ada/api" in text, path
        assert "acme/api" in text, path
    assert "/srv/acme/api" in page(http, "/sessions?project=acme/api")
    assert page(http, "/sessions?project=acme/api").count('class="hue-') < page(http, "/sessions").count('class="hue-')


def test_the_names_are_two_statements_however_many_projects_there_are(alice: Person) -> None:
    counts = []
    for folders in (FOLDERS[:1], FOLDERS):
        alice.push(*[prompt(folder) for folder in folders])
        with CaptureQueriesContext(connection) as queries:
            names = user_names.load_names(alice.id)
        counts.append(sum("SELECT" in one["sql"] and "set_config" not in one["sql"] for one in queries))
        assert len(names.numbers) == len(folders)
    assert counts[0] == counts[1] == 2


def test_very_many_projects_cost_no_page_more(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_names, "MAX_PROJECTS", 3)
    alice.push(*[prompt(folder) for folder in FOLDERS[:2]])
    names = user_names.load_names(alice.id)
    assert (len(names.numbers), names.knows("", FOLDERS[0]), names.knows("", FOLDERS[5])) == (2, True, False)
    alice.push(*[prompt(folder) for folder in FOLDERS])
    names = user_names.load_names(alice.id)
    assert len(names.numbers) == 3
    assert set(FOLDERS[:2]) <= set(names.numbers)
    # A stream would read them again for each event of another project.
    assert all(names.knows("", folder) for folder in FOLDERS)
    with shown_names.use_names(lambda: names):
        assert {shown_names.project_hue("", folder) for folder in FOLDERS} <= set(range(shown_names.HUE_COUNT))


def test_very_many_folders_of_one_project_cost_no_page_more(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_names, "MAX_PROJECTS", 3)
    alice.push(*[make_event("prompt_submit", project=f"/a/{number}", root="/a") for number in range(11)])
    names = user_names.load_names(alice.id)
    assert (list(names.numbers), names.is_complete) == (["/a"], True)
    # Locations of one request have no order.
    for folder in ("/b", "/c"):
        alice.push(make_event("prompt_submit", project=folder))
    names = user_names.load_names(alice.id)
    assert (list(names.numbers), names.is_complete) == (["/a", "/b"], False)
    assert names.knows("", "/c")


def test_a_user_has_names_of_their_own(alice: Person, bob: Person) -> None:
    alice.push(make_event("prompt_submit", project="/a"))
    machine_names.set_name(alice.id, "host-1", "laptop")
    names = user_names.load_names(bob.id)
    assert (names.numbers, names.machines) == ({}, {})
