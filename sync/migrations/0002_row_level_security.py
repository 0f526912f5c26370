"""Row-level security on what stands beside a link, on PostgreSQL, as on the log itself.

The links themselves have none, like the streams: the sweep asks for whom it is time.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLES = ("sync_stretch", "sync_refusal")
RAISE = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON {table} USING (
    user_id = ANY (string_to_array(NULLIF(current_setting('memfog.users', true), ''), ',')::uuid[])
)
"""
LOWER = """
DROP POLICY own_rows ON {table};
ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
ALTER TABLE {table} DISABLE ROW LEVEL SECURITY
"""


def raise_wall(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(schema_editor, RAISE)


def lower_wall(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(schema_editor, LOWER)


def _run(schema_editor: BaseDatabaseSchemaEditor, statement: str) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(statement.format(table=table))


class Migration(migrations.Migration):
    dependencies = [("sync", "0001_initial")]
    operations = [migrations.RunPython(raise_wall, lower_wall)]
