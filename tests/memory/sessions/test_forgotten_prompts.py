"""Once its user had a prompt forgotten, nothing but the session's own page and the feed of events shows its words."""

from typing import Any

import httpx
import pytest

from memory.preferences import preference_changes
from memory.projection import projector
from tests.dashboard.visitor import page, sign_in
from tests.memory.make import usage
from tests.memory.notifications.now import happens
from tests.people import Person

SECRET = "Heronry"
LISTS = (
    *(
        "/sessions",
        "/sessions?as=cards",
        "/sessions?sort=session",
        "/palette",
        "/live/pulse",
        "/live/wall",
        "/insights",
    ),
    *("/api/sessions", "/api/sessions/s1", "/api/search?q=type:summary", "/api/search?q=type:edit"),
)


def worked(session: str, prompt: str) -> list[dict[str, Any]]:
    """A turn with one edit, that ended just now."""
    told: dict[str, Any] = {"session": session}
    spent = usage(f"m-{session}", session=session, model="claude-opus-4-8", output_tokens=9_000)
    edit = {"file_path": "/home/ada/engine/a.py", "content": "x = 1\n"}
    return [
        happens("prompt_submit", ago=9, prompt=prompt, **told),
        happens("pre_tool_use", ago=8, tool_name="Write", tool_use_id=session, tool_input=edit, **told),
        happens("post_tool_use", ago=7, tool_name="Write", tool_use_id=session, tool_input=edit, **told),
        spent | {"ts": happens("stop", ago=7)["ts"]},
        happens("stop", ago=6, last_assistant_message="Done.", **told),
    ]


@pytest.fixture
def ada(http: httpx.Client, alice: Person) -> httpx.Client:
    """Alice's browser; the first of her two sessions begins with a prompt that she may want to be forgotten."""
    alice.push(*worked("s1", f"{SECRET}\nand the nests of it"), *worked("s2", "Paint the fence"))
    projector.catch_up(alice.id)
    return sign_in(http, alice.user)


def seen(ada: httpx.Client, alice: Person) -> list[str]:
    """Where the word stands."""
    texts = {address: (alice.http if address.startswith("/api") else ada).get(address).text for address in LISTS}
    return [address for address, text in texts.items() if SECRET in text]


def test_titles_and_requests_of_a_forgotten_prompt_are_shown_nowhere(ada: httpx.Client, alice: Person) -> None:
    assert {"/sessions", "/palette", "/live/pulse", "/live/wall", "/api/search?q=type:summary"} <= set(seen(ada, alice))
    preference_changes.annotate_entry(alice.id, 1, forgotten=True)
    assert seen(ada, alice) == []
    assert alice.http.get("/api/sessions/s1").json()["title"] == ""
    assert "engine · 1 tool call" in page(ada, "/sessions")
    preference_changes.annotate_entry(alice.id, 1, forgotten=False)
    assert alice.http.get("/api/sessions/s1").json()["title"] == SECRET


def test_its_words_find_no_session(ada: httpx.Client, alice: Person) -> None:
    for text in (SECRET, "fence"):
        for address in ("/sessions", "/palette"):
            assert 'href="/sessions/s' in ada.get(address, params={"q": text.lower()}).text
    preference_changes.annotate_entry(alice.id, 1, forgotten=True)
    for address in ("/sessions", "/palette"):
        assert 'href="/sessions/s' not in ada.get(address, params={"q": SECRET}).text
        assert 'href="/sessions/s2' in ada.get(address, params={"q": "fence"}).text


def test_its_words_do_not_find_the_summary_of_its_turn(ada: httpx.Client, alice: Person) -> None:
    def found(words: str) -> list[tuple[str, str]]:
        hits = alice.http.get("/api/search", params={"q": words}).json()["hits"]
        return [(hit["type"], hit["session_id"]) for hit in hits]

    assert set(found(SECRET)) == {("prompt", "s1"), ("summary", "s1")}
    preference_changes.annotate_entry(alice.id, 1, forgotten=True)
    assert found(SECRET) == []
    assert found(f"{SECRET} fence") == found("fence") != []
    # What the turn did stays.
    for words in ("type:summary", "type:summary Wrote a.py"):
        assert set(found(words)) == {("summary", "s1"), ("summary", "s2")}


def test_a_title_that_its_user_gave_stays(ada: httpx.Client, alice: Person) -> None:
    preference_changes.set_session_preference(alice.id, "s1", title=f"My {SECRET}")
    preference_changes.annotate_entry(alice.id, 1, forgotten=True)
    assert f"My {SECRET}" in page(ada, "/sessions")
    assert 'href="/sessions/s1' in ada.get("/palette", params={"q": SECRET}).text


def test_another_prompt_of_the_session_stays_its_title(ada: httpx.Client, alice: Person) -> None:
    alice.push(happens("prompt_submit", prompt="Feed the owls"))
    told = alice.http.get("/api/sessions/s1").json()
    assert (told["title"], told["last_prompt"]) == (SECRET, "Feed the owls")
    (prompt,) = alice.http.get("/api/search?q=owls").json()["hits"]
    preference_changes.annotate_entry(alice.id, prompt["id"], forgotten=True)
    told = alice.http.get("/api/sessions/s1").json()
    assert (told["title"], told["last_prompt"]) == (SECRET, "")
