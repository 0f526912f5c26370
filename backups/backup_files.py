"""Takes a backup, and looks at those there are. No private key is needed for either."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from backups import age_encryption, manifest
from backups.age_encryption import Tell
from backups.backup_errors import Damaged
from backups.databases import engine_registry
from backups.databases.dump_engine import Database
from backups.manifest import Content, Manifest
from backups.stores.object_store import Shelf


def take(
    shelf: Shelf, database: Database, recipients: Sequence[str], *, name: str, version: str, folder: Path, tell: Tell
) -> Manifest:
    """Dumps, compresses, seals, stores, reads back, and then writes the manifest. Raises Trouble."""
    engine = engine_registry.of(database)
    age_encryption.public_keys(recipients)  # refused before anything is dumped
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    with engine.dumping(database, folder) as dump:
        with shelf.writing(manifest.dump_key(name)) as sink:
            plain, sealed = age_encryption.seal(dump.stream, sink, recipients, tell)
            tables = dump.finish()
        server = dump.server
    _compare(name, sealed, measured(shelf, name))
    made = Manifest(name, made_at, version, engine.name, server, sealed, plain, tables, list(recipients))
    shelf.put_new(manifest.manifest_key(name), manifest.write(made))
    return made


def verify(shelf: Shelf, name: str, tell: Tell | None = None) -> Manifest:
    """Reads the sealed dump and compares. Raises Damaged unless it is what the manifest says."""
    known = load(shelf, name)
    _compare(name, known.sealed, measured(shelf, name, tell))
    return known


def names(shelf: Shelf) -> list[str]:
    """Of the backups there are, oldest first."""
    return sorted(key.removesuffix("/manifest.json") for key in shelf.objects() if key.endswith("/manifest.json"))


def load(shelf: Shelf, name: str) -> Manifest:
    return manifest.read(b"".join(shelf.read(manifest.manifest_key(name))), name)


def pieces(shelf: Shelf, name: str, tell: Tell | None = None) -> Iterator[bytes]:
    """The sealed dump."""
    length = 0
    for piece in shelf.read(manifest.dump_key(name)):
        length += len(piece)
        if tell:
            tell(length)
        yield piece


def measured(shelf: Shelf, name: str, tell: Tell | None = None) -> Content:
    digest, length = hashlib.sha256(), 0
    for piece in pieces(shelf, name, tell):
        digest.update(piece)
        length += len(piece)
    return Content(length, digest.hexdigest())


def _compare(name: str, said: Content, found: Content) -> None:
    if said != found:
        raise Damaged(f"The sealed dump of {name} is not what was sealed.")
