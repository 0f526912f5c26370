"""Which tables can be distributed over several machines by user, and the statements of Citus that do it.

A table of users' data is distributed by its column `user_id`: the rows of a user are on one machine. Tables of accounts
and of Django are small and become reference tables, which each machine has.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from django.db import connection

DISTRIBUTION_COLUMN = "user_id"
FIRST_TABLE = "events_stream"  # the tables of a user's rows are on the same machine as this one
REFERENCE_PREFIXES = ("accounts_", "auth_", "backups_", "django_")
# Tables of search: with the user first in their keys, the planner would not use the index of the words.
USER_LAST_TABLES = frozenset({"memory_searchdocument", "memory_terms"})

_APPENDED_TYPES = "uuid[], bigint[], bigint[], bigint[], bytea[]"
# The function that appends the events of a user runs where the user's rows are, and calls the others there.
FUNCTION_STATEMENTS = (
    f"SELECT create_distributed_function('events_append(uuid[], {_APPENDED_TYPES})');",
    f"SELECT create_distributed_function('events_append_new(uuid[], {_APPENDED_TYPES})');",
    f"SELECT create_distributed_function('events_append_user(uuid, {_APPENDED_TYPES})', 'owner', "
    f"colocate_with => '{FIRST_TABLE}');",
)


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key: its columns here, the table that it names, and the columns there."""

    columns: tuple[str, ...]
    table: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True)
class TableKeys:
    """What decides how a table can be distributed. `keys` are the columns of the primary key and of unique indexes."""

    name: str
    is_owned: bool
    keys: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    triggers: tuple[str, ...] = field(default=())


def list_problems(tables: Sequence[TableKeys]) -> list[str]:
    """Returns a line for each property of a table that prevents the distribution by user."""
    owned = {table.name for table in tables if table.is_owned}
    return [problem for table in tables for problem in _list_table_problems(table, owned)]


def _list_table_problems(table: TableKeys, owned: set[str]) -> Iterator[str]:
    for key in table.foreign_keys:
        if key.table in owned and (not table.is_owned or not _keeps_user(key)):
            yield f"{table.name}: the foreign key ({', '.join(key.columns)}) leads to other users' rows in {key.table}"
    if not table.is_owned:
        return
    for columns in table.keys:
        allowed = (columns[0], columns[-1]) if table.name in USER_LAST_TABLES else columns[:1]
        if DISTRIBUTION_COLUMN not in allowed:
            yield f"{table.name}: the key ({', '.join(columns)}) does not start with {DISTRIBUTION_COLUMN}"
    for trigger in table.triggers:
        yield f"{table.name}: a distributed table can have no trigger {trigger}"


def _keeps_user(key: ForeignKey) -> bool:
    return (DISTRIBUTION_COLUMN, DISTRIBUTION_COLUMN) in zip(key.columns, key.target_columns, strict=True)


def build_statements(tables: Sequence[TableKeys]) -> list[str]:
    """Returns the statements that distribute the tables, in an order that satisfies their foreign keys."""
    reference = [
        f"SELECT create_reference_table('{table.name}');"
        for table in _sort_by_foreign_keys(tables)
        if not table.is_owned
    ]
    owned = [table.name for table in _sort_by_foreign_keys(tables) if table.is_owned and table.name != FIRST_TABLE]
    first = f"SELECT create_distributed_table('{FIRST_TABLE}', '{DISTRIBUTION_COLUMN}');"
    distributed = [
        f"SELECT create_distributed_table('{name}', '{DISTRIBUTION_COLUMN}', colocate_with => '{FIRST_TABLE}');"
        for name in owned
    ]
    return [*reference, first, *distributed, *FUNCTION_STATEMENTS]


def _sort_by_foreign_keys(tables: Iterable[TableKeys]) -> list[TableKeys]:
    """Returns the tables, each after those that its foreign keys name."""
    by_name = {table.name: table for table in sorted(tables, key=lambda table: table.name)}
    sorter = TopologicalSorter(
        {name: [key.table for key in table.foreign_keys if key.table != name] for name, table in by_name.items()}
    )
    return [by_name[name] for name in sorter.static_order()]


_TABLES_SQL = """
SELECT class.relname,
    EXISTS (SELECT FROM pg_attribute WHERE attrelid = class.oid AND attname = %s AND NOT attisdropped),
    ARRAY (
        SELECT ARRAY (
            SELECT attname FROM unnest(index.indkey) WITH ORDINALITY part (attnum, n)
            JOIN pg_attribute USING (attnum) WHERE attrelid = class.oid AND n <= indnkeyatts ORDER BY n
        )::text FROM pg_index index WHERE indrelid = class.oid AND indisunique ORDER BY indexrelid
    ),
    ARRAY (
        SELECT tgname::text FROM pg_trigger WHERE tgrelid = class.oid AND NOT tgisinternal ORDER BY tgname
    )
FROM pg_class class
WHERE class.relkind = 'r' AND class.relnamespace = current_schema()::regnamespace ORDER BY class.relname"""
_FOREIGN_KEYS_SQL = """
SELECT conrelid::regclass::text, confrelid::regclass::text,
    (SELECT array_agg(attname::text ORDER BY n) FROM unnest(conkey) WITH ORDINALITY part (attnum, n)
        JOIN pg_attribute USING (attnum) WHERE attrelid = conrelid),
    (SELECT array_agg(attname::text ORDER BY n) FROM unnest(confkey) WITH ORDINALITY part (attnum, n)
        JOIN pg_attribute USING (attnum) WHERE attrelid = confrelid)
FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY conname"""


def load_tables() -> list[TableKeys]:
    """Loads all tables of this PostgreSQL database from its catalog."""
    with connection.cursor() as cursor:
        cursor.execute(_FOREIGN_KEYS_SQL)
        foreign_keys = [
            (name, ForeignKey(tuple(here), to, tuple(there))) for name, to, here, there in cursor.fetchall()
        ]
        cursor.execute(_TABLES_SQL, [DISTRIBUTION_COLUMN])
        return [
            TableKeys(
                name,
                has_user and not name.startswith(REFERENCE_PREFIXES),
                tuple(tuple(columns[1:-1].split(",")) for columns in keys),
                tuple(key for of, key in foreign_keys if of == name),
                tuple(triggers),
            )
            for name, has_user, keys, triggers in cursor.fetchall()
        ]
