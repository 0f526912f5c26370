"""Row-level security on PostgreSQL: a query without a user filter returns only rows of the acting user, or none."""

import pytest
from django.db import DatabaseError, connection, transaction

from events.isolation.row_security import acting_for
from events.retention import retention_delete
from tests.events.make import make_event
from tests.people import Person

pytestmark = pytest.mark.postgresql
TABLES = ("events_event", "events_location", "events_removedids")


def seen(table: str) -> set[str]:
    """Returns the ids of the users whose rows a query without any filter returns."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT user_id::text FROM {table}")
        return {user for (user,) in cursor.fetchall()}


@pytest.mark.parametrize("table", TABLES)
def test_a_query_that_names_nobody_sees_only_the_callers_rows(alice: Person, bob: Person, table: str) -> None:
    for person in (alice, bob):
        person.push(make_event(), make_event())
        retention_delete.delete_expired(person.id, [1])
    assert seen(table) == set()
    with acting_for(alice.id):
        assert seen(table) == {str(alice.id)}
    # The setting ends with the transaction, on the same connection.
    assert seen(table) == set()
    with acting_for(bob.id):
        assert seen(table) == {str(bob.id)}


@pytest.mark.parametrize("statement", ["UPDATE events_event SET ts_us = 0", "DELETE FROM events_event"])
def test_a_write_that_names_nobody_reaches_only_the_callers_rows(alice: Person, bob: Person, statement: str) -> None:
    alice.push(make_event(), make_event())
    bob.push(make_event())
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount == 0
    with acting_for(bob.id), connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount == 1
    assert len(alice.walk()) == 2


def test_a_row_cannot_be_written_for_somebody_else(alice: Person, bob: Person) -> None:
    alice.push(make_event())
    insert = (
        "INSERT INTO events_event (user_id, seq, id, location_id, ts_us, received_us) "
        "SELECT %s, seq, id, location_id, ts_us, received_us FROM events_event"
    )
    with pytest.raises(DatabaseError, match="row-level security"), acting_for(alice.id):  # noqa: SIM117
        with connection.cursor() as cursor:
            cursor.execute(insert, [str(bob.id)])
    assert bob.walk() == []


def test_the_suite_runs_as_a_role_that_the_wall_binds() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)
        cursor.execute("SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'events_event'")
        assert cursor.fetchone() == (False,)


def test_a_scope_ends_with_the_transaction_that_failed_too(alice: Person) -> None:
    alice.push(make_event())
    with pytest.raises(RuntimeError), transaction.atomic(), acting_for(alice.id):
        raise RuntimeError
    assert seen("events_event") == set()


def test_after_acting_for_another_in_between_it_is_the_first_one_again(alice: Person, bob: Person) -> None:
    for person in (alice, bob):
        person.push(make_event())
    with acting_for(alice.id):
        with acting_for(bob.id):
            assert seen("events_event") == {str(bob.id)}
        with acting_for(alice.id):
            assert seen("events_event") == {str(alice.id)}
        with pytest.raises(DatabaseError), acting_for(bob.id), connection.cursor() as cursor:
            cursor.execute("SELECT nothing")
        assert seen("events_event") == {str(alice.id)}
