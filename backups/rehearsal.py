"""Restores a backup for trial and records how it went, beside its manifest."""

import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from backups import engines, restoring
from backups.engine import Database
from backups.manifest import STAMP
from backups.seal import Tell
from backups.shelf import Shelf
from backups.trouble import Trouble
from backups.upkeep import REHEARSAL


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
        restoring.opened(shelf, name, identity, tell=tell) as dump,
        TemporaryDirectory() as folder,
        engines.named(dump.manifest.engine).scratch(scratch, Path(folder)) as database,
    ):
        restoring.restore(dump, database)
