"""The interface of a database engine for backups, and its types."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from backups.age_encryption import ByteReader
from backups.manifest import TableDigest

TableDigests = dict[str, TableDigest]
DatabaseSettings = dict[str, Any]  # an entry of Django's DATABASES: ENGINE, NAME, USER, PASSWORD, HOST, PORT, OPTIONS


class Dump(Protocol):
    """One consistent point of the database, as a stream. `server_version` is the version of the database."""

    @property
    def stream(self) -> ByteReader: ...

    @property
    def server_version(self) -> str: ...

    def finish(self) -> TableDigests:
        """Returns the digests of the tables. Call it when the stream is read to its end.

        Raises BackupError unless the dump holds every row of its point in time.
        """


class Engine(Protocol):
    name: str

    def open_dump(self, database: DatabaseSettings, folder: Path) -> AbstractContextManager[Dump]:
        """Starts a dump. `folder` is for temporary files. Raises BackupError."""

    def restore(self, dump: Path, database: DatabaseSettings, expected: TableDigests, *, force: bool) -> None:
        """Restores a dump in one transaction. Raises BackupError.

        After an error the target is unchanged, unless it was empty or `force` is given.
        """

    def digest_tables(self, database: DatabaseSettings) -> TableDigests:
        """Returns the digests of the tables of a restored database. The role must own the tables."""

    def scratch_database(
        self, server: DatabaseSettings | None, folder: Path
    ) -> AbstractContextManager[DatabaseSettings]:
        """Creates an empty database and deletes it afterwards. `server` is where a database may be created."""


def list_differing(expected: TableDigests, found: TableDigests) -> list[str]:
    """Lists the names of the tables that differ."""
    return sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
