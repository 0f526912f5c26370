"""On PostgreSQL the role of the server, which owns no table, may have those counted that grew: see `memory.projection.table_statistics`."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# With the rights of whoever migrated. It counts only tables that changed by a tenth and more, and only those named here,
# whoever calls it how often.
MAKE = """
CREATE FUNCTION memory_count_grown() RETURNS text[] LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    grown regclass;
    counted text[] := '{}';
BEGIN
    FOR grown IN
        SELECT relid::regclass FROM pg_stat_user_tables
        WHERE schemaname = current_schema() AND relname = ANY ('{
            events_event, events_place, memory_session, memory_moment, memory_prompt, memory_observation,
            memory_summary, memory_document, memory_terms, memory_usage, memory_tally
        }') AND n_mod_since_analyze > greatest(1000, n_live_tup / 10)
        ORDER BY relname
    LOOP
        EXECUTE 'ANALYZE ' || grown;
        counted := counted || grown::text;
    END LOOP;
    RETURN counted;
END $$
"""
DROP = "DROP FUNCTION memory_count_grown()"


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(MAKE)


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)


class Migration(migrations.Migration):
    dependencies = [("memory", "0010_search_behind_the_wall"), ("events", "0007_number_before")]
    operations = [migrations.RunPython(make, drop)]
