"""`/memory`: the context that Claude would get now, and how the user changes it."""

import re
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from accounts.api_base.problem import Problem
from memory.preferences import preference_changes
from memory.projection import projector
from memory.values.location import Location
from tests.accounts.calls import send
from tests.dashboard.hostile import HOSTILE, MARKUP, UNSEEN
from tests.dashboard.payloads import SESSIONS, afternoon
from tests.dashboard.visitor import page, sign_in, source
from tests.memory.make import event
from tests.memory.stories import STORIES, told
from tests.people import Person
from tests.server import wait_for

SHOP, INFRA = SESSIONS["shop"]["session_id"], SESSIONS["infra"]["session_id"]
LINK = re.compile(r'<li class="entry[^>]*>\s*<a href="([^"]+)"')
HERE = "/home/dev/my-repo"
WHERE = f"/memory?project={HERE}"


@pytest.fixture
def ada(http: httpx.Client, alice: Person) -> httpx.Client:
    """Alice's browser after an afternoon of three sessions."""
    alice.push(*afternoon())
    return sign_in(http, alice.user)


@pytest.fixture
def mine(http: httpx.Client, alice: Person) -> httpx.Client:
    """Alice's browser after one session that found and fixed a bug."""
    alice.push(*told(STORIES["refund"], "refund"))
    return sign_in(http, alice.user)


def given(person: Person, **query: Any) -> dict[str, Any]:
    asked = {"project": HERE, "root": HERE, **query}
    return dict(person.http.get("/api/context", params=asked, headers={"Accept": "application/json"}).json())


def test_memory_is_what_a_session_would_be_given(http: httpx.Client, alice: Person) -> None:
    alice.push(*told(STORIES["refund"], "refund"))
    sign_in(http, alice.user)
    asked = {"project": HERE, "root": HERE}
    given = alice.http.get("/api/context", params=asked, headers={"Accept": "application/json"}).json()
    text = page(http, "/memory")
    assert f'<pre class="context">{given["markdown"]}</pre>' in text
    assert f"about {given['tokens']} of 2,000 tokens" in text
    costs = re.findall(r"<span>(\d+) tokens? in the context, (\d+) in its text</span>", text)
    assert [int(line) for line, _ in costs] == [item["tokens"] for item in given["items"]]
    assert all(f"· {whole} tokens" in given["markdown"] for _, whole in costs), "the size of the full text is the same"
    for link in LINK.findall(text):
        path, _, place = link.partition("#")
        assert f'id="{place}"' in source(http, path)


def test_a_project_is_chosen(ada: httpx.Client) -> None:
    text = source(ada, "/memory")
    projects = re.findall(r'<a class="hue-\d+" href="\?project=([^"]+)"', text)
    assert list(map(unquote, projects)) == ["/home/ada/shop", "/home/ada/field-notes", "/srv/infra"]
    assert "Context for new sessions in <bdi>shop</bdi>" in text
    assert "invoice total" in text
    other = source(ada, "/memory?project=/srv/infra")
    assert "Context for new sessions in <bdi>infra</bdi>" in other
    assert "invoice total" not in other
    assert f"/sessions/{INFRA}?at=" in other
    assert SHOP not in other


def test_the_prompt_of_a_program_is_nobodys_words(http: httpx.Client, alice: Person) -> None:
    person, program = (
        "Always keep amounts in whole cents here, never use floats.",
        "Hello memory agent, you are continuing to observe the session.",
    )
    envelope = {"client": {"name": "memfog", "entrypoint": "sdk-cli"}}
    alice.push(*(event("prompt_submit", at, session="c", prompt=program, envelope=envelope) for at in range(5)))
    alice.push(event("prompt_submit", 9, session="p", prompt=person))
    sign_in(http, alice.user)
    text = page(http, "/memory")
    assert person in text
    assert "memory agent" not in text


def test_of_an_unknown_place_nothing_is_known(ada: httpx.Client) -> None:
    for path in ("/memory?project=/nowhere", "/memory?project=nowhere"):
        assert "No memory for this project yet" in page(ada, path)


def test_without_sessions_memory_says_how_to_begin(http: httpx.Client, alice: Person) -> None:
    sign_in(http, alice.user)
    assert "No sessions yet." in page(http, "/memory")


# --- Annotations, notes and preferences -------------------------------------------------------------------


def act(http: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Sends a form of the page, as its buttons do."""
    source(http, WHERE)
    answer = send(http, f"/memory/{path}?project={HERE}", **fields)
    assert (answer.status_code, unquote(answer.headers.get("location", ""))) in {(302, WHERE), (404, "")}
    return answer


def shown(http: httpx.Client) -> str:
    return page(http, WHERE)


def outline(person: Person) -> list[str]:
    """Returns the headings and list items of the context, each cut to 60 characters."""
    return [line[:60] for line in given(person)["markdown"].splitlines() if line.startswith(("#", "-"))]


def test_what_is_pinned_stands_at_the_top_and_quoted(mine: httpx.Client, alice: Person) -> None:
    act(mine, "entries/4", pinned="1")
    lines = outline(alice)
    at = lines.index("## Pinned by the user")
    assert lines[at + 1].startswith("- 4 · 2025-10-09 · read · `Read billing/total.py`")
    assert at < lines.index("## Facts")
    assert sum(line.startswith("- 4 ") for line in lines) == 1
    assert '<span class="pinned">pinned</span>' in source(mine, WHERE)
    act(mine, "entries/4", pinned="0")
    assert "## Pinned by the user" not in outline(alice)


def test_what_is_pinned_stays_however_much_comes_after_it(mine: httpx.Client, alice: Person) -> None:
    act(mine, "entries/4", pinned="1")
    act(mine, "entries/2", pinned="1")
    over: dict[str, Any] = {"session": "later", "envelope": {"project": HERE, "root": HERE}}
    alice.push(*(event("prompt_submit", 100 + at, prompt=f"heron {at}", **over) for at in range(450)))
    projector.catch_up(alice.id)
    lines = outline(alice)
    at = lines.index("## The user's own words")
    assert lines[at + 1] == "- 2 · 2025-10-09 · prompt · The invoice total is wrong when a refund is partial."[:60]
    assert not [line for line in lines if "heron" in line], "two words say nothing"
    assert [line for line in lines if line.startswith("- 4 · ")]


def test_what_is_edited_is_the_users_own_word(mine: httpx.Client, alice: Person) -> None:
    assert "`billing/total.py: 2 edits" in given(alice)["markdown"]
    act(mine, "entries/14", words="The totals live in billing/total.py.\nNowhere else.")
    made = given(alice)
    assert "- The totals live in billing/total.py. Nowhere else." in made["markdown"]
    assert "`billing/total.py: 1 edit" in made["markdown"]
    assert 14 in {item["id"] for item in made["items"]}
    assert "<span>edited</span>" in shown(mine)
    (told_,) = alice.http.get("/api/observations?ids=14").json()["observations"]
    assert (told_["trust"], told_["text"]) == ("person", "The totals live in billing/total.py.\nNowhere else.")
    act(mine, "entries/14", words="")
    assert "`billing/total.py: 2 edits" in given(alice)["markdown"]


def test_what_was_captured_is_not_offered_as_ones_own_words(mine: httpx.Client) -> None:
    assert set(re.findall(r'<textarea name="words"[^>]*>([^<]*)</textarea>', shown(mine))) == {""}


def test_what_is_forgotten_is_told_nowhere(mine: httpx.Client, alice: Person) -> None:
    assert "worked 1 of 2 times" in given(alice)["markdown"]
    for seq in (6, 2, 17):
        act(mine, f"entries/{seq}", forgotten="1")
    markdown = given(alice)["markdown"]
    assert "worked 1 of 2 times" not in markdown
    assert "The invoice total is wrong" not in markdown.partition("## Facts")[0]
    assert "\n- 12 · 2025-10-09 · summary · " in markdown
    assert {6, 2, 17}.isdisjoint(item["id"] for item in given(alice, budget=10_000)["items"])
    found = alice.http.get("/api/search?q=type:failure").json()["hits"]
    assert [hit["id"] for hit in found] == [16]
    assert alice.http.get("/api/observations?ids=6,2,17").json() == {"observations": []}
    assert 'id="forgotten"' in shown(mine)
    act(mine, "entries/6", forgotten="0")
    assert "worked 1 of 2 times" in given(alice)["markdown"]


def test_a_note_is_the_first_of_the_users_words_and_told_to_every_clone(mine: httpx.Client, alice: Person) -> None:
    over: dict[str, Any] = {
        "session": "clone",
        "envelope": {"project": "/srv/clone", "root": "/srv/clone", "repo": "github.com/a/b"},
    }
    here: dict[str, Any] = {"session": "here", "envelope": {"project": HERE, "root": HERE, "repo": "github.com/a/b"}}
    alice.push(event("prompt_submit", 200, prompt="Clone it", **over), event("prompt_submit", 201, prompt="Go", **here))
    act(mine, "notes", text="Always run the linter.\nNever push.")
    for asked in ({}, {"project": "/nowhere", "root": "/nowhere", "repo": "github.com/a/b"}):
        words = given(alice, **asked)["markdown"].partition("## The user's own words\n")[2]
        assert words.startswith("- Always run the linter. Never push.\n")
    (note_id,) = set(re.findall(r"/memory/notes/([\w-]{36})", shown(mine)))
    act(mine, f"notes/{note_id}", text="Never push.")
    assert "- Never push." in given(alice)["markdown"]
    act(mine, f"notes/{note_id}", text="")
    assert "Never push." not in given(alice)["markdown"]
    assert act(mine, f"notes/{note_id}", text="Again").status_code == 404


def test_a_place_with_nothing_but_a_note_gives_it(alice: Person) -> None:
    preference_changes.add_note(alice.id, Location("/home/ada/new", "/home/ada/new"), "Begin with the tests.")
    assert "- Begin with the tests." in given(alice, project="/home/ada/new")["markdown"]


def test_a_budget_is_kept(mine: httpx.Client, alice: Person) -> None:
    whole = given(alice)["tokens"]
    act(mine, "budget", tokens="250")
    assert given(alice)["tokens"] <= 250 < whole <= 2_000
    assert "of 250 tokens" in shown(mine)
    assert given(alice, budget=1_500)["tokens"] > 250
    act(mine, "budget", tokens="0")
    assert given(alice) == {"markdown": "", "tokens": 0, "items": []}
    assert "Off. New sessions here start without context." in shown(mine)
    assert given(alice, project=f"{HERE}/deeper")["markdown"] == ""
    for wrong in ("-1", "10001", "", "x", "9" * 30):
        act(mine, "budget", tokens=wrong)
        assert "The budget must be 0 to 10,000 tokens." in shown(mine)
    assert given(alice)["markdown"] == ""


def test_tools_are_left_out_and_come_back(mine: httpx.Client, alice: Person) -> None:
    assert "TodoWrite" in shown(mine)
    assert "`billing/total.py: " in given(alice)["markdown"]
    act(mine, "tools", tools="Edit\n Grep \n\nTodoWrite")
    wait_for(lambda: "`billing/total.py: " not in given(alice)["markdown"], what="a context without the edit")
    assert "def total" not in given(alice)["markdown"]
    assert alice.http.get("/api/search?q=type:edit").json()["hits"] == []
    act(mine, "tools", tools="")
    wait_for(lambda: "`billing/total.py: " in given(alice)["markdown"], what="the edit in the context")


def test_what_cannot_be_is_told(mine: httpx.Client) -> None:
    for path, fields, told_ in (
        ("notes", {"text": " \n"}, "Enter a text."),
        ("notes", {"text": "x" * 2_001}, "A note can have at most 2,000 characters."),
        ("entries/4", {"words": "x" * 2_001}, "A note can have at most 2,000 characters."),
        ("tools", {"tools": "\n".join(map(str, range(200)))}, "At most 100 tools can be excluded."),
    ):
        act(mine, path, **fields)
        assert told_ in shown(mine)
    for path in ("entries/999", "entries/x", "entries/" + "9" * 40):
        assert act(mine, path, pinned="1").status_code == 404
    for path in ("notes", "budget", "tools"):
        answer = send(mine, f"/memory/{path}?project=/never", text="x", tokens="1", tools="x")
        assert answer.status_code == 404


def test_there_is_room_for_so_many(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    alice.push(*told(STORIES["refund"], "refund"))
    projector.catch_up(alice.id)
    monkeypatch.setattr(preference_changes, "MAX_ANNOTATIONS", 2)
    monkeypatch.setattr(preference_changes, "MAX_NOTES", 1)
    for seq in (3, 4, 4):
        assert preference_changes.annotate_entry(alice.id, seq, pinned=True)
    with pytest.raises(Problem, match="invalid_input"):
        preference_changes.annotate_entry(alice.id, 6, pinned=True)
    preference_changes.annotate_entry(alice.id, 4, pinned=False)
    assert preference_changes.annotate_entry(alice.id, 6, pinned=True)
    preference_changes.add_note(alice.id, Location(HERE, HERE), "One")
    with pytest.raises(Problem, match="invalid_input"):
        preference_changes.add_note(alice.id, Location(HERE, HERE), "Two")


def test_only_ones_own_is_changed(mine: httpx.Client, alice: Person, bob: Person) -> None:
    act(mine, "notes", text="Alice's")
    (note_id,) = set(re.findall(r"/memory/notes/([\w-]{36})", shown(mine)))
    before = given(alice)
    mine.cookies.clear()
    sign_in(mine, bob.user)
    bob.push(event("prompt_submit", prompt="Hello", envelope={"project": "/bob", "root": "/bob"}))
    source(mine, "/memory")
    answers = [
        send(mine, f"/memory/{path}?project={HERE}", pinned="1", text="Bob's", tokens="0")
        for path in ("entries/4", "notes", f"notes/{note_id}", "budget", "tools")
    ]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert given(alice) == before


@pytest.mark.sweep
def test_hostile_words_of_ones_own_are_text(http: httpx.Client, alice: Person) -> None:
    alice.push(*told(STORIES["refund"], "refund"))
    sign_in(http, alice.user)
    # The front door refuses a NUL: see tests/house/test_hostile_input.py.
    for text in (text for text in HOSTILE if "\0" not in text):
        act(http, "notes", text=text)
        act(http, "entries/4", words=text)
        made = source(http, WHERE)
        assert not [markup for markup in MARKUP if markup in made]
        outside = re.sub(r"<textarea.*?</textarea>", "", made, flags=re.DOTALL)
        assert not [hidden for hidden in UNSEEN if hidden in outside]
