"""Runs the statements that each batch of the projection needs.

Django's query builder took longer than the rules for a batch of a few events. On PostgreSQL a connection prepares these
statements once: planning them took longer than running them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from psycopg import Cursor

Row = tuple[Any, ...]


def fetch(query: str, parameters: Sequence[Any]) -> list[Row]:
    """Runs a statement with the placeholder `%s`, and returns its rows."""
    with _open_cursor() as cursor:
        return list(_run(cursor, query, parameters).fetchall())


def execute(query: str, parameters: Sequence[Any]) -> None:
    """Runs a statement that returns no rows. Within `pipeline` it does not wait for the database."""
    with _open_cursor() as cursor:
        _run(cursor, query, parameters)


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
