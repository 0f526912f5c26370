"""Rehearses the restore of a backup, and records the result beside its manifest."""

import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from backups import restore
from backups.age_encryption import ByteProgressCallback
from backups.backup_errors import BackupError
from backups.databases import engine_registry
from backups.databases.dump_engine import DatabaseSettings
from backups.maintenance import REHEARSAL_PREFIX
from backups.manifest import TIMESTAMP_FORMAT
from backups.stores.object_store import ObjectStore


def rehearse_backup(
    store: ObjectStore, name: str, identity: Path, scratch: DatabaseSettings | None, on_progress: ByteProgressCallback
) -> None:
    """Restores a backup into a scratch database and records the result. Raises BackupError if the restore fails."""
    try:
        _restore_into_scratch(store, name, identity, scratch, on_progress)
    except BackupError:
        record_result(store, name, well=False)
        raise
    record_result(store, name, well=True)


def record_result(store: ObjectStore, name: str, *, well: bool) -> None:
    at = datetime.now(UTC)
    store.put_new(
        f"{name}/{REHEARSAL_PREFIX}{at.strftime(TIMESTAMP_FORMAT)}.json",
        json.dumps({"at": at.isoformat(), "well": well}).encode(),
    )


def _restore_into_scratch(
    store: ObjectStore, name: str, identity: Path, scratch: DatabaseSettings | None, on_progress: ByteProgressCallback
) -> None:
    with (
        restore.open_dump(store, name, identity, on_progress=on_progress) as dump,
        TemporaryDirectory() as folder,
        engine_registry.by_name(dump.manifest.engine).scratch_database(scratch, Path(folder)) as database,
    ):
        restore.restore_dump(dump, database)
