"""Makes, verifies and lists backups. None of this needs a private key."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from backups import age_encryption, manifest
from backups.age_encryption import ByteProgressCallback
from backups.backup_errors import BackupDamaged
from backups.databases import engine_registry
from backups.databases.dump_engine import DatabaseSettings
from backups.manifest import ContentDigest, Manifest
from backups.stores.object_store import ObjectStore


def make_backup(
    store: ObjectStore,
    database: DatabaseSettings,
    recipients: Sequence[str],
    *,
    name: str,
    version: str,
    folder: Path,
    on_progress: ByteProgressCallback,
) -> Manifest:
    """Dumps, compresses, encrypts, stores and rereads, then writes the manifest. Raises BackupError."""
    engine = engine_registry.for_database(database)
    age_encryption.parse_public_keys(recipients)  # checked before the dump starts
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    with engine.open_dump(database, folder) as dump:
        with store.open_writer(manifest.dump_key(name)) as sink:
            plain, sealed = age_encryption.encrypt(dump.stream, sink, recipients, on_progress)
            tables = dump.finish()
        server = dump.server_version
    _require_equal(name, sealed, measure_dump(store, name))
    new_manifest = Manifest(name, made_at, version, engine.name, server, sealed, plain, tables, list(recipients))
    store.put_new(manifest.manifest_key(name), manifest.serialize_manifest(new_manifest))
    return new_manifest


def verify_backup(store: ObjectStore, name: str, on_progress: ByteProgressCallback | None = None) -> Manifest:
    """Reads the encrypted dump and compares it with its manifest. Raises BackupDamaged if they differ."""
    expected = load_manifest(store, name)
    _require_equal(name, expected.sealed, measure_dump(store, name, on_progress))
    return expected


def list_names(store: ObjectStore) -> list[str]:
    """Lists the names of the backups, oldest first."""
    return sorted(key.removesuffix("/manifest.json") for key in store.list_keys() if key.endswith("/manifest.json"))


def load_manifest(store: ObjectStore, name: str) -> Manifest:
    return manifest.parse_manifest(b"".join(store.iter_chunks(manifest.manifest_key(name))), name)


def iter_dump_chunks(store: ObjectStore, name: str, on_progress: ByteProgressCallback | None = None) -> Iterator[bytes]:
    """Yields the encrypted dump in chunks."""
    length = 0
    for chunk in store.iter_chunks(manifest.dump_key(name)):
        length += len(chunk)
        if on_progress:
            on_progress(length)
        yield chunk


def measure_dump(store: ObjectStore, name: str, on_progress: ByteProgressCallback | None = None) -> ContentDigest:
    digest, length = hashlib.sha256(), 0
    for chunk in iter_dump_chunks(store, name, on_progress):
        digest.update(chunk)
        length += len(chunk)
    return ContentDigest(length, digest.hexdigest())


def _require_equal(name: str, expected: ContentDigest, actual: ContentDigest) -> None:
    if expected != actual:
        raise BackupDamaged(f"The encrypted dump of {name} is damaged: size or SHA-256 differs.")
