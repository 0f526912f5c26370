"""Runs the statements that each batch of the projection needs.

Django's query builder took longer than the rules for a batch of a few events. On PostgreSQL a connection prepares these
statements once: planning them took longer than running them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connection
from psycopg import Cursor

from events.store.pg_arrays import PgArray

Row = tuple[Any, ...]


def fetch(query: str, parameters: Sequence[Any]) -> list[Row]:
    """Runs a statement with the placeholder `%s`, and returns its rows."""
    with _open_cursor() as cursor:
        return list(_run(cursor, query, parameters).fetchall())


def fetch_each(*queries: tuple[str, Sequence[Any]]) -> list[list[Row]]:
    """Runs several statements at once, and returns the rows of each. Raises the errors of Django."""
    with pipeline(), ExitStack() as stack:
        cursors = [stack.enter_context(_open_cursor()) for _ in queries]
        for cursor, (query, parameters) in zip(cursors, queries, strict=True):
            _run(cursor, query, parameters)
        return [list(cursor.fetchall()) for cursor in cursors]


def execute(query: str, parameters: Sequence[Any]) -> None:
    """Runs a statement that returns no rows. Within `pipeline` it does not wait for the database."""
    with _open_cursor() as cursor:
        _run(cursor, query, parameters)


def make_values(
    rows: Sequence[Sequence[Any]], kinds: Sequence[Callable[[Sequence[Any]], PgArray]]
) -> tuple[str, list[Any]]:
    """Makes a table of values for a statement, and its parameters: an array of each column, or on SQLite each value.

    With arrays the statement is the same for any number of rows. `kinds` are the types of the columns.
    """
    if connection.vendor == "postgresql":
        columns = zip(*rows, strict=True)
        arrays = [kind(column) for kind, column in zip(kinds, columns, strict=True)]
        return f"SELECT * FROM unnest({', '.join(['%s'] * len(kinds))})", arrays
    row = f"({', '.join(['%s'] * len(kinds))})"
    return f"VALUES {', '.join([row] * len(rows))}", [value for row in rows for value in row]


@contextmanager
def pipeline() -> Iterator[None]:
    """Sends the statements of the block without waiting for the answer of each. Raises the errors of Django."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


@contextmanager
def _open_cursor() -> Iterator[Any]:
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            yield cursor
        return
    connection.ensure_connection()
    # psycopg's own cursor binds parameters on the server; Django's writes them into the text of the statement.
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        yield cursor


def _run(cursor: Any, query: str, parameters: Sequence[Any]) -> Any:
    if isinstance(cursor, Cursor):
        return cursor.execute(query.encode(), parameters, binary=True)
    cursor.execute(query, parameters)
    return cursor
