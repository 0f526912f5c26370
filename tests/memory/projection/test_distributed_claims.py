"""Where tables are distributed by user, a worker claims and projects one user a transaction, on one machine."""

import re
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from psycopg.pq import Trace

from events.isolation import distribution
from memory.projection import projector, queue_worker
from memory.projection.user_queue import user_claims
from tests.memory.make import changed_and_committed, one_of_each
from tests.memory.projection.test_queue import cursor_of, is_queued, make_due, push
from tests.memory.rows import derived_rows
from tests.people import Person

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("stopped_worker")]


@pytest.fixture(autouse=True)
def distributed(settings: LazySettings) -> None:
    settings.DATABASE_DISTRIBUTED = True


def read_statements(trace: Path) -> list[str]:
    """The statements of a trace of libpq, on one line each."""
    messages = re.split(r"^[FB]\t\d+\t", trace.read_text(errors="replace"), flags=re.MULTILINE)
    return [" ".join(one.split()) for one in messages if one.startswith(("Parse", "Query"))]


def test_a_claim_is_of_one_user_and_leaves_the_others(alice: Person, bob: Person) -> None:
    push(alice, events=2)
    push(bob, events=2)
    make_due([alice, bob])
    with user_claims.claim(projector.VERSION, users=32, events=500) as claim:
        assert [state.user_id for state in claim.states] == [alice.id]
        assert claim.has_more


def test_each_statement_is_for_one_machine(alice: Person, bob: Person, tmp_path: Path) -> None:
    for person in (alice, bob):
        person.push(*one_of_each(), *changed_and_committed())
    make_due([alice, bob])
    connection.close()
    connection.ensure_connection()
    with (tmp_path / "trace").open("wb") as trace:
        connection.connection.pgconn.trace(trace.fileno())
        connection.connection.pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
        while queue_worker.project_next_users():
            pass
        connection.connection.pgconn.untrace()
    owned = "|".join(table.name for table in distribution.load_tables() if table.is_owned)
    asked = [one for one in read_statements(tmp_path / "trace") if re.search(rf"\b({owned})\b", one)]
    # One statement looks for users on all machines, and locks nothing. The models have a second one for new users.
    elsewhere = [one for one in asked if not re.search(r"user_id\"?\)? = |INSERT INTO \w+ \(\"?user_id", one)]
    assert {one.partition(" ")[2] for one in elsewhere} == {
        one.partition(" ")[2] for one in elsewhere if "LIMIT" in one
    }
    assert not any("FOR UPDATE" in one or "FOR NO KEY" in one for one in elsewhere)
    assert any("SKIP LOCKED" in one for one in asked)
    assert any("memory_terms" in one for one in asked)


def test_the_rows_are_those_of_a_rebuild(alice: Person, bob: Person) -> None:
    for person in (alice, bob):
        person.push(*one_of_each(), *changed_and_committed())
    make_due([alice, bob])
    while queue_worker.project_next_users():
        pass
    for person in (alice, bob):
        assert cursor_of(person.id)
        assert not is_queued(person.id)
        rows = derived_rows(person.id)
        projector.reset_projection(person.id)
        projector.catch_up(person.id)
        assert derived_rows(person.id) == rows
