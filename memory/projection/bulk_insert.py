"""Inserts many rows at once, on each database. It bypasses the models: they took longer than the rules themselves."""

from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection, models
from psycopg import Cursor

from events.store.pg_arrays import BooleanArray, Int64Array, NullableInt64Array, PgArray, TextArray, UuidArray
from memory.models import SearchDocument
from memory.values.compressed_fields import CompressedTextField, SessionIdField

# Rows with the owner of each.
OwnedRows = Sequence[tuple[UUID, Any]]


def insert_rows(model: type[models.Model], rows: OwnedRows, *, on_conflict: str = "") -> None:
    """Inserts rows of one or several users; each row has the model's columns as attributes.

    Call it within a transaction. `on_conflict` is a clause of SQL for rows that exist.
    """
    if rows:
        INSERT_BY_VENDOR[connection.vendor](model, rows, on_conflict)


@cache
def _insert_fields(model: type[models.Model]) -> list[Any]:
    """Lists the model's fields without the user and without an automatic id."""
    fields = model._meta.concrete_fields
    return [field for field in fields if field.attname != "user_id" and not isinstance(field, models.AutoField)]


@cache
def _row_getter(model: type[models.Model]) -> Callable[[Any], tuple[Any, ...]]:
    names = [field.attname for field in _insert_fields(model)]
    getter: Callable[[Any], Any] = attrgetter(*names)
    return getter if len(names) > 1 else lambda row: (getter(row),)


def _insert_into_postgresql(model: type[models.Model], rows: OwnedRows, on_conflict: str) -> None:
    """Inserts rows with one statement; each parameter is the array of a column."""
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        # Binary parameters, as for inserts into the log.
        cursor.execute(_insert_query(model, on_conflict), make_arrays(model, rows))


def make_arrays(model: type[models.Model], rows: OwnedRows) -> list[PgArray]:
    """Makes an array of each column, the owner first."""
    columns = zip(*(_row_getter(model)(row) for _, row in rows), strict=True)
    arrays = [_array_type(field)(values) for field, values in zip(_insert_fields(model), columns, strict=True)]
    return [UuidArray([user_id for user_id, _ in rows]), *arrays]


@cache
def _insert_query(model: type[models.Model], on_conflict: str) -> bytes:
    return f"{make_insert_query(model)} {on_conflict}".encode()


@cache
def make_insert_query(model: type[models.Model]) -> str:
    """Makes the statement that inserts the arrays of `make_arrays`, on PostgreSQL."""
    fields = _insert_fields(model)
    names, placeholders = ", ".join(field.column for field in fields), ", ".join(["%b"] * (len(fields) + 1))
    return f"INSERT INTO {model._meta.db_table} (user_id, {names}) SELECT * FROM unnest({placeholders})"


def _array_type(field: Any) -> Callable[[Any], PgArray]:
    kind = field.get_internal_type()
    return NullableInt64Array if field.null else ARRAY_TYPES[kind]


ARRAY_TYPES: dict[str, Callable[[Any], PgArray]] = {
    **dict.fromkeys(("CharField", "TextField"), TextArray),
    **dict.fromkeys(("SmallIntegerField", "IntegerField", "BigIntegerField"), Int64Array),
    "BooleanField": BooleanArray,
    "UUIDField": UuidArray,
}


def _insert_into_sqlite(model: type[models.Model], rows: OwnedRows, on_conflict: str) -> None:
    columns = _insert_fields(model)
    names, placeholders = ", ".join(field.column for field in columns), ", ".join(["%s"] * len(columns))
    query = f"INSERT INTO {model._meta.db_table} (user_id, {names}) VALUES (%s, {placeholders}) {on_conflict}"
    values = zip(*(_row_getter(model)(row) for _, row in rows), strict=True)
    encoded_rows = zip(*map(_encode_column, columns, values), strict=True)
    with connection.cursor() as cursor:
        cursor.executemany(query, [(user_id, *row) for (user_id, _), row in zip(rows, encoded_rows, strict=True)])


def _encode_column(field: Any, values: Sequence[Any]) -> Sequence[Any]:
    """Converts the values of a column to their form in SQLite."""
    if not isinstance(field, SessionIdField | CompressedTextField):
        return values
    return [field.get_db_prep_value(value, connection, prepared=True) for value in values]


INSERT_BY_VENDOR = {"postgresql": _insert_into_postgresql, "sqlite": _insert_into_sqlite}


_DOCUMENT_COLUMNS = "user_id, seq, at_us, session_id, project_key, repo_key"
# Each word in the index starts with its user (`USER_PREFIX_CHARS`): a search reads only the words of its user.
_TERMS = "array_to_tsvector(string_to_array(ltrim(replace(' ' || terms, ' ', ' ' || left(user_id::text, 8))), ' '))"


def insert_documents(documents: OwnedRows) -> None:
    """Inserts new search documents of one or several users. Call it within a transaction.

    On PostgreSQL also their words, in a table that the search index covers: see `memory.search.document_index`.
    """
    if connection.vendor != "postgresql":
        insert_rows(SearchDocument, documents)
    elif documents:
        with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
            cursor.execute(_document_query(), make_arrays(SearchDocument, documents))


@cache
def _document_query() -> bytes:
    """Makes the statement that inserts documents and their words."""
    return f"""
WITH added AS ({make_insert_query(SearchDocument)} RETURNING id, {_DOCUMENT_COLUMNS}, terms)
INSERT INTO memory_terms (document_id, {_DOCUMENT_COLUMNS}, terms)
SELECT id, {_DOCUMENT_COLUMNS}, {_TERMS} FROM added""".encode()
