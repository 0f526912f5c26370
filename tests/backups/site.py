"""A Memfog of its own to back up: a database, a folder of data, the keys, and its commands."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
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
from psycopg import sql

from backups import backup, manifest, restoring
from backups.folder import Folder
from backups.shelf import Shelf
from tests.server import ROOT

ON_POSTGRESQL = "MEMFOG_TEST_POSTGRES" in os.environ
BACKUP_ROLE = "memfog_test_backup"


class Site:
    """`environment` is that of its server and its commands."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.store = folder, folder / "data", folder / "store"
        self.data.mkdir(parents=True)
        self.identity, recipients = _keys(folder)
        self.admin = f"{uuid4().hex}@fog.example"
        self.url = self.new_database(self.data / "memfog.sqlite3")
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "PORT")},
            "MEMFOG_DATA": str(self.data),
            "DATABASE_URL": self.url,
            "BACKUP_DATABASE_URL": self.url.replace("memfog_test_owner", BACKUP_ROLE),
            "BACKUP_URL": str(self.store),
            "BACKUP_RECIPIENTS": recipients,
            "ADMINS": self.admin,
        }

    def new_database(self, path: Path | None = None) -> str:
        """The URL of an empty one, for its owner."""
        if not ON_POSTGRESQL:
            return f"sqlite:////{path or self.folder / f'{uuid4().hex}.sqlite3'}"
        name = f"memfog_test_site_{uuid4().hex[:12]}"
        self.databases.append(name)
        with superuser() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER memfog_test_owner").format(sql.Identifier(name)))
        return f"postgres://memfog_test_owner@{server()}/{name}"

    databases: list[str] = []

    def drop(self) -> None:
        with superuser() as connection:
            for name in self.databases:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        self.databases.clear()

    def start(self, *command: str, **environment: str) -> "subprocess.Popen[str]":
        given = {**self.environment, **environment}
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen([sys.executable, "manage.py", *command], cwd=ROOT, env=given, **pipes)

    def run(self, *command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        process = self.start(*command, **environment)
        said, complained = process.communicate(timeout=60)
        return subprocess.CompletedProcess(command, process.returncode, said, complained)

    def ask(self, *command: str, **environment: str) -> dict[str, Any]:
        """What a command that must go well says with `--json`."""
        done = self.run(*command, "--json", **environment)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    def refused(self, *command: str, **environment: str) -> str:
        """What a command that must fail complains of."""
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
        """A backup and its name, without a command, and without a row about it."""
        with TemporaryDirectory() as folder:
            made = backup.take(
                Folder(self.store),
                environ.Env.db_url_config(self.environment["BACKUP_DATABASE_URL"]),
                self.environment["BACKUP_RECIPIENTS"].split(","),
                name=manifest.new_name(datetime.now(UTC), uuid4().hex[:4]),
                version="0",
                folder=Path(folder),
                tell=lambda _: None,
            )
        return made.name

    def comes_back(self, name: str, shelf: Shelf | None = None) -> bool:
        """Without a command, which takes its time to start."""
        with restoring.opened(shelf or Folder(self.store), name, self.identity) as dump:
            restoring.restore(dump, environ.Env.db_url_config(self.new_database()))
        return True

    def names(self) -> list[str]:
        return backup.names(Folder(self.store))

    def mails(self) -> list[str]:
        return [path.read_text() for path in sorted((self.data / "mail").glob("*"))]

    def forget_runs(self) -> None:
        """As if no backup was ever begun here."""
        execute(self.url, "DELETE FROM backups_run")

    def empty_store(self) -> None:
        shutil.rmtree(self.store, ignore_errors=True)


def _keys(folder: Path) -> tuple[Path, str]:
    """A file with the operators' private key, and the public keys of both."""
    operators, offline = (pyrage.x25519.Identity.generate() for _ in range(2))
    file = folder / "identity"
    file.write_text(f"# public key: {operators.to_public()}\n{operators}\n")
    return file, f"{operators.to_public()},{offline.to_public()}"


def server() -> str:
    at = urlsplit(os.environ["MEMFOG_TEST_POSTGRES"])
    return f"{at.hostname}:{at.port or 5432}"


def superuser(database: str = "postgres") -> "psycopg.Connection[Any]":
    """Looks over every wall."""
    at = urlsplit(os.environ["MEMFOG_TEST_POSTGRES"])
    return psycopg.connect(at._replace(path=f"/{database}").geturl(), autocommit=True)


def make_backup_role() -> None:
    with superuser() as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [BACKUP_ROLE]).fetchone():
            connection.execute(f"CREATE ROLE {BACKUP_ROLE} LOGIN BYPASSRLS")
            connection.execute(f"GRANT pg_read_all_data TO {BACKUP_ROLE}")


def rows(url: str) -> dict[str, list[Any]]:
    """Everything that stands in a database, by table, in an order that says nothing."""
    names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    if not ON_POSTGRESQL:
        names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_sequence'"
    return {name: sorted(map(repr, query(url, f'SELECT * FROM "{name}"'))) for (name,) in query(url, names)}


def query(url: str, statement: str) -> list[tuple[Any, ...]]:
    """As somebody who sees every row."""
    if ON_POSTGRESQL:
        with superuser(url.rpartition("/")[2]) as connection:
            return connection.execute(statement.encode()).fetchall()
    with closing(sqlite3.connect(path(url), timeout=30)) as there:
        return there.execute(statement).fetchall()


def execute(url: str, statement: str) -> None:
    if ON_POSTGRESQL:
        with superuser(url.rpartition("/")[2]) as connection:
            connection.execute(statement.encode())
    else:
        with closing(sqlite3.connect(path(url), timeout=30)) as there:
            there.execute(statement)
            there.commit()


def path(url: str) -> Path:
    return Path(re.sub("^sqlite:///", "", url))
