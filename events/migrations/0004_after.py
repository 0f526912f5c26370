"""`events_after` for PostgreSQL: what streams ask all the time, in one round trip, row-level security included."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

AFTER = """
CREATE FUNCTION events_after(whose uuid, place bigint, at_most bigint)
RETURNS TABLE (seq bigint, id uuid, body bytea, received_us bigint) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('memfog.users', whose::text, true);
    RETURN QUERY SELECT e.seq, e.id, e.body, e.received_us FROM events_event e
        WHERE e.user_id = whose AND e.seq > place ORDER BY e.seq LIMIT at_most;
END
$$
"""


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(AFTER)


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION events_after")


class Migration(migrations.Migration):
    dependencies = [("events", "0003_row_level_security")]
    operations = [migrations.RunPython(create, drop)]
