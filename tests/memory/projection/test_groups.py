"""Users who are projected with the same statements get the rows of their own events, and stop nobody by leaving."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from accounts.lifecycle import account_deletion
from memory.projection import projector
from memory.projection.user_queue import user_claims
from tests.memory.make import event, usage
from tests.memory.projection.test_queue import cursor_of, make_due, push
from tests.memory.rows import derive_afresh, derived_rows
from tests.people import People, Person

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("stopped_worker")]

ANSWER = "msg_01AbCdEfGhJkLmNpQrStUvWx"


def work_of(person: Person, number: int) -> list[dict[str, Any]]:
    """Events in the same sessions and of the same answer for each user, whose words and counts differ."""
    tokens: dict[str, Any] = {"model": "claude-opus-4-8", "input_tokens": number}
    changed = {"file_path": f"/home/ada/engine/{person.id}.py", "old_string": "a", "new_string": "b"}
    return [
        event("prompt_submit", 1, session="s1", prompt=f"Do {person.id}"),
        event("post_tool_use", 2, session="s1", tool_name="Edit", tool_use_id="t1", tool_input=changed),
        usage(ANSWER, 3, session="s1", output_tokens=10 + number, **tokens),
        usage(ANSWER, 4, session="s2", output_tokens=10 * number, **tokens),
        event("stop", 5, session="s1"),
    ]


def project_together(group: list[Person]) -> None:
    make_due(group)
    with user_claims.claim(projector.VERSION, users=len(group), events=500) as claim:
        assert {state.user_id for state in claim.states} == {person.id for person in group}
        projector.project_claimed(claim.states)


def test_equal_sessions_and_answers_of_several_users_stay_apart(people: People) -> None:
    group = [people() for _ in range(3)]
    for round_ in (1, 2):  # new sessions, then stored ones
        for number, person in enumerate(group):
            person.push(*work_of(person, number * round_))
        project_together(group)
    for person in group:
        rows = derived_rows(person.id)
        assert f"Do {person.id}" in repr(rows)
        assert not any(str(other.id) in repr(rows) for other in group if other is not person)
        projector.catch_up(person.id)
        assert derived_rows(person.id) == derive_afresh(person.id)


def test_a_user_who_is_deleted_meanwhile_stops_nobody(people: People) -> None:
    gone, *others = group = [people() for _ in range(3)]
    for person in group:
        push(person, events=5)

    def delete() -> None:
        account_deletion.delete_account(gone.id)
        connections.close_all()

    make_due(group)
    with ThreadPoolExecutor(1) as thread:
        with user_claims.claim(projector.VERSION, users=len(group), events=500) as claim:
            deletion = thread.submit(delete)
            projector.project_claimed(claim.states)
        deletion.result(timeout=30)
    assert cursor_of(gone.id) == 0
    assert [cursor_of(person.id) for person in others] == [5, 5]
