"""PostgreSQL dumps: `pg_dump` in its custom format, with counts and digests of the same snapshot.

Row-level security binds the application's role, even if it owns the tables. With `--enable-row-security` pg_dump would
write a dump without events and succeed. So that option is never used, no policy may bind the role, and the rows in the
dump are compared with the rows in the tables.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from threading import Thread
from typing import Any

import psycopg
from psycopg import sql

from backups.backup_errors import BackupError
from backups.databases.dump_engine import DatabaseSettings, TableDigests
from backups.databases.dump_row_counter import RowCounter
from backups.databases.pg_connection import connect, conninfo_with_passfile, find_program, last_line, translate_errors
from backups.manifest import TableDigest

# Memfog compresses and encrypts the dump. The target keeps its own owners and grants.
DUMP_OPTIONS = ("--format=custom", "--compress=0", "--no-owner", "--no-privileges")
RESTORE_OPTIONS = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
OUR_TABLES_SQL = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind = 'r'"
TABLE_NAMES_SQL = (
    f"SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OUR_TABLES_SQL}"
)
# The sum of the first halves of all rows' SHA-256, as two numbers: independent of the order, and every row counts.
TABLE_DIGEST_SQL = """
SELECT count(*), coalesce(sum(('x' || substr(h, 1, 16))::bit(64)::int8::numeric), 0),
       coalesce(sum(('x' || substr(h, 17, 16))::bit(64)::int8::numeric), 0)
FROM (SELECT encode(sha256(record_send(a_row)), 'hex') AS h FROM {} AS a_row) AS hashed
"""


class PostgresqlDump:
    """A running pg_dump. Its output also passes through pg_restore, which counts the rows."""

    def __init__(self, connection: "psycopg.Connection[Any]", command: list[str]) -> None:
        self._connection = connection
        self.server_version = _server_version(connection)
        self.row_counter = RowCounter(find_program("pg_restore"))
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603
        # The database digests the tables while pg_dump writes; both read the same snapshot.
        self._tables: TableDigests = {}
        self._error: psycopg.Error | None = None
        self._digest_thread = Thread(target=self._digest_tables, name="digests")
        self._digest_thread.start()
        self.stream = self

    def read(self, size: int = -1, /) -> bytes:
        assert self._process.stdout  # noqa: S101  # it is a pipe
        data: bytes = self._process.stdout.read1(size)  # type: ignore[attr-defined]
        self.row_counter.feed(data)
        return data

    def finish(self) -> TableDigests:
        stderr = self._process.stderr.read().decode(errors="replace") if self._process.stderr else ""
        if self._process.wait():
            raise BackupError(f"pg_dump failed. {last_line(stderr)}")
        row_counts = self.row_counter.wait_for_counts()
        self._digest_thread.join()
        if self._error:
            raise BackupError(f"PostgreSQL: {type(self._error).__name__}.") from self._error
        if row_counts != {name: table.rows for name, table in self._tables.items()}:
            raise BackupError("The dump is missing rows of the database.")
        return self._tables

    def stop(self) -> None:
        self.row_counter.stop()
        self._process.kill()
        self._process.communicate()
        if self._digest_thread.is_alive():
            self._connection.cancel_safe()
        self._digest_thread.join()

    def _digest_tables(self) -> None:
        try:
            self._tables = _digest_tables(self._connection)
        except psycopg.Error as error:
            self._error = error


class PostgresqlEngine:
    name = "postgresql"

    @contextmanager
    def open_dump(self, database: DatabaseSettings, folder: Path) -> Iterator[PostgresqlDump]:
        with translate_errors(), connect(database) as connection, conninfo_with_passfile(database, folder) as conninfo:
            # From this statement on, a query that a policy would filter raises an error instead of omitting rows.
            connection.execute("SET row_security = off")
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            _require_row_access(connection)
            (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
            dump = PostgresqlDump(
                connection, [find_program("pg_dump"), *DUMP_OPTIONS, f"--snapshot={snapshot}", f"--dbname={conninfo}"]
            )
            try:
                yield dump
            finally:
                dump.stop()

    def restore(self, dump: Path, database: DatabaseSettings, expected: TableDigests, *, force: bool) -> None:
        with translate_errors(), connect(database) as connection:
            if connection.execute(f"{TABLE_NAMES_SQL} LIMIT 1").fetchone() and not force:
                raise BackupError(
                    "The target database is not empty and was not changed. "
                    "Use --force to replace the tables of the backup."
                )
        with conninfo_with_passfile(database, dump.parent) as conninfo:
            clean_options = ["--clean", "--if-exists"] if force else []
            command = [find_program("pg_restore"), *RESTORE_OPTIONS, *clean_options, f"--dbname={conninfo}", str(dump)]
            result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if result.returncode:
            raise BackupError(f"pg_restore failed; the target was not changed. {last_line(result.stderr)}")
        with translate_errors(), connect(database) as connection:
            # The planner knows nothing of the new rows, and autovacuum comes a minute later.
            connection.execute("ANALYZE")

    def digest_tables(self, database: DatabaseSettings) -> TableDigests:
        with translate_errors(), connect(database) as connection:
            connection.execute("BEGIN")
            for table in _list_secured_tables(connection):
                # The owner bypasses row-level security until the rollback. No other user has access to this database.
                connection.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(table))
            _require_row_access(connection)
            found = _digest_tables(connection)
            connection.execute("ROLLBACK")
            return found

    @contextmanager
    def scratch_database(self, server: DatabaseSettings | None, folder: Path) -> Iterator[DatabaseSettings]:
        if server is None:
            raise BackupError("This is a PostgreSQL backup. Set --scratch to a server where a database can be created.")
        name = f"memfog_rehearsal_{token_hex(4)}"
        with translate_errors(), connect(server) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            try:
                yield {**server, "NAME": name}
            finally:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _digest_tables(connection: "psycopg.Connection[Any]") -> TableDigests:
    found: TableDigests = {}
    for schema, name in connection.execute(TABLE_NAMES_SQL).fetchall():
        row = connection.execute(sql.SQL(TABLE_DIGEST_SQL).format(sql.Identifier(schema, name))).fetchone()
        rows, high, low = row or (0, 0, 0)
        found[f"{schema}.{name}"] = TableDigest(rows, f"{int(high) % (1 << 64):016x}{int(low) % (1 << 64):016x}")
    return found


def _list_secured_tables(connection: "psycopg.Connection[Any]") -> list[sql.Identifier]:
    rows = connection.execute(f"{TABLE_NAMES_SQL} AND row_security_active(c.oid)").fetchall()
    return [sql.Identifier(schema, name) for schema, name in rows]


def _require_row_access(connection: "psycopg.Connection[Any]") -> None:
    if _list_secured_tables(connection):
        raise BackupError(
            "Row-level security hides rows from this role, so the backup would be incomplete. "
            "Set BACKUP_DATABASE_URL with a role that has BYPASSRLS and can read every table."
        )


def _server_version(connection: "psycopg.Connection[Any]") -> str:
    return connection.info.parameter_status("server_version") or ""
