"""Migration operations: row-level security, SQL for one kind of database, and changes of composite keys."""

from collections.abc import Sequence
from functools import partial

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import StateApps
from django.db.models import CompositePrimaryKey

# The rows of the users whom a transaction acts for, see `events.isolation.row_security`.
OWN_ROWS = "user_id = ANY (string_to_array(NULLIF(current_setting('memfog.users', true), ''), ',')::uuid[])"
_ENABLE = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON {table} USING ({own_rows})
"""
_DISABLE = """
DROP POLICY own_rows ON {table};
ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
ALTER TABLE {table} DISABLE ROW LEVEL SECURITY
"""


class RunOnDatabase(migrations.RunPython):
    """Executes statements on one kind of database (`vendor`) only; `reverse` reverts them."""

    def __init__(self, vendor: str, statements: Sequence[str], reverse: Sequence[str] = ()) -> None:
        super().__init__(partial(_execute, vendor, statements), partial(_execute, vendor, reverse))


class EnableRowSecurity(RunOnDatabase):
    """Enables row-level security on tables that have a column `user_id`. Does nothing on SQLite."""

    def __init__(self, *tables: str) -> None:
        enable = [_ENABLE.format(table=table, own_rows=OWN_ROWS) for table in tables]
        super().__init__("postgresql", enable, [_DISABLE.format(table=table) for table in tables])


def rename_key_field(model: str, old: str, new: str, *, table: str) -> Operation:
    """Renames the second column of a composite primary key `("user", old)`, which `RenameField` does not rename."""
    rename = f"ALTER TABLE {table} RENAME COLUMN {{}} TO {{}}"
    key = CompositePrimaryKey("user", new, blank=True, editable=False, primary_key=True, serialize=False)
    return migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RunSQL(rename.format(old, new), rename.format(new, old))],
        state_operations=[migrations.RenameField(model, old, new), migrations.AlterField(model, "pk", key)],
    )


def replace_primary_key(table: str, constraint: str, *, old: str, new: str) -> Operation:
    """Replaces the columns of a primary key on PostgreSQL. Writers wait only briefly, so the migration is not atomic.

    The models do not change: for Django, `id` remains the key, which is unique in practice.
    """
    return RunOnDatabase("postgresql", _swap_key(table, constraint, new), _swap_key(table, constraint, old))


def _swap_key(table: str, constraint: str, columns: str) -> list[str]:
    index = f"{constraint}_new"
    swap = f"DROP CONSTRAINT {constraint}, ADD CONSTRAINT {constraint} PRIMARY KEY USING INDEX {index}"
    return [
        f"DROP INDEX IF EXISTS {index}",  # of an attempt that was interrupted
        f"CREATE UNIQUE INDEX CONCURRENTLY {index} ON {table} ({columns})",
        f"ALTER TABLE {table} {swap}",
    ]


def _execute(vendor: str, statements: Sequence[str], apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == vendor:
        for statement in statements:
            schema_editor.execute(statement)
