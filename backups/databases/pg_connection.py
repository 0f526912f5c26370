"""How PostgreSQL is reached: by its own programs, and by a connection that is as patient as a dump is long."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from backups.backup_errors import Trouble
from backups.databases.dump_engine import Database


def _parameters(database: Database) -> dict[str, Any]:
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    given = {ours: database.get(name) for name, ours in names.items()}
    return {name: value for name, value in given.items() if value} | dict(database.get("OPTIONS", {}))


@contextmanager
def connected(database: Database) -> Iterator["psycopg.Connection[Any]"]:
    # A snapshot is held for as long as the dump takes.
    patient = {"options": "-c idle_in_transaction_session_timeout=0 -c statement_timeout=0", "connect_timeout": 10}
    with psycopg.connect(**{**_parameters(database), **patient}, autocommit=True) as connection:
        yield connection


@contextmanager
def named(database: Database, folder: Path) -> Iterator[str]:
    """What pg_dump is to connect to. The password stands in a file: everybody on a machine sees its command lines."""
    given = _parameters(database)
    password = str(given.pop("password", ""))
    if not password:
        yield make_conninfo(**given)
        return
    file = folder / "passfile"
    file.touch(mode=0o600)
    file.write_text("*:*:*:*:" + password.replace("\\", "\\\\").replace(":", "\\:"))
    try:
        yield make_conninfo(**given, passfile=str(file))
    finally:
        file.unlink()


def program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise Trouble(f"{name} is not installed: it comes with PostgreSQL's client programs.")
    return found


def last(said: str) -> str:
    return said.strip().splitlines()[-1] if said.strip() else ""


@contextmanager
def told() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        # Its name and no text: PostgreSQL quotes values.
        raise Trouble(f"PostgreSQL: {type(error).__name__}.") from error
