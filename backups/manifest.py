"""The manifest: what a backup is, written last. A backup exists if and only if its manifest does."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from backups.backup_errors import Damaged

STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Content:
    """A stream of bytes, by its length and its SHA-256 (hex)."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a table in any order: how many, and the sum of their SHA-256."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`version` is Memfog's, `engine` "postgresql" or "sqlite", `server` the version of that."""

    name: str
    made_at: str
    version: str
    engine: str
    server: str
    sealed: Content
    plain: Content
    tables: dict[str, Table]
    recipients: list[str]

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.made_at)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


def new_name(now: datetime, lot: str) -> str:
    """Names sort by time; `lot` tells apart what two processes make in one second."""
    return f"{now.astimezone(UTC).strftime(STAMP)}-{lot}"


def dump_key(name: str) -> str:
    return f"{name}/dump.age"


def manifest_key(name: str) -> str:
    return f"{name}/manifest.json"


def write(manifest: Manifest) -> bytes:
    members = asdict(manifest)
    return _text({**members, "sha256": hashlib.sha256(_text(members)).hexdigest()})


def read(text: bytes, name: str) -> Manifest:
    """Raises Damaged unless it is, byte for byte, what `write` wrote for the backup of this name."""
    try:
        members = json.loads(text)
        members.pop("sha256")
        manifest = _manifest(members)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Damaged(f"The manifest of {name} cannot be read.") from error
    if write(manifest) != text or manifest.name != name:
        raise Damaged(f"The manifest of {name} was changed.")
    return manifest


def _manifest(members: dict[str, Any]) -> Manifest:
    sealed, plain = (Content(**members.pop(part)) for part in ("sealed", "plain"))
    tables = {table: Table(**said) for table, said in members.pop("tables").items()}
    return Manifest(**members, sealed=sealed, plain=plain, tables=tables)


def _text(members: dict[str, Any]) -> bytes:
    return json.dumps(members, indent=1, sort_keys=True).encode() + b"\n"
