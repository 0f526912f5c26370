"""What each database does for a backup, and the shapes that travel."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from backups.age_encryption import ByteReader
from backups.manifest import TableDigest

TableDigests = dict[str, TableDigest]
DatabaseSettings = dict[str, Any]  # as one of Django's DATABASES: ENGINE, NAME, USER, PASSWORD, HOST, PORT, OPTIONS


class Dump(Protocol):
    """One consistent point of the database, as a stream. `server_version` is the version of what made it."""

    @property
    def stream(self) -> ByteReader: ...

    @property
    def server_version(self) -> str: ...

    def finish(self) -> TableDigests:
        """Call it when the stream is read to its end. Raises BackupError unless it holds every row of that point."""


class Engine(Protocol):
    name: str

    def open_dump(self, database: DatabaseSettings, folder: Path) -> AbstractContextManager[Dump]:
        """`folder` is for what must stand on disk meanwhile. Raises BackupError."""

    def restore(self, dump: Path, database: DatabaseSettings, expected: TableDigests, *, force: bool) -> None:
        """In one transaction. Raises BackupError; the target is as before, unless it was empty or `force` is given."""

    def digest_tables(self, database: DatabaseSettings) -> TableDigests:
        """What stands in a restored database, for its owner."""

    def scratch_database(
        self, server: DatabaseSettings | None, folder: Path
    ) -> AbstractContextManager[DatabaseSettings]:
        """An empty database that is gone afterwards. `server` is where a database may be made."""


def list_differing(expected: TableDigests, found: TableDigests) -> list[str]:
    """The tables that are not the same, by name."""
    return sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
