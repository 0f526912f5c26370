"""Restores a backup, on a machine that has a private key."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from backups import age_encryption, backup_files
from backups.age_encryption import ByteProgressCallback, MeasuredStream
from backups.backup_errors import BackupError
from backups.databases import engine_registry
from backups.databases.dump_engine import DatabaseSettings, list_differing
from backups.manifest import Manifest
from backups.stores.object_store import ObjectStore


@dataclass(frozen=True, slots=True)
class DecryptedDump:
    """A decrypted and verified dump on this machine's disk."""

    manifest: Manifest
    path: Path


@contextmanager
def open_dump(
    store: ObjectStore, name: str, identity: Path, *, on_progress: ByteProgressCallback | None = None
) -> Iterator[DecryptedDump]:
    """Fetches the encrypted dump, verifies it, decrypts it and verifies the result.

    The files are deleted afterwards. Raises BackupError.
    """
    manifest = backup_files.load_manifest(store, name)
    with TemporaryDirectory(prefix="memfog-restore-") as folder:
        sealed, plain = Path(folder, "dump.age"), Path(folder, "dump")
        _fetch_dump(store, manifest, sealed, on_progress)
        with sealed.open("rb") as source, plain.open("xb") as sink:
            content = age_encryption.decrypt(source, sink, identity)
        if content != manifest.plain:
            raise BackupError(f"The decrypted dump of {name} does not match its manifest.")
        sealed.unlink()
        yield DecryptedDump(manifest, plain)


def restore_dump(dump: DecryptedDump, database: DatabaseSettings, *, force: bool = False) -> None:
    """Restores a dump into an empty database, in one transaction, and compares all rows. Raises BackupError.

    With `force`, the database need not be empty.
    """
    engine = engine_registry.for_database(database)
    if engine.name != dump.manifest.engine:
        raise BackupError(f"This is a backup of {dump.manifest.engine}; the target is {engine.name}.")
    engine.restore(dump.path, database, dump.manifest.tables, force=force)
    restored = {
        name: table
        for name, table in engine.digest_tables(database).items()
        if not force or name in dump.manifest.tables
    }
    if mismatches := list_differing(dump.manifest.tables, restored):
        raise BackupError(f"The restored tables differ from the backup: {', '.join(mismatches)}.")


def _fetch_dump(store: ObjectStore, manifest: Manifest, path: Path, on_progress: ByteProgressCallback | None) -> None:
    with path.open("xb") as file:
        sink = MeasuredStream(file)
        for chunk in backup_files.iter_dump_chunks(store, manifest.name, on_progress):
            sink.write(chunk)
    if sink.content != manifest.sealed:
        raise BackupError(f"The encrypted dump of {manifest.name} is damaged. Nothing was restored.")
