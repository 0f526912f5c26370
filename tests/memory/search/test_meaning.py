"""How a search understands its words, sorts its hits and names where they come from."""

from typing import Any

import httpx
import pytest

from memory.preferences import preference_changes
from memory.search.query_terms import find_paths, parse_search_terms
from memory.search.snippets import format_snippet, mark_matches
from memory.search.typing_errors import list_spellings
from memory.search.word_endings import find_stems
from tests.memory.make import event
from tests.people import Person

FOLDER = "/home/ada/todo"
PAGE = "todo-app/src/app/page.tsx"


def said(second: float, text: str, **over: Any) -> dict[str, Any]:
    return event("prompt_submit", second, prompt=text, **over)


def ran(second: float, command: str, output: str) -> dict[str, Any]:
    given: dict[str, Any] = {"tool_name": "Bash", "tool_use_id": f"b{second}", "tool_input": {"command": command}}
    return event("post_tool_use", second, **given, tool_response={"stdout": output}, envelope={"project": FOLDER})


def changed(second: float, path: str, old: str, new: str) -> dict[str, Any]:
    given = {"file_path": f"{FOLDER}/{path}", "old_string": old, "new_string": new}
    patch = {"structuredPatch": [{"lines": [f"-{old}", f"+{new}"]}]}
    tool: dict[str, Any] = {
        "tool_name": "Edit",
        "tool_use_id": f"e{second}",
        "tool_input": given,
        "tool_response": patch,
    }
    return event("post_tool_use", second, **tool, envelope={"project": FOLDER, "root": FOLDER})


def search(person: Person, question: str, **more: Any) -> dict[str, Any]:
    answer = person.http.get("/api/search", params={"q": question, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def titles(person: Person, question: str, **more: Any) -> list[str]:
    return [hit["title"] for hit in search(person, question, **more)["hits"]]


@pytest.mark.parametrize(
    ("word", "stems"),
    [
        ("rotated", ["rotat"]),
        ("rotation", ["rotat"]),
        ("refunds", ["refund"]),
        ("mapping", ["map"]),
        ("passing", ["pass"]),
        ("retries", ["retry", "retri"]),
        ("retry", ["retry", "retrie"]),
        ("deployment", ["deploy"]),
        ("configuration", ["configur"]),
        ("db", ["db"]),
        ("größe", ["größe"]),
        ("key", ["key"]),
    ],
)
def test_the_stem_of_a_word(word: str, stems: list[str]) -> None:
    assert find_stems(word) == stems


def test_other_words_for_the_same_are_found(alice: Person) -> None:
    told = ["Authentication expires", "The database is full", "userId is unused", "Change user_name", "Rotate the keys"]
    alice.push(*(said(at, text) for at, text in enumerate(told)))
    for question, found in {
        "sign in": told[0],
        "login": told[0],
        "db": told[1],
        "user_id": told[2],
        "userName": told[3],
        "key rotation": told[4],
    }.items():
        assert titles(alice, question)[0] == found, question


def test_a_label_is_not_a_word(alice: Person) -> None:
    """Labels of the index, such as `failed=no`, begin like words."""
    alice.push(said(1, "The build failed"), ran(2, "make", "done"), ran(3, "ls tools", "a"))
    assert titles(alice, "fail") == ["The build failed"]
    assert titles(alice, "tool") == ["Ran `ls tools`"]


def test_one_wrong_letter_is_forgiven_where_the_word_is_hardly_known(alice: Person, bob: Person) -> None:
    bob.push(said(1, "A marlin"))
    swordfish = said(1, "A swordfish")
    alice.push(swordfish, said(2, "Two herons"), said(3, "A haron"), said(4, "A haron"), said(5, "A haron"))
    for typed in ("swordfsh", "swordfissh", "swordfosh", "swrodfish", "wordfish"):
        assert titles(alice, typed) == ["A swordfish"], typed
    assert titles(alice, "swrdfsh") == []
    assert titles(alice, "marlyn") == []
    assert set(titles(alice, "haron")) == {"A haron"}, "a word that is known is not corrected"
    headers = {"Authorization": f"Bearer {alice.access_token()}"}
    alice.http.request("DELETE", "/api/events", json={"ids": [swordfish["id"]]}, headers=headers).raise_for_status()
    assert titles(alice, "swordfsh") == []


def test_spellings_are_bounded() -> None:
    assert {"total", "otal", "ttoal", "totall"} - list_spellings("total") == {"total"}
    assert len(list_spellings("x" * 24)) < 1_400


def test_a_path_finds_its_file_and_its_changes_first(alice: Person) -> None:
    listed = ran(9, f"ls {PAGE}", f"{PAGE} other/page.tsx")
    alice.push(
        changed(1, PAGE, "a", "b"), changed(2, "other/page.tsx", "c", "d"), said(3, f"Look at {PAGE}, page.tsx"), listed
    )
    assert titles(alice, PAGE)[0] == f"Edited {PAGE}"
    assert set(titles(alice, "page.tsx")[:2]) == {f"Edited {PAGE}", "Edited other/page.tsx"}
    assert titles(alice, f"{FOLDER}/{PAGE}")[0] == f"Edited {PAGE}"


@pytest.mark.parametrize(
    ("question", "text", "marked"),
    [
        ("and/or", "The word before", "The word before"),
        ("read/write", "cannot write, bread/write", "cannot **write**, bread/**write**"),
        (PAGE, f"Edited {PAGE} now", f"Edited **{PAGE}** now"),
        (PAGE, "Edited src/app/page.tsx", "Edited **src/app/page.tsx**"),
        ("page.tsx", f"Edited {PAGE}", "Edited todo-app/src/app/**page.tsx**"),
        ("sessionStore", "the sessionStore and session_store", "the **sessionStore** and **session_store**"),
        ("login", "Sign in, then log out", "**Sign** **in**, then **log** out"),
        ("rotation", "it was rotated twice", "it was **rotated** twice"),
        ("ß/a.py", "ẞẞ and ß/a.py", "ẞẞ and **ß**/**a.py**"),
    ],
)
def test_what_matches_is_marked_as_a_whole(question: str, text: str, marked: str) -> None:
    parts = mark_matches(text, parse_search_terms(question), find_paths(question))
    assert format_snippet(parts) == marked


def test_hits_are_counted_and_sorted(alice: Person) -> None:
    alice.push(*(said(at, f"heron {at}") for at in range(30)), said(30, "heron heron, and an egret"))
    found = search(alice, "heron", limit=5)
    assert (found["total"], found["total_is_exact"]) == (31, True)
    assert titles(alice, "heron", sort="oldest", limit=2) == ["heron 0", "heron 1"]
    assert titles(alice, "heron", sort="newest", limit=2) == ["heron heron, and an egret", "heron 29"]
    assert titles(alice, "heron egret", sort="oldest") == ["heron heron, and an egret"], "only what has all words"
    second = search(alice, "heron", sort="oldest", limit=2)["next_cursor"]
    assert titles(alice, "heron", sort="oldest", limit=2, cursor=second) == ["heron 2", "heron 3"]
    refused: httpx.Response = alice.http.get("/api/search", params={"q": "heron", "sort": "size"})
    assert refused.status_code == 400


def test_a_hit_names_its_session_and_its_prompt(alice: Person) -> None:
    alice.push(
        said(1, "Feed the herons"), ran(2, "feed", "swordfish"), said(3, "Now the egrets"), ran(4, "x", "marlin")
    )
    (hit,) = search(alice, "swordfish")["hits"]
    assert (hit["session_title"], hit["prompt_id"], hit["prompt"]) == ("Feed the herons", 1, "Feed the herons")
    (hit,) = search(alice, "marlin")["hits"]
    assert (hit["session_title"], hit["prompt_id"], hit["prompt"]) == ("Feed the herons", 3, "Now the egrets")
    (hit,) = search(alice, "egrets", type="prompt")["hits"]
    assert hit["prompt_id"] == hit["id"] == 3
    preference_changes.annotate_entry(alice.id, 1, forgotten=True)
    (hit,) = search(alice, "swordfish")["hits"]
    assert (hit["session_title"], hit["prompt_id"], hit["prompt"]) == ("", None, ""), "what is forgotten is not named"
