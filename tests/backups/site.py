"""A separate Memfog installation to back up: its database, data directory, keys and commands."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import environ
import psycopg
import pyrage

from backups import backup_files, manifest
from backups import restore as restoring
from backups.stores.folder_store import FolderStore
from backups.stores.object_store import ObjectStore
from tests import forking
from tests.databases import copy_sqlite, create_postgresql, create_role, drop_postgresql

SUPERUSER = os.environ.get("MEMFOG_TEST_POSTGRES", "")
ON_POSTGRESQL = bool(SUPERUSER)
BACKUP_ROLE = "memfog_test_backup"


class Site:
    """A Memfog installation. Its server and its commands run with `environment`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.store = folder, folder / "data", folder / "store"
        self.data.mkdir(parents=True)
        self.identity, recipients = _keys(folder)
        self.admin = f"{uuid4().hex}@fog.example"
        self.url = self.new_database(self.data / "memfog.sqlite3", migrated=True)
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "PORT")},
            "MEMFOG_DATA": str(self.data),
            "DATABASE_URL": self.url,
            "BACKUP_DATABASE_URL": self.url.replace("memfog_test_owner", BACKUP_ROLE),
            "BACKUP_URL": str(self.store),
            "BACKUP_RECIPIENTS": recipients,
            "ADMINS": self.admin,
        }

    def new_database(self, path: Path | None = None, *, migrated: bool = False) -> str:
        """Creates a database, migrated or empty. Returns its URL for the role that owns it."""
        if ON_POSTGRESQL:
            self.databases.append(f"memfog_test_site_{uuid4().hex[:12]}")
            return create_postgresql(SUPERUSER, self.databases[-1], migrated=migrated)
        path = path or self.folder / f"{uuid4().hex}.sqlite3"
        if migrated:
            copy_sqlite(path)
        return f"sqlite:////{path}"

    databases: list[str] = []

    def drop(self) -> None:
        for name in self.databases:
            drop_postgresql(SUPERUSER, name)
        self.databases.clear()

    def start(self, *command: str, **environment: str) -> forking.Forked:
        given = {**self.environment, **environment}
        return forking.settled(given).start(["manage.py", *command], given)

    def run(self, *command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        given = {**self.environment, **environment}
        return forking.settled(given).run(["manage.py", *command], given)

    def ask(self, *command: str, **environment: str) -> dict[str, Any]:
        """Runs a command with `--json`, asserts that it succeeds, and returns its answer."""
        done = self.run(*command, "--json", **environment)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    def refused(self, *command: str, **environment: str) -> str:
        """Runs a command, asserts that it fails, and returns its error output."""
        done = self.run(*command, **environment)
        assert done.returncode == 1, done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr

    def shell(self, code: str, **environment: str) -> str:
        done = self.run("shell", "-v0", "-c", code, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def restore(self, name: str, into: str, *more: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return self.run("backup_restore", name, "--into", into, "--identity", str(self.identity), *more, **environment)

    def back_up(self) -> str:
        """Makes a backup and returns its name. Starts no command and writes no row of a run."""
        with TemporaryDirectory() as folder:
            made = backup_files.make_backup(
                FolderStore(self.store),
                environ.Env.db_url_config(self.environment["BACKUP_DATABASE_URL"]),
                self.environment["BACKUP_RECIPIENTS"].split(","),
                name=manifest.make_name(datetime.now(UTC), uuid4().hex[:4]),
                version="0",
                folder=Path(folder),
                on_progress=lambda _: None,
            )
        return made.name

    def comes_back(self, name: str, shelf: ObjectStore | None = None) -> bool:
        """Restores a backup into a new database. Starts no command, because a start takes long."""
        with restoring.open_dump(shelf or FolderStore(self.store), name, self.identity) as dump:
            restoring.restore_dump(dump, environ.Env.db_url_config(self.new_database()))
        return True

    def names(self) -> list[str]:
        return backup_files.list_names(FolderStore(self.store))

    def mails(self) -> list[str]:
        return [path.read_text() for path in sorted((self.data / "mail").glob("*"))]

    def forget_runs(self) -> None:
        """Deletes the rows of all backup runs, as if none had started."""
        execute(self.url, "DELETE FROM backups_run")

    def empty_store(self) -> None:
        shutil.rmtree(self.store, ignore_errors=True)


def _keys(folder: Path) -> tuple[Path, str]:
    """Creates the file of the operators' private key. Returns it and the public keys of both recipients."""
    operators, offline = (pyrage.x25519.Identity.generate() for _ in range(2))
    file = folder / "identity"
    file.write_text(f"# public key: {operators.to_public()}\n{operators}\n")
    return file, f"{operators.to_public()},{offline.to_public()}"


def superuser(database: str = "postgres") -> "psycopg.Connection[Any]":
    """Connects as superuser, for whom row-level security does not apply."""
    at = urlsplit(SUPERUSER)
    return psycopg.connect(at._replace(path=f"/{database}").geturl(), autocommit=True)


def make_backup_role() -> None:
    create_role(SUPERUSER, BACKUP_ROLE, "LOGIN BYPASSRLS IN ROLE pg_read_all_data")


def rows(url: str) -> dict[str, list[Any]]:
    """Returns table → all its rows, as sorted texts."""
    names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    if not ON_POSTGRESQL:
        names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_sequence'"
    return {name: sorted(map(repr, query(url, f'SELECT * FROM "{name}"'))) for (name,) in query(url, names)}


def query(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Runs a query as a role that sees every row."""
    if ON_POSTGRESQL:
        with superuser(url.rpartition("/")[2]) as connection:
            return connection.execute(statement.encode()).fetchall()
    with closing(sqlite3.connect(path(url), timeout=240)) as there:
        return there.execute(statement).fetchall()


def execute(url: str, statement: str) -> None:
    if ON_POSTGRESQL:
        with superuser(url.rpartition("/")[2]) as connection:
            connection.execute(statement.encode())
    else:
        with closing(sqlite3.connect(path(url), timeout=240)) as there:
            there.execute(statement)
            there.commit()


def path(url: str) -> Path:
    return Path(re.sub("^sqlite:///", "", url))
