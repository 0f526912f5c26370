"""Whether this code can serve the database's schema, whichever of the two is newer.

In an upgrade two releases use one schema, and after a rollback the older one uses a newer schema. So migrations that
this code does not know count only by what they did: each column that the code reads must exist, and a new row must need
no value for a column that the code does not know.
"""

from functools import cache

from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

COLUMNS_SQL = {
    "postgresql": """
        SELECT class.relname, attname, attnotnull AND NOT atthasdef AND attidentity = ''
        FROM pg_attribute JOIN pg_class AS class ON class.oid = attrelid
        WHERE class.relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped
        AND class.relnamespace = current_schema()::regnamespace""",
    "sqlite": """
        SELECT "table".name, "column".name, "column"."notnull" AND "column".dflt_value IS NULL AND NOT "column".pk
        FROM sqlite_master AS "table", pragma_table_info("table".name) AS "column" WHERE "table".type = 'table'""",
}


def find_misfits() -> list[str]:
    """Lists what keeps this code from serving this database, in words for an operator. Empty if it can serve."""
    return [*find_unapplied_migrations(), *find_column_misfits()]


def find_unapplied_migrations() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"migration {migration.app_label}.{migration.name} is not applied" for migration, _ in plan]


def find_column_misfits() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS_SQL[connection.vendor])
        must_fill = {(table, column): bool(must) for table, column, must in cursor.fetchall()}
    known = _list_known_columns()
    tables = {table for table, _ in known}
    missing = (f"column {table}.{column} is missing" for table, column in known - must_fill.keys())
    unknown = (
        f"column {table}.{column} is unknown and must be filled"
        for (table, column), must in must_fill.items()
        if must and table in tables and (table, column) not in known
    )
    return sorted([*missing, *unknown])


@cache
def _list_known_columns() -> frozenset[tuple[str, str]]:
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return frozenset(
        (model._meta.db_table, field.column)
        for model in models
        for field in model._meta.local_concrete_fields
        if field.column
    )
