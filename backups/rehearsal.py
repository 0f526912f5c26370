"""Restores a backup for trial and records how it went, beside its manifest."""

import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from backups import restore
from backups.age_encryption import Tell
from backups.backup_errors import Trouble
from backups.databases import engine_registry
from backups.databases.dump_engine import Database
from backups.maintenance import REHEARSAL
from backups.manifest import STAMP
from backups.stores.object_store import Shelf


def rehearse(shelf: Shelf, name: str, identity: Path, scratch: Database | None, tell: Tell) -> None:
    """Raises Trouble when it does not come back; that is recorded as well."""
    try:
        _try(shelf, name, identity, scratch, tell)
    except Trouble:
        record(shelf, name, well=False)
        raise
    record(shelf, name, well=True)


def record(shelf: Shelf, name: str, *, well: bool) -> None:
    at = datetime.now(UTC)
    shelf.put_new(
        f"{name}/{REHEARSAL}{at.strftime(STAMP)}.json", json.dumps({"at": at.isoformat(), "well": well}).encode()
    )


def _try(shelf: Shelf, name: str, identity: Path, scratch: Database | None, tell: Tell) -> None:
    with (
        restore.opened(shelf, name, identity, tell=tell) as dump,
        TemporaryDirectory() as folder,
        engine_registry.named(dump.manifest.engine).scratch(scratch, Path(folder)) as database,
    ):
        restore.restore(dump, database)
