"""SQLite keeps UUIDs as sixteen bytes instead of 32 letters, in all tables: see `memfog.sqlite_backend`."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def shorten(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _rewrite(schema_editor, lambda value: UUID(value).bytes if isinstance(value, str) else value)


def lengthen(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _rewrite(schema_editor, lambda value: UUID(bytes=value).hex if isinstance(value, bytes) else value)


def _rewrite(schema_editor: BaseDatabaseSchemaEditor, how: Callable[[Any], Any]) -> None:
    connection = schema_editor.connection
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        connection.connection.create_function("uuid_as_kept", 1, how, deterministic=True)
        for table, columns in list(_columns(cursor)):
            changes = ", ".join(f'"{name}" = uuid_as_kept("{name}")' for name in columns)
            cursor.execute(f'UPDATE "{table}" SET {changes}')


def _columns(cursor: Any) -> Iterator[tuple[str, list[str]]]:
    """The tables with columns that Django made for UUIDs: these alone have this type."""
    cursor.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%char(32)%'")
    for (table,) in cursor.fetchall():
        cursor.execute(f'PRAGMA table_info("{table}")')
        if columns := [row[1] for row in cursor.fetchall() if row[2] == "char(32)"]:
            yield table, columns


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_local_account")]
    operations = [migrations.RunPython(shorten, lengthen)]
