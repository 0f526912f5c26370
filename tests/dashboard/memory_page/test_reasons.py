"""`/memory`: why each line of a context is there, what was left out, and what sessions used of it."""

from typing import Any

import httpx
import pytest

from tests.dashboard.visitor import page, sign_in, source
from tests.memory.make import event
from tests.memory.stories import STORIES, told
from tests.people import Person

pytestmark = pytest.mark.one_database

HERE = "/home/dev/my-repo"
PLACE = {"project": HERE, "root": HERE}
WHERE = f"/memory?project={HERE}"
LATER = 86_400.0
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture
def mine(http: httpx.Client, alice: Person) -> httpx.Client:
    """Alice's browser after one session that found and fixed a bug."""
    alice.push(*told(STORIES["refund"], "refund"))
    return sign_in(http, alice.user)


def injected(person: Person, session: str, second: float) -> dict[str, Any]:
    """The event of a context that a session is given now."""
    given = person.http.get("/api/context", params=PLACE, headers={"Accept": "application/json"}).json()
    one = event("session_start", second, session=session, envelope=PLACE)
    data = {"session_id": session, "source": "startup", "tokens": given["tokens"], "items": given["items"]}
    return {**one, "kind": {"type": "ContextInjected", "data": data}}


def edited(path: str, second: float, session: str) -> dict[str, Any]:
    call: dict[str, Any] = {"tool_name": "Edit", "tool_input": {"file_path": f"{HERE}/{path}"}, "tool_response": {}}
    return event("post_tool_use", second, session=session, envelope=PLACE, **call)


def test_the_page_says_why_each_line_is_there_and_what_was_left_out(mine: httpx.Client) -> None:
    text = page(mine, WHERE)
    assert "Why these lines" in text
    assert "<td>What came of the last session</td>" in text
    assert "<td>A file that a session changed</td>" in text
    assert "What was left out" in text
    assert "Repeated edits and reads of a file" in text


def test_the_page_says_what_the_last_sessions_used_of_what_they_were_given(mine: httpx.Client, alice: Person) -> None:
    assert "What sessions used" not in page(mine, WHERE)
    alice.push(event("session_start", LATER, session="next", envelope=PLACE), injected(alice, "next", LATER))
    alice.push(edited("billing/total.py", LATER + 1, "next"), edited("billing/other.py", LATER + 2, "next"))
    text = page(mine, WHERE)
    assert "What sessions used" in text
    assert "1 of " in text
    assert '<li class="is-used"><bdi>billing/total.py</bdi>' in text
    assert "billing/other.py</bdi><span" not in text


@pytest.mark.parametrize("items", ["x", [], [{"id": "o-1"}], [{"id": True}], [7], [{"id": 2**70}]])
def test_a_context_without_numbers_is_no_use(mine: httpx.Client, alice: Person, items: Any) -> None:
    one = injected(alice, "next", LATER)
    one["kind"]["data"]["items"] = items
    alice.push(event("session_start", LATER, session="next", envelope=PLACE), one)
    assert "What sessions used" not in page(mine, WHERE)


def test_captured_words_stay_words(http: httpx.Client, alice: Person) -> None:
    alice.push(edited(f"{MARKUP}.py", 0, "s1"), edited("a.py", 1, "s1"))
    alice.push(event("session_start", LATER, session="next", envelope=PLACE), injected(alice, "next", LATER))
    text = source(sign_in(http, alice.user), WHERE)
    assert MARKUP not in text
    assert "What sessions used" in text
