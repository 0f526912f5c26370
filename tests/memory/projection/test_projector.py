"""Whatever events arrive in whatever order, the derived rows equal those of a rebuild from the log."""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.lifecycle import account_deletion
from events.isolation.row_security import acting_for
from memory import tasks
from memory.models import Observation, ProjectionState, Session, SessionPreference, Summary
from memory.preferences import preference_changes
from memory.projection import projector
from memory.sessions import session_queries
from memory.sessions.session_queries import SessionQuery
from tests import forking
from tests.examples import at_most
from tests.memory.make import changed_and_committed, choose_all, event, one_of_each, usage
from tests.memory.rows import chosen_rows, derive_afresh, derived_rows
from tests.people import People, Person, make_user
from tests.server import wait_for

THROUGH_THE_DOOR = at_most(40)
AGENT = {"agent_id": "a1", "agent_type": "Explore"}


def rebuild(user_id: UUID) -> dict[str, list[Any]]:
    projector.reset_projection(user_id)
    projector.catch_up(user_id)
    return derived_rows(user_id)


class Killed(Exception):
    """Simulates the end of a process between two batches."""


def catch_up_killed(user_id: UUID, *, at_once: int) -> None:
    def die(cursor: int) -> None:
        raise Killed

    with suppress(Killed):
        projector.catch_up(user_id, batch_size=at_once, on_progress=die)


def make(kind: str, second: int, session: str, number: int) -> dict[str, Any]:
    use: dict[str, Any] = {"tool_use_id": f"t{number % 4}"}
    use |= {"tool_input": {"command": f"make test{number % 2}", "file_path": f"/home/ada/engine/f{number % 3}.py"}}
    use |= {"tool_name": ("Bash", "Bash", "Edit", "Read", "TodoWrite")[number % 5]}
    said = {
        "last_assistant_message": f"Did {number}.",
        "compact_summary": f"All {number}",
        "task_subject": f"T{number}",
    }
    said |= {"prompt": f"Do {number}", "source": "startup", "reason": "other", "trigger": "auto", "error": "no"}
    made = {
        "usage": lambda: usage(f"m{number % 3}", second, session=session, output_tokens=number, model=f"opus-{number}"),
        "nothing": lambda: event("stop", second, session="not a session"),
        "in_agent": lambda: event("pre_tool_use", second, session=session, **use, **AGENT),
        "subagent_start": lambda: event("subagent_start", second, session=session, **AGENT),
        "subagent_stop": lambda: event("subagent_stop", second, session=session, **AGENT),
        "notification": lambda: event(kind, second, session=session, notification_type="permission_prompt"),
    }
    return made.get(kind, lambda: event(kind, second, session=session, **use, **said))() | {
        "id": str(UUID(int=number + 1))
    }


TOOLS = ("pre_tool_use", "pre_tool_use", "post_tool_use", "post_tool_failure", "in_agent")
TURNS = ("session_start", "prompt_submit", "prompt_submit", "stop", "stop_failure", "session_end", "notification")
OTHERS = (
    "usage",
    "usage",
    "nothing",
    "subagent_start",
    "subagent_stop",
    "pre_compact",
    "post_compact",
    "task_completed",
)
KINDS = st.sampled_from([*TOOLS, *TURNS, *OTHERS])
# Kind, second and session of an event. Its place in the list is its order of arrival and determines its id.
EVENTS = st.lists(st.tuples(KINDS, st.integers(0, 12), st.sampled_from(["s1", "s2"])), min_size=1, max_size=24)
# After how many events another act happens: catch up in batches of this size, be killed, send again, delete.
ACTS = st.lists(st.tuples(st.integers(0, 24), st.sampled_from(["read", "kill", "again", "delete"]), st.integers(1, 5)))


@pytest.mark.slow
@THROUGH_THE_DOOR
@given(EVENTS, ACTS)
def test_bit_by_bit_is_as_all_at_once(
    people: People, told: list[tuple[str, int, str]], acts: list[tuple[int, str, int]]
) -> None:
    alice = people()
    http = people.client({"Authorization": f"Bearer {alice.access_token()}"})
    made = [make(kind, second, session, number) for number, (kind, second, session) in enumerate(told)]
    does: dict[str, Callable[[int, int], object]] = {
        "read": lambda at, n: projector.catch_up(alice.id, batch_size=n),
        "kill": lambda at, n: catch_up_killed(alice.id, at_once=n),
        "again": lambda at, n: alice.push(*made[: at + 1]),
        "delete": lambda at, n: delete(http, [one["id"] for one in made[: at + 1 : n]]),
    }
    for at, one in enumerate(made):
        alice.push(one)
        for _, act, n in [act for act in acts if act[0] == at]:
            does[act](at, n)
    projector.catch_up(alice.id, batch_size=3)
    assert derived_rows(alice.id) == rebuild(alice.id) == derive_afresh(alice.id)
    with acting_for(alice.id):
        assert not Session.objects.for_user(alice.id).filter(needs_rebuild=True).exists()


def delete(http: httpx.Client, ids: list[str]) -> None:
    assert http.request("DELETE", "/api/events", json={"ids": ids}).status_code == 200


@pytest.mark.slow
@THROUGH_THE_DOOR
@given(EVENTS, st.randoms(use_true_random=False))
def test_the_order_in_which_events_come_makes_no_difference(
    people: People, told: list[tuple[str, int, str]], dice: Any
) -> None:
    """This does not hold for events of the same instant: their order is unknown."""
    apart = [(kind, number, session) for number, (kind, _, session) in enumerate(told)]
    made = [make(kind, second, session, number) for number, (kind, second, session) in enumerate(apart)]
    shuffled = dice.sample(made, len(made))
    seen = []
    for order in (made, shuffled):
        person = people()
        for one in order:
            person.push(one)
            projector.catch_up(person.id)
        seen.append(
            [_without_numbers(shown) for shown in session_queries.list_sessions(person.id, SessionQuery(limit=9))]
        )
    assert seen[0] == seen[1]


def _without_numbers(seen: session_queries.SessionInfo) -> dict[str, Any]:
    columns = {field.attname: getattr(seen.row, field.attname) for field in Session._meta.concrete_fields}
    return {name: value for name, value in columns.items() if name not in ("user_id", "fold_state")}


def titles(user_id: UUID) -> list[Any]:
    with acting_for(user_id):
        seen = (
            Observation.objects.for_user(user_id)
            .order_by("at_us")
            .values_list("session_id", "type", "title", "outcome")
        )
        told = (
            Summary.objects.for_user(user_id)
            .order_by("at_us")
            .values_list("request", "completed", "learned", "closing")
        )
        return [list(seen), list(told)]


@pytest.fixture
def busy(alice: Person) -> Person:
    """Alice with two thousand events in three sessions."""
    for start in range(0, 2_000, 1_000):
        alice.push(*[make("post_tool_use", n, f"s{n % 3}", n) for n in range(start, start + 1_000)])
    return alice


def test_a_rebuild_that_was_killed_is_done_by_the_next(busy: Person) -> None:
    projector.catch_up(busy.id)
    before = derived_rows(busy.id)
    later = forking.settled(os.environ).run(
        ["manage.py", "rebuild_memory", "--later", "--user", str(busy.id)], os.environ
    )
    assert later.returncode == 0, later.stderr
    assert busy.id in tasks.find_users_behind()
    command = ["manage.py", "rebuild_memory", "--user", busy.user.email]
    killed = forking.settled(os.environ).start(command, os.environ)
    wait_for(lambda: 0 < ProjectionState.objects.get(user_id=busy.id).cursor < 2_000, what="the middle of the rebuild")
    killed.kill()
    killed.communicate()
    ran = forking.settled(os.environ).run(command, os.environ)
    assert ran.returncode == 0, ran.stderr
    assert "100%" in ran.stdout
    assert derived_rows(busy.id) == before
    assert {row[1] for row in before["SessionEvent"]} == set(range(1, 2_001))


def test_two_that_read_at_once_read_everything_once(busy: Person) -> None:
    command = ["manage.py", "rebuild_memory", "--user", str(busy.id)]
    both = [forking.settled(os.environ).start(command, os.environ) for _ in range(2)]
    for process in both:
        process.communicate(60)
    assert [process.returncode for process in both] == [0, 0]
    assert derived_rows(busy.id) == derive_afresh(busy.id)
    with acting_for(busy.id):
        assert sum(Session.objects.for_user(busy.id).values_list("tools", flat=True)) > 0
        assert len(derived_rows(busy.id)["SessionEvent"]) == 2_000


@pytest.mark.usefixtures("database")
def test_a_rebuild_for_nobody_is_refused() -> None:
    for name in ("nobody@example.com", "00000000-0000-0000-0000-000000000000"):
        ran = forking.settled(os.environ).run(["manage.py", "rebuild_memory", "--user", name], os.environ)
        assert ran.returncode == 1
        assert f"There is no user {name}." in ran.stderr


def test_a_reader_with_no_time_gets_what_is_there(busy: Person) -> None:
    assert projector.catch_up(busy.id, seconds=0) is False
    assert session_queries.list_sessions(busy.id, SessionQuery(limit=9))
    assert projector.catch_up(busy.id) is True


def test_the_clock_reads_on_for_whoever_is_behind(alice: Person, bob: Person) -> None:
    alice.push(event("prompt_submit", prompt="Hello"))
    assert alice.id in tasks.find_users_behind()
    assert bob.id not in tasks.find_users_behind()
    # One run of the task has thirty seconds for all users, and it first reads the logs of all other tests.
    while alice.id in tasks.find_users_behind():
        tasks.project_new_events()
    assert "Hello" in derived_rows(alice.id)["Prompt"][0]


def test_other_rules_make_everything_anew(alice: Person) -> None:
    alice.push(event("prompt_submit", prompt="Hello"))
    projector.catch_up(alice.id)
    before = derived_rows(alice.id)
    ProjectionState.objects.filter(user_id=alice.id).update(rules_version=0)
    with acting_for(alice.id):
        Session.objects.for_user(alice.id).update(title="as older rules had it")
    assert alice.id in tasks.find_users_behind()
    projector.catch_up(alice.id)
    assert derived_rows(alice.id) == before


def test_what_a_user_chose_outlives_a_rebuild_and_not_the_events(alice: Person) -> None:
    told = event("prompt_submit", prompt="Hello"), event("prompt_submit", prompt="Other", session="s2")
    alice.push(*told)
    preference_changes.set_session_preference(alice.id, "s1", title=" My   own\ntitle", starred=True)
    preference_changes.set_session_preference(alice.id, "s2", title="Another")
    rebuild(alice.id)
    seen = session_queries.find_session(alice.id, "s1")
    assert seen
    assert (seen.title, seen.starred) == ("My own", True)
    preference_changes.set_session_preference(alice.id, "s1", title="")
    seen = session_queries.find_session(alice.id, "s1")
    assert seen
    assert (seen.title, seen.starred) == ("Hello", True)
    http = People(str(alice.http.base_url)).client({"Authorization": f"Bearer {alice.access_token()}"})
    delete(http, [told[0]["id"]])
    projector.catch_up(alice.id)
    assert chosen(alice.id) == ["s2"]
    delete(http, [told[1]["id"]])
    rebuild(alice.id)
    assert chosen(alice.id) == []
    http.close()


def chosen(user_id: UUID) -> list[str]:
    with acting_for(user_id):
        return list(SessionPreference.objects.for_user(user_id).values_list("session_id", flat=True))


def test_all_of_it_goes_with_the_account(alice: Person) -> None:
    alice.push(*one_of_each(), *changed_and_committed())
    projector.catch_up(alice.id)
    choose_all(alice.id)
    assert all(derived_rows(alice.id).values())
    assert all(chosen_rows(alice.id).values())
    account_deletion.delete_account(alice.id)
    assert not any(derived_rows(alice.id).values())
    assert not any(chosen_rows(alice.id).values())
    assert projector.catch_up(alice.id) is True
    assert not any(derived_rows(alice.id).values())


@pytest.mark.usefixtures("database")
def test_nothing_is_derived_for_whom_there_is_no_log() -> None:
    user = make_user()
    assert projector.catch_up(user.id) is True
    assert not ProjectionState.objects.filter(user_id=user.id).exists()


def test_what_was_chosen_goes_with_what_it_was_chosen_for(alice: Person) -> None:
    told = one_of_each()
    alice.push(*told, event("prompt_submit", prompt="Other", session="s2", envelope={"project": "/other"}))
    projector.catch_up(alice.id)
    choose_all(alice.id)
    rebuild(alice.id)
    before = chosen_rows(alice.id)
    assert all(before.values())
    http = People(str(alice.http.base_url)).client({"Authorization": f"Bearer {alice.access_token()}"})
    delete(http, [told[1]["id"]])
    projector.catch_up(alice.id)
    assert {name for name, rows in chosen_rows(alice.id).items() if rows != before[name]} == {
        "Annotation",
        "LlmSummary",
    }
    delete(http, [one["id"] for one in told])
    # Also if the projection starts over in between.
    projector.reset_projection(alice.id)
    projector.catch_up(alice.id)
    assert {name for name, rows in chosen_rows(alice.id).items() if rows} == {
        "MemoryPreference",
        "OwnPrice",
        "LlmConfig",
        "NotificationRules",
        "NotificationChannel",
        "Notice",
        "NoticeDelivery",
    }
    http.close()


def test_whoever_derives_by_what_held_before_writes_nothing(alice: Person) -> None:
    """Between read and write, the user excludes a tool and the projection starts over."""
    alice.push(*one_of_each())
    projector.catch_up(alice.id)
    before = projector.reset_projection(alice.id)
    preference_changes.set_excluded_tools(alice.id, ["Read"])
    after = projector.reset_projection(alice.id)
    assert before.cursor == after.cursor
    rows = derived_rows(alice.id)
    projector.project_batch(before, 10)
    assert derived_rows(alice.id) == rows
    assert rows["Observation"]
    projector.catch_up(alice.id)
    assert derived_rows(alice.id)["Observation"] == []
