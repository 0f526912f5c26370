"""SQLite dumps: a copy by `VACUUM INTO`, which is one consistent point while other processes write."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from backups.backup_errors import BackupError
from backups.databases.dump_engine import DatabaseSettings, TableDigests, list_differing
from backups.manifest import TableDigest

BUSY_TIMEOUT_S = 60.0  # waiting for other writers
MODULUS = 1 << 128


class SqliteDump:
    """A dump that is a file on disk while it is read."""

    server_version = sqlite3.sqlite_version

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stream = path.open("rb")

    def finish(self) -> TableDigests:
        return digest_tables(self.path)


class SqliteEngine:
    name = "sqlite"

    @contextmanager
    def open_dump(self, database: DatabaseSettings, folder: Path) -> Iterator[SqliteDump]:
        path = folder / "dump.sqlite3"
        with _translate_errors(), closing(_connect(Path(database["NAME"]))) as source:
            source.execute("VACUUM INTO ?", [str(path)])
        dump = SqliteDump(path)
        try:
            yield dump
        finally:
            dump.stream.close()
            path.unlink()

    def restore(self, dump: Path, database: DatabaseSettings, expected: TableDigests, *, force: bool) -> None:
        if list_differing(expected, digest_tables(dump)):
            raise BackupError("The dump does not match its manifest.")
        with (
            _translate_errors(),
            closing(_connect(dump)) as source,
            closing(sqlite3.connect(database["NAME"], BUSY_TIMEOUT_S)) as target,
        ):
            if _list_tables(target) and not force:
                raise BackupError("The target database is not empty and was not changed. Use --force to replace it.")
            # One step copies all pages, in one transaction.
            source.backup(target)

    def digest_tables(self, database: DatabaseSettings) -> TableDigests:
        return digest_tables(Path(database["NAME"]))

    @contextmanager
    def scratch_database(self, server: DatabaseSettings | None, folder: Path) -> Iterator[DatabaseSettings]:
        yield {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "scratch.sqlite3")}


def digest_tables(path: Path) -> TableDigests:
    """Returns the digests of the tables in a file. Raises BackupError if the file is damaged."""
    with _translate_errors(), closing(_connect(path)) as connection:
        if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise BackupError("The copy of the database is damaged.")
        # Text as bytes, because it need not be UTF-8.
        connection.text_factory = bytes
        return {name: _digest_table(connection, name) for name in _list_tables(connection)}


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", BUSY_TIMEOUT_S, uri=True)


def _list_tables(connection: sqlite3.Connection) -> list[str]:
    query = (
        r"SELECT CAST(name AS BLOB) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'"
    )
    return sorted(name.decode() for (name,) in connection.execute(query))


def _digest_table(connection: sqlite3.Connection, name: str) -> TableDigest:
    rows = total = 0
    for row in connection.execute('SELECT * FROM "{}"'.format(name.replace('"', '""'))):
        digest = hashlib.sha256(b"".join(ENCODERS[type(value)](value) for value in row)).digest()
        total += int.from_bytes(digest[:16], "big")
        rows += 1
    return TableDigest(rows, f"{total % MODULUS:032x}")


# Encodes values so that two different rows never give the same bytes.
ENCODERS: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda value: b"-",
    int: lambda value: b"i%d;" % value,
    float: lambda value: f"f{value.hex()};".encode(),
    bytes: lambda value: b"b%d;%b" % (len(value), value),
}


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        # Only the name of the error, because SQLite quotes values in the text.
        raise BackupError(f"SQLite: {getattr(error, 'sqlite_errorname', type(error).__name__)}.") from error
