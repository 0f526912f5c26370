"""The manifest describes a backup and is written last. A backup exists if and only if its manifest does."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from backups.backup_errors import BackupDamaged

TIMESTAMP_FORMAT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class ContentDigest:
    """The length of a byte stream and its SHA-256 (hex)."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TableDigest:
    """The number of rows in a table, and the sum of their SHA-256, which does not depend on their order."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description of a backup.

    `version` is Memfog's version, `engine` is "postgresql" or "sqlite", and `server` is the version of the engine.
    """

    name: str
    made_at: str
    version: str
    engine: str
    server: str
    sealed: ContentDigest
    plain: ContentDigest
    tables: dict[str, TableDigest]
    recipients: list[str]

    @property
    def made_at_datetime(self) -> datetime:
        return datetime.fromisoformat(self.made_at)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


def make_name(now: datetime, suffix: str) -> str:
    """Returns a name that sorts by time. `suffix` distinguishes the backups of two processes in one second."""
    return f"{now.astimezone(UTC).strftime(TIMESTAMP_FORMAT)}-{suffix}"


def dump_key(name: str) -> str:
    return f"{name}/dump.age"


def manifest_key(name: str) -> str:
    return f"{name}/manifest.json"


def serialize_manifest(manifest: Manifest) -> bytes:
    members = asdict(manifest)
    return _serialize_json({**members, "sha256": hashlib.sha256(_serialize_json(members)).hexdigest()})


def parse_manifest(text: bytes, name: str) -> Manifest:
    """Parses the manifest of the backup with this name.

    Raises BackupDamaged unless it is, byte for byte, the output of `serialize_manifest` for this name.
    """
    try:
        members = json.loads(text)
        members.pop("sha256")
        manifest = _build_manifest(members)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupDamaged(f"The manifest of {name} cannot be read.") from error
    if serialize_manifest(manifest) != text or manifest.name != name:
        raise BackupDamaged(f"The manifest of {name} was changed.")
    return manifest


def _build_manifest(members: dict[str, Any]) -> Manifest:
    sealed, plain = (ContentDigest(**members.pop(part)) for part in ("sealed", "plain"))
    tables = {table: TableDigest(**fields) for table, fields in members.pop("tables").items()}
    return Manifest(**members, sealed=sealed, plain=plain, tables=tables)


def _serialize_json(members: dict[str, Any]) -> bytes:
    return json.dumps(members, indent=1, sort_keys=True).encode() + b"\n"
