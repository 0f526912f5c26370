"""Under other rules the old rows answer until the new ones are there."""

from collections.abc import Iterator
from functools import partial
from uuid import UUID

import httpx
import pytest

from events.isolation.row_security import acting_for
from memory.models import Observation, ProjectionState, Session, SessionEvent
from memory.projection import projector
from tests.dashboard.visitor import sign_in
from tests.memory.make import event, one_of_each
from tests.memory.rows import derive_afresh, derived_rows
from tests.people import Person
from tests.server import wait_for_answer

HERE = "/home/ada/engine"
SESSIONS, STEPS = 120, 8
OLD = "as older rules had it"


@pytest.fixture
def settled(alice: Person) -> Person:
    """Alice with many sessions, one of them long, all of them derived."""
    for first in range(0, SESSIONS, 60):
        alice.push(*[one for number in range(first, first + 60) for one in session(number, STEPS)])
    alice.push(*session(SESSIONS, 600))
    projector.catch_up(alice.id)
    return alice


def session(number: int, steps: int) -> list[dict[str, object]]:
    name, start = f"s{number}", number * 10_000
    edit = {"tool_name": "Edit", "tool_input": {"file_path": f"{HERE}/f{number}.py"}}
    edits = [event("post_tool_use", start + n, session=name, tool_use_id=f"t{n}", **edit) for n in range(1, steps)]
    prompt = event("prompt_submit", start, session=name, prompt=f"Mend the refunds {number}")
    return [prompt, *edits, event("stop", start + steps, session=name, last_assistant_message="Done.")]


def make_old(user_id: UUID, version: int) -> None:
    ProjectionState.objects.filter(user_id=user_id).update(rules_version=version - 1)
    with acting_for(user_id):
        Session.objects.for_user(user_id).update(title=OLD)


def count_old(user_id: UUID) -> int:
    with acting_for(user_id):
        return Session.objects.for_user(user_id).filter(title=OLD).count()


def read_everything(person: Person, browser: httpx.Client) -> Iterator[None]:
    """Reads what a user and their next session are shown, and fails for anything that is not there."""
    for number in (0, SESSIONS // 2, SESSIONS):
        for client, path in ((person.http, f"/api/sessions/s{number}"), (browser, f"/sessions/s{number}")):
            answer = wait_for_answer(partial(client.get, path))
            assert answer.status_code == 200
            assert OLD in answer.text or f"Mend the refunds {number}" in answer.text
            yield
    assert len(person.http.get("/api/sessions", params={"limit": 100}).json()["sessions"]) == 100
    yield
    assert len(person.http.get("/api/search", params={"q": "refunds", "limit": 20}).json()["hits"]) == 20
    yield
    assert "Mend the refunds" in person.http.get("/api/context", params={"project": HERE}).text
    yield
    assert f"/sessions/s{SESSIONS}" in browser.get("/sessions").text
    yield


@pytest.mark.slow
@pytest.mark.parametrize("version", [projector.VERSION, projector.VERSION + 1], ids=["this", "next"])
def test_what_was_known_is_shown_throughout(
    version: int, settled: Person, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With rules that the server does not know yet, too: in an upgrade both releases run."""
    browser, left, is_server_idle = sign_in(http, settled.user), [SESSIONS + 1], version > projector.VERSION

    def read(cursor: int) -> None:
        left.extend(count_old(settled.id) for _ in read_everything(settled, browser))

    make_old(settled.id, version)
    monkeypatch.setattr(projector, "VERSION", version)
    settled.push(event("prompt_submit", 1, session="new", prompt="Another question"))
    while not projector.catch_up(settled.id, seconds=projector.TASK_TIMEOUT_S, on_progress=read):
        pass
    read(0)
    assert left == sorted(left, reverse=True)
    # Under its own rules the server rebuilds, too: the first page may find time for all sessions.
    assert len(set(left)) > (2 if is_server_idle else 1), "the old rows were replaced, and not all at once"
    rows = derived_rows(settled.id)
    assert "Another question" in str(rows["Prompt"])
    assert rows == derive_afresh(settled.id)


def test_a_server_leaves_the_rows_of_the_next_release_alone(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    alice.push(*one_of_each())
    monkeypatch.setattr(projector, "VERSION", projector.VERSION + 1)
    projector.catch_up(alice.id)
    before = derived_rows(alice.id)
    monkeypatch.undo()
    alice.push(event("prompt_submit", 9, prompt="Later"))
    assert projector.catch_up(alice.id) is False
    assert alice.http.get("/api/sessions/s1").json()["title"] == "Hello"
    assert derived_rows(alice.id) == before
    projector.reset_projection(alice.id)  # as `rebuild_memory` does after a rollback
    assert projector.catch_up(alice.id) is True
    assert derived_rows(alice.id) == derive_afresh(alice.id) != before


def test_whatever_rows_there_were_a_rebuild_makes_them_right(alice: Person) -> None:
    alice.push(*one_of_each(), *session(2, 4), *session(3, 4))
    projector.catch_up(alice.id)
    before = derived_rows(alice.id)
    with acting_for(alice.id):
        events = SessionEvent.objects.for_user(alice.id)
        events.filter(seq=1).update(session_id="s3")  # of another session
        events.filter(seq=2).delete()  # of none
        events.filter(seq=3).update(at_us=1)  # at another time
        Session.objects.for_user(alice.id).filter(session_id="s2").delete()
        Session.objects.for_user(alice.id).update(fold_state='{"unknown":1}')
        Observation.objects.for_user(alice.id).update(title="Something else")
    projector.reset_projection(alice.id)
    projector.catch_up(alice.id)
    assert derived_rows(alice.id) == before
