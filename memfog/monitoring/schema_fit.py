"""Whether this code can serve the database's schema, whichever of the two is newer.

During a deploy two releases serve one schema, and a release may be rolled back. So it is not the list of migrations
that counts but the tables: every column that the code reads must be there, and every column that it does not know must
be one that it may leave out.
"""

from collections.abc import Iterable
from functools import cache

from django.apps import apps
from django.db import connection

POSTGRESQL_COLUMNS = """
SELECT c.relname, a.attname, a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (current_schemas(false)) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
"""
SQLITE_COLUMNS = """
SELECT m.name, p.name, p."notnull" AND p.dflt_value IS NULL AND NOT p.pk
FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table'
"""

Column = tuple[str, str]  # table, name


def list_misfits() -> list[str]:
    """Lists columns as `table.column` that the code needs and does not find, or that it would have to fill."""
    with connection.cursor() as cursor:
        cursor.execute(POSTGRESQL_COLUMNS if connection.vendor == "postgresql" else SQLITE_COLUMNS)
        return find_misfits(_known_columns(), {(table, name): bool(needed) for table, name, needed in cursor})


def find_misfits(known: Iterable[Column], present: dict[Column, bool]) -> list[str]:
    """Compares columns that the code knows with those of the database: True if an insert must name them."""
    known = set(known)
    tables = {table for table, _ in known}
    missing = known - present.keys()
    unfilled = {
        column for column, is_needed in present.items() if is_needed and column[0] in tables and column not in known
    }
    return sorted(".".join(column) for column in missing | unfilled)


@cache
def _known_columns() -> frozenset[Column]:
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return frozenset(
        (model._meta.db_table, field.column)
        for model in models
        for field in model._meta.local_concrete_fields
        if field.column
    )
