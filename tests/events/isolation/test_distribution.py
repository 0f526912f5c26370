"""The tables can be distributed by user, as a PostgreSQL with Citus demands."""

import os
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from events.isolation import distribution
from events.isolation.distribution import ForeignKey, TableKeys

ACCOUNT = TableKeys("accounts_user", is_owned=False, keys=(("id",),))
STREAM = TableKeys(
    "events_stream",
    is_owned=True,
    keys=(("user_id",),),
    foreign_keys=(ForeignKey(("user_id",), "accounts_user", ("id",)),),
)
TERMS = TableKeys(
    "x_terms",
    is_owned=True,
    keys=(("user_id", "id"),),
    foreign_keys=(ForeignKey(("user_id", "document_id"), "x_document", ("user_id", "id")),),
)
DOCUMENT = TableKeys("x_document", is_owned=True, keys=(("user_id", "id"),))


def _print_statements() -> list[str]:
    output = StringIO()
    call_command("distribute", dry_run=True, stdout=output)
    return output.getvalue().splitlines()


@pytest.mark.postgresql
@pytest.mark.usefixtures("database")
def test_each_table_can_be_distributed_or_is_a_reference_table() -> None:
    tables = distribution.load_tables()
    assert distribution.list_problems(tables) == []
    owned = {table.name for table in tables if table.is_owned}
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relforcerowsecurity")
        isolated = {name for (name,) in cursor.fetchall()}
    assert isolated < owned
    assert {"events_event", "memory_terms"} < isolated


@pytest.mark.postgresql
@pytest.mark.usefixtures("database")
def test_a_table_whose_key_is_a_number_is_refused() -> None:
    with psycopg.connect(os.environ["MEMFOG_TEST_OWNER"], autocommit=True) as owner:
        owner.execute("CREATE TABLE x_numbered (id bigint PRIMARY KEY, user_id uuid NOT NULL)")
        try:
            with pytest.raises(CommandError, match=r"x_numbered: the key \(id\) does not start with user_id"):
                _print_statements()
        finally:
            owner.execute("DROP TABLE x_numbered")


@pytest.mark.postgresql
@pytest.mark.usefixtures("database")
def test_the_command_prints_a_statement_for_each_table() -> None:
    statements = _print_statements()
    for table in distribution.load_tables():
        assert sum(f"table('{table.name}'" in statement for statement in statements) == 1, table.name


def test_the_command_needs_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "vendor", "sqlite")
    with pytest.raises(CommandError, match="Only a PostgreSQL database"):
        _print_statements()


def test_tables_come_after_those_that_their_foreign_keys_name() -> None:
    statements = distribution.build_statements([TERMS, STREAM, DOCUMENT, ACCOUNT])
    assert [statement.split("'")[1] for statement in statements if "_table(" in statement] == [
        *("accounts_user", "events_stream", "x_document", "x_terms")
    ]


@pytest.mark.postgresql
@pytest.mark.usefixtures("database")
def test_the_functions_of_the_statements_exist() -> None:
    functions = [statement.split("'")[1] for statement in _print_statements() if "_function(" in statement]
    assert len(functions) == 3
    with connection.cursor() as cursor:
        for function in functions:
            cursor.execute("SELECT to_regprocedure(%s) IS NOT NULL", [function])
            assert cursor.fetchone() == (True,), function


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (TableKeys("x", True, (("id", "user_id"),)), "x: the key (id, user_id) does not start with user_id"),
        (TableKeys("x", True, (), (ForeignKey(("other",), "x_document", ("id",)),)), "x: the foreign key (other)"),
        (TableKeys("x", False, (), (ForeignKey(("user_id",), "x_document", ("user_id",)),)), "x: the foreign key"),
        (TableKeys("x", True, (), (), ("count_rows",)), "x: a distributed table can have no trigger count_rows"),
    ],
    ids=["user last", "another's row", "reference to owned", "trigger"],
)
def test_what_cannot_be_distributed_is_named(table: TableKeys, problem: str) -> None:
    (found,) = distribution.list_problems([DOCUMENT, TERMS, ACCOUNT, STREAM, table])
    assert found.startswith(problem)
