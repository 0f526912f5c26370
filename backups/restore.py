"""Brings a backup back, where a private key is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from backups import age_encryption, backup_files
from backups.age_encryption import Measured, Tell
from backups.backup_errors import Trouble
from backups.databases import engine_registry
from backups.databases.dump_engine import Database, differing
from backups.manifest import Manifest
from backups.stores.object_store import Shelf


@dataclass(frozen=True, slots=True)
class Opened:
    """A dump in the clear, checked, on this machine's disk."""

    manifest: Manifest
    path: Path


@contextmanager
def opened(shelf: Shelf, name: str, identity: Path, *, tell: Tell | None = None) -> Iterator[Opened]:
    """Fetches the sealed dump, compares, opens it, compares. It is gone again afterwards. Raises Trouble."""
    known = backup_files.load(shelf, name)
    with TemporaryDirectory(prefix="memfog-restore-") as folder:
        sealed, plain = Path(folder, "dump.age"), Path(folder, "dump")
        _fetch(shelf, known, sealed, tell)
        with sealed.open("rb") as source, plain.open("xb") as sink:
            found = age_encryption.unseal(source, sink, identity)
        if found != known.plain:
            raise Trouble(f"What the sealed dump of {name} holds is not what was dumped.")
        sealed.unlink()
        yield Opened(known, plain)


def restore(dump: Opened, database: Database, *, force: bool = False) -> None:
    """Into an empty database, in one transaction, and compares row for row. Raises Trouble."""
    engine = engine_registry.of(database)
    if engine.name != dump.manifest.engine:
        raise Trouble(f"This is a backup of {dump.manifest.engine}; the target is {engine.name}.")
    engine.restore(dump.path, database, dump.manifest.tables, force=force)
    found = {
        name: table for name, table in engine.tables(database).items() if not force or name in dump.manifest.tables
    }
    if wrong := differing(dump.manifest.tables, found):
        raise Trouble(f"What was restored is not what was dumped: {', '.join(wrong)}.")


def _fetch(shelf: Shelf, known: Manifest, path: Path, tell: Tell | None) -> None:
    with path.open("xb") as file:
        sink = Measured(file)
        for piece in backup_files.pieces(shelf, known.name, tell):
            sink.write(piece)
    if sink.content != known.sealed:
        raise Trouble(f"The sealed dump of {known.name} is not what was sealed. Nothing was restored.")
