"""SQLite: a copy by `VACUUM INTO`, which is one consistent point while others write."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from backups.backup_errors import Trouble
from backups.databases.dump_engine import Database, Tables, differing
from backups.manifest import Table

WAIT = 60.0  # seconds for whoever writes
MODULUS = 1 << 128


class Copy:
    """A dump that stands on disk while it is read."""

    server = sqlite3.sqlite_version

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stream = path.open("rb")

    def finish(self) -> Tables:
        return tables(self.path)


class Sqlite:
    name = "sqlite"

    @contextmanager
    def dumping(self, database: Database, folder: Path) -> Iterator[Copy]:
        path = folder / "dump.sqlite3"
        with _told(), closing(_open(Path(database["NAME"]))) as source:
            source.execute("VACUUM INTO ?", [str(path)])
        copy = Copy(path)
        try:
            yield copy
        finally:
            copy.stream.close()
            path.unlink()

    def restore(self, dump: Path, database: Database, expected: Tables, *, force: bool) -> None:
        if differing(expected, tables(dump)):
            raise Trouble("The dump does not hold what its manifest says.")
        with _told(), closing(_open(dump)) as source, closing(sqlite3.connect(database["NAME"], WAIT)) as target:
            if _names(target) and not force:
                raise Trouble("The target is not empty. It is left as it is; --force replaces it.")
            # All pages in one step: one transaction.
            source.backup(target)

    def tables(self, database: Database) -> Tables:
        return tables(Path(database["NAME"]))

    @contextmanager
    def scratch(self, server: Database | None, folder: Path) -> Iterator[Database]:
        yield {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "scratch.sqlite3")}


def tables(path: Path) -> Tables:
    """Raises Trouble for a file that is damaged."""
    with _told(), closing(_open(path)) as connection:
        if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise Trouble("The copy of the database is damaged.")
        # Text as it stands: it need not be UTF-8.
        connection.text_factory = bytes
        return {name: _table(connection, name) for name in _names(connection)}


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", WAIT, uri=True)


def _names(connection: sqlite3.Connection) -> list[str]:
    query = (
        r"SELECT CAST(name AS BLOB) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'"
    )
    return sorted(name.decode() for (name,) in connection.execute(query))


def _table(connection: sqlite3.Connection, name: str) -> Table:
    rows = total = 0
    for row in connection.execute('SELECT * FROM "{}"'.format(name.replace('"', '""'))):
        digest = hashlib.sha256(b"".join(PLAIN[type(value)](value) for value in row)).digest()
        total += int.from_bytes(digest[:16], "big")
        rows += 1
    return Table(rows, f"{total % MODULUS:032x}")


# Each value so that no two rows read the same.
PLAIN: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda value: b"-",
    int: lambda value: b"i%d;" % value,
    float: lambda value: f"f{value.hex()};".encode(),
    bytes: lambda value: b"b%d;%b" % (len(value), value),
}


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        # Its name and no text: SQLite quotes values.
        raise Trouble(f"SQLite: {getattr(error, 'sqlite_errorname', type(error).__name__)}.") from error
