"""Databases for tests. A migration takes longer than most tests, so one migrated template is made and copied.

Templates stay between runs. Their names hold the digest of the files that decide the result of a migration. SQLite
templates are files in the system's temporary folder, PostgreSQL templates are databases of the test server.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).parent.parent
TEMPLATES = Path(tempfile.gettempdir()) / f"memfog-test-templates-{os.getuid()}"
OWNER, ROLE = "memfog_test_owner", "memfog_test"
PLAIN = "LOGIN NOSUPERUSER NOBYPASSRLS"
PREFIX = "memfog_test_template_"
KEPT = 12  # templates; a new template removes older ones
# Files that decide the result of a migration: the migrations, and modules that they and Django's receivers import.
READ = (
    *(
        "*/migrations/*.py",
        "*/models.py",
        "*/models/*.py",
        "*/*/compressed_fields.py",
        "*/*/migration_operations.py",
        "*/sql/*.sql",
        "memfog/sqlite_backend/*.py",
    ),
    *("memfog/settings.py", "requirements.txt"),
)
# Rights of the application on the tables and sequences that the owner's migrations create.
GRANTS = (
    f"ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {ROLE}",
    f"ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO {ROLE}",
)


def copy_sqlite(to: Path) -> None:
    """Creates a migrated SQLite database at the path `to`."""
    shutil.copyfile(_sqlite_template(), to)


def create_postgresql(superuser: str, name: str, *, migrated: bool = True) -> str:
    """Creates a database, migrated or empty. Returns its URL for the role that owns the tables."""
    if migrated:
        _run(superuser, f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {_postgresql_template(superuser)}")
    else:
        create_role(superuser, OWNER, PLAIN)
        create_role(superuser, ROLE, PLAIN)
        _create_empty(superuser, name)
    return database_url(superuser, OWNER, name)


def _create_empty(superuser: str, name: str) -> None:
    """Creates a database in which the owner's migrations grant the application its rights."""
    _run(superuser, f"CREATE DATABASE {name} OWNER {OWNER}")
    for statement in GRANTS:
        _run(database_url(superuser, OWNER, name), statement)


def drop_postgresql(superuser: str, name: str) -> None:
    _run(superuser, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def create_role(superuser: str, name: str, attributes: str) -> None:
    """Creates a role unless a role of this name exists. Several runs may call this at the same time."""
    with psycopg.connect(superuser, autocommit=True) as connection, _locked_server(connection):
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
            connection.execute(f"CREATE ROLE {name} {attributes}".encode())


def database_url(superuser: str, role: str, database: str) -> str:
    server = urlsplit(superuser)
    return f"postgres://{role}@{server.hostname}:{server.port or 5432}/{database}"


@cache
def _sqlite_template() -> Path:
    TEMPLATES.mkdir(mode=0o700, exist_ok=True)
    template = TEMPLATES / f"{_digest()}.sqlite3"
    with _locked_folder():
        if not template.exists():
            with tempfile.TemporaryDirectory(dir=TEMPLATES) as data:
                _migrate(MEMFOG_DATA=data, DATABASE_URL="")
                (Path(data) / "memfog.sqlite3").rename(template)
            _remove_old_files()
    return template


def _remove_old_files() -> None:
    for path in sorted(TEMPLATES.glob("*.sqlite3"), key=lambda path: -path.stat().st_mtime)[KEPT:]:
        path.unlink()


@cache
def _postgresql_template(superuser: str) -> str:
    create_role(superuser, OWNER, PLAIN)
    create_role(superuser, ROLE, PLAIN)
    name = f"{PREFIX}{_digest()}"
    with psycopg.connect(superuser, autocommit=True) as connection, _locked_server(connection):
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            _make_postgresql_template(superuser, name)
            _remove_old_databases(superuser, connection)
    return name


def _make_postgresql_template(superuser: str, name: str) -> None:
    unfinished = f"memfog_test_unfinished_{_digest()}"
    drop_postgresql(superuser, unfinished)
    _create_empty(superuser, unfinished)
    _migrate(DATABASE_URL=database_url(superuser, OWNER, unfinished))
    _run(superuser, f"ALTER DATABASE {unfinished} RENAME TO {name}")


def _remove_old_databases(superuser: str, connection: "psycopg.Connection[Any]") -> None:
    statement = "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY oid DESC OFFSET %s"
    for (name,) in connection.execute(statement, [f"{PREFIX}%", KEPT]).fetchall():
        drop_postgresql(superuser, name)


def _migrate(**environment: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "REDIS_URL": "", **environment}, check=True)


@cache
def _digest() -> str:
    files = sorted({path for pattern in READ for path in ROOT.glob(pattern)})
    digest = hashlib.sha256(sys.version.encode())
    for path in files:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _locked_folder() -> Iterator[None]:
    with (TEMPLATES / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _locked_server(connection: "psycopg.Connection[Any]") -> Iterator[None]:
    """Holds a lock of the PostgreSQL server until the connection closes."""
    connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [PREFIX])
    yield


def _run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
