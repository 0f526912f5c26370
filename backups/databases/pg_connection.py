"""Connects to PostgreSQL by its own programs, and by a connection whose timeouts allow a long dump."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from backups.backup_errors import BackupError
from backups.databases.dump_engine import DatabaseSettings

# What pgbouncer says of a connection that brings limits along; without them a dump would be cut off.
POOLER_ERROR = "unsupported startup parameter"


def _connection_parameters(database: DatabaseSettings) -> dict[str, Any]:
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    parameters = {parameter: database.get(name) for name, parameter in names.items()}
    return {name: value for name, value in parameters.items() if value} | dict(database.get("OPTIONS", {}))


@contextmanager
def connect(database: DatabaseSettings) -> Iterator["psycopg.Connection[Any]"]:
    # The connection holds a snapshot until the dump ends.
    timeouts = {
        "options": "-c idle_in_transaction_session_timeout=0 -c statement_timeout=0",
        "connect_timeout": 10,
        "application_name": "memfog backup",
    }
    with psycopg.connect(**{**_connection_parameters(database), **timeouts}, autocommit=True) as connection:
        yield connection


@contextmanager
def conninfo_with_passfile(database: DatabaseSettings, folder: Path) -> Iterator[str]:
    """Yields the conninfo for pg_dump.

    The password is in a file, because every user of a machine sees the command lines of its processes.
    """
    parameters = _connection_parameters(database)
    password = str(parameters.pop("password", ""))
    if not password:
        yield make_conninfo(**parameters)
        return
    file = folder / "passfile"
    file.touch(mode=0o600)
    file.write_text("*:*:*:*:" + password.replace("\\", "\\\\").replace(":", "\\:"))
    try:
        yield make_conninfo(**parameters, passfile=str(file))
    finally:
        file.unlink()


def find_program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise BackupError(f"{name} is not installed: it comes with PostgreSQL's client programs.")
    return found


def last_line(output: str) -> str:
    return output.strip().splitlines()[-1] if output.strip() else ""


@contextmanager
def translate_errors() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        if POOLER_ERROR in str(error):
            raise BackupError("A backup needs the address of PostgreSQL itself, not of a pooler.") from error
        # Only the name of the error, because PostgreSQL quotes values in the text.
        raise BackupError(f"PostgreSQL: {type(error).__name__}.") from error
