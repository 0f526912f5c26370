"""PostgreSQL: `pg_dump` in its custom format, of one snapshot, beside counts and digests of the same snapshot.

Row-level security binds the application's role, also where it owns the tables. With `--enable-row-security` pg_dump
would then write a dump without events and end well. So it is never told that, the role must be one that no policy
binds, and the rows that stand in the dump are counted and compared with those that stand in the tables.
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

from backups.backup_errors import Trouble
from backups.databases.dump_engine import Database, Tables
from backups.databases.dump_row_counter import Rows
from backups.databases.pg_connection import connected, last, named, program, told
from backups.manifest import Table

# Compressed and encrypted by us. Owners and grants are the target's own.
DUMP = ("--format=custom", "--compress=0", "--no-owner", "--no-privileges")
RESTORE = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind = 'r'"
NAMES = f"SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS}"
# The first half of each row's SHA-256 as two numbers, summed: the order of rows does not matter, and none can hide.
DIGEST = """
SELECT count(*), coalesce(sum(('x' || substr(h, 1, 16))::bit(64)::int8::numeric), 0),
       coalesce(sum(('x' || substr(h, 17, 16))::bit(64)::int8::numeric), 0)
FROM (SELECT encode(sha256(record_send(a_row)), 'hex') AS h FROM {} AS a_row) AS hashed
"""


class Pipe:
    """pg_dump under way. What is read of it goes through pg_restore too, which counts the rows in it."""

    def __init__(self, connection: "psycopg.Connection[Any]", command: list[str]) -> None:
        self._connection = connection
        self.server = _server(connection)
        self.rows = Rows(program("pg_restore"))
        self._dump = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603
        # Counted by the database while pg_dump writes; both read the same snapshot.
        self._tables: Tables = {}
        self._failed: psycopg.Error | None = None
        self._counting = Thread(target=self._count, name="digests")
        self._counting.start()
        self.stream = self

    def read(self, size: int = -1, /) -> bytes:
        assert self._dump.stdout  # noqa: S101  # it is a pipe
        data: bytes = self._dump.stdout.read1(size)  # type: ignore[attr-defined]
        self.rows.take(data)
        return data

    def finish(self) -> Tables:
        said = self._dump.stderr.read().decode(errors="replace") if self._dump.stderr else ""
        if self._dump.wait():
            raise Trouble(f"pg_dump failed. {last(said)}")
        counted = self.rows.counted()
        self._counting.join()
        if self._failed:
            raise Trouble(f"PostgreSQL: {type(self._failed).__name__}.") from self._failed
        if counted != {name: table.rows for name, table in self._tables.items()}:
            raise Trouble("The dump does not hold every row of the database.")
        return self._tables

    def stop(self) -> None:
        self.rows.stop()
        self._dump.kill()
        self._dump.communicate()
        if self._counting.is_alive():
            self._connection.cancel_safe()
        self._counting.join()

    def _count(self) -> None:
        try:
            self._tables = _tables(self._connection)
        except psycopg.Error as error:
            self._failed = error


class Postgresql:
    name = "postgresql"

    @contextmanager
    def dumping(self, database: Database, folder: Path) -> Iterator[Pipe]:
        with told(), connected(database) as connection, named(database, folder) as place:
            # What the policies bind raises from here on, instead of being left out.
            connection.execute("SET row_security = off")
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            _refuse_if_bound(connection)
            (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
            pipe = Pipe(connection, [program("pg_dump"), *DUMP, f"--snapshot={snapshot}", f"--dbname={place}"])
            try:
                yield pipe
            finally:
                pipe.stop()

    def restore(self, dump: Path, database: Database, expected: Tables, *, force: bool) -> None:
        with told(), connected(database) as connection:
            if connection.execute(f"{NAMES} LIMIT 1").fetchone() and not force:
                raise Trouble("The target is not empty. It is left as it is; --force replaces what the backup holds.")
        with named(database, dump.parent) as place:
            replacing = ["--clean", "--if-exists"] if force else []
            command = [program("pg_restore"), *RESTORE, *replacing, f"--dbname={place}", str(dump)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise Trouble(f"pg_restore failed, and the target is what it was. {last(done.stderr)}")

    def tables(self, database: Database) -> Tables:
        with told(), connected(database) as connection:
            connection.execute("BEGIN")
            for table in _bound(connection):
                # Rolled back in the end: the owner looks over the wall, and nobody else is there yet.
                connection.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(table))
            _refuse_if_bound(connection)
            found = _tables(connection)
            connection.execute("ROLLBACK")
            return found

    @contextmanager
    def scratch(self, server: Database | None, folder: Path) -> Iterator[Database]:
        if server is None:
            raise Trouble("This backup is PostgreSQL's: --scratch names a server on which a database may be made.")
        name = f"memfog_rehearsal_{token_hex(4)}"
        with told(), connected(server) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            try:
                yield {**server, "NAME": name}
            finally:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _tables(connection: "psycopg.Connection[Any]") -> Tables:
    found: Tables = {}
    for schema, name in connection.execute(NAMES).fetchall():
        row = connection.execute(sql.SQL(DIGEST).format(sql.Identifier(schema, name))).fetchone()
        rows, high, low = row or (0, 0, 0)
        found[f"{schema}.{name}"] = Table(rows, f"{int(high) % (1 << 64):016x}{int(low) % (1 << 64):016x}")
    return found


def _bound(connection: "psycopg.Connection[Any]") -> list[sql.Identifier]:
    bound = connection.execute(f"{NAMES} AND row_security_active(c.oid)").fetchall()
    return [sql.Identifier(schema, name) for schema, name in bound]


def _refuse_if_bound(connection: "psycopg.Connection[Any]") -> None:
    if _bound(connection):
        raise Trouble(
            "Row-level security hides rows from this role: a backup would lack them. "
            "Set BACKUP_DATABASE_URL to a role with BYPASSRLS that may read every table."
        )


def _server(connection: "psycopg.Connection[Any]") -> str:
    return connection.info.parameter_status("server_version") or ""
