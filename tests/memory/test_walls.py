"""What is derived is behind the same two walls as the log: managers that ask whose, and row-level security."""

from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection

from events.isolation import acting_for
from events.scoped import Unscoped
from memory import projector
from memory.models import Choice, Document, Recount
from memory.tables import CHOSEN, DERIVED
from tests.memory.make import choose_all, one_of_each
from tests.memory.rows import derived_rows
from tests.people import Person
from tests.server import wait_for

MODELS = (*DERIVED, *CHOSEN)


@pytest.fixture
def both(alice: Person, bob: Person) -> tuple[Person, Person]:
    for person in (alice, bob):
        person.push(*one_of_each())
        projector.catch_up(person.id)
        choose_all(person.id)
        # Some choices have all of it made anew, by whoever comes first.
        wait_for(partial(_is_all_there, person), what="all that is derived")
    return alice, bob


def _is_all_there(person: Person) -> bool:
    projector.catch_up(person.id)
    return all(derived_rows(person.id).values())


@pytest.mark.parametrize("model", MODELS)
def test_a_read_that_names_nobody_raises(model: Any) -> None:
    with pytest.raises(Unscoped):
        list(model.objects.all())


@pytest.mark.postgresql
@pytest.mark.parametrize("model", [model for model in MODELS if model not in (Document, Recount)])
def test_a_query_that_names_nobody_sees_only_the_callers_rows(both: tuple[Person, Person], model: Any) -> None:
    for person in both:
        with acting_for(person.id), connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT user_id::text FROM {model._meta.db_table}")
            assert cursor.fetchall() == [(str(person.id),)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
        assert cursor.fetchone() == (0,)


@pytest.mark.postgresql
def test_a_row_cannot_be_written_for_somebody_else(both: tuple[Person, Person]) -> None:
    alice, bob = both
    with pytest.raises(DatabaseError, match="row-level security"), acting_for(alice.id):
        Choice.objects.create(user_id=bob.id, session_id="s2")


@pytest.mark.postgresql
def test_every_table_that_holds_something_of_a_user_has_the_wall() -> None:
    """`Progress` holds two numbers, and the clock must see everybody's. Of `Document` see `memory.lookup`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'memory_%'")
        tables = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        walled = {name for (name,) in cursor.fetchall()}
    assert tables - walled == {"memory_progress", "memory_document"}
