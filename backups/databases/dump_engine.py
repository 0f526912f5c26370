"""What each database does for a backup, and the shapes that travel."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from backups.age_encryption import Reader
from backups.manifest import Table

Tables = dict[str, Table]
Database = dict[str, Any]  # as one of Django's DATABASES: ENGINE, NAME, USER, PASSWORD, HOST, PORT, OPTIONS


class Dump(Protocol):
    """One consistent point of the database, as a stream. `server` is the version of what made it."""

    @property
    def stream(self) -> Reader: ...

    @property
    def server(self) -> str: ...

    def finish(self) -> Tables:
        """Call it when the stream is read to its end. Raises Trouble unless it holds every row of that point."""


class Engine(Protocol):
    name: str

    def dumping(self, database: Database, folder: Path) -> AbstractContextManager[Dump]:
        """`folder` is for what must stand on disk meanwhile. Raises Trouble."""

    def restore(self, dump: Path, database: Database, expected: Tables, *, force: bool) -> None:
        """In one transaction. Raises Trouble, and the target is what it was, unless it is empty or `force` is given."""

    def tables(self, database: Database) -> Tables:
        """What stands in a restored database, for its owner."""

    def scratch(self, server: Database | None, folder: Path) -> AbstractContextManager[Database]:
        """An empty database that is gone afterwards. `server` is where a database may be made."""


def differing(expected: Tables, found: Tables) -> list[str]:
    """The tables that are not the same, by name."""
    return sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
