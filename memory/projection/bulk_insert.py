"""How rows get into each database, many at once: past the models, which took longer than deriving what is in them."""

from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection, models
from psycopg import Cursor

from events.store.pg_arrays import Array, Booleans, Integers, Nullable, Texts, UUIDs
from memory.values.compressed_fields import SessionName, Text


def insert(user_id: UUID, model: type[models.Model], rows: Sequence[Any]) -> None:
    """Writes these rows for a user; the attributes of each are the model's columns. Within a transaction."""
    if rows:
        VENDORS[connection.vendor](user_id, model, rows)


@cache
def _columns(model: type[models.Model]) -> list[Any]:
    """But for the user, and a number that the database gives by itself."""
    fields = model._meta.concrete_fields
    return [field for field in fields if field.attname != "user_id" and not isinstance(field, models.AutoField)]


@cache
def _values(model: type[models.Model]) -> Callable[[Any], tuple[Any, ...]]:
    getter: Callable[[Any], tuple[Any, ...]] = attrgetter(*(field.attname for field in _columns(model)))
    return getter


def _into_postgresql(user_id: UUID, model: type[models.Model], rows: Sequence[Any]) -> None:
    """One statement, of which each parameter is a column."""
    columns = zip(*map(_values(model), rows), strict=True)
    arrays = [_array(field)(values) for field, values in zip(_columns(model), columns, strict=True)]
    names, marks = ", ".join(field.column for field in _columns(model)), ", ".join(["%b"] * len(arrays))
    # Binary parameters, as where the log is written.
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        query = f"INSERT INTO {model._meta.db_table} (user_id, {names}) SELECT %b, * FROM unnest({marks})"
        cursor.execute(query.encode(), [user_id, *arrays])


def _array(field: Any) -> Callable[[Any], Array]:
    kind = field.get_internal_type()
    return Nullable if field.null else ARRAYS[kind]


ARRAYS: dict[str, Callable[[Any], Array]] = {
    **dict.fromkeys(("CharField", "TextField"), Texts),
    **dict.fromkeys(("IntegerField", "BigIntegerField"), Integers),
    "BooleanField": Booleans,
    "UUIDField": UUIDs,
}


def _into_sqlite(user_id: UUID, model: type[models.Model], rows: Sequence[Any]) -> None:
    columns = _columns(model)
    names, marks = ", ".join(field.column for field in columns), ", ".join(["%s"] * len(columns))
    query = f"INSERT INTO {model._meta.db_table} (user_id, {names}) VALUES (%s, {marks})"
    made = zip(*map(_column, columns, zip(*map(_values(model), rows), strict=True)), strict=True)
    with connection.cursor() as cursor:
        cursor.executemany(query, [(user_id, *row) for row in made])


def _column(field: Any, values: Sequence[Any]) -> Sequence[Any]:
    """As SQLite keeps them."""
    if not isinstance(field, SessionName | Text):
        return values
    return [field.get_db_prep_value(value, connection, prepared=True) for value in values]


VENDORS = {"postgresql": _into_postgresql, "sqlite": _into_sqlite}
