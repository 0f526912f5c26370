"""Maintains the store: removes the leftovers of killed runs, verifies backups, deletes expired backups."""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from shutil import rmtree

from django.utils import timezone

from backups import backup_files, backup_retention, operator_mail
from backups.backup_errors import BackupDamaged, ObjectLocked
from backups.backup_retention import StoredBackup
from backups.manifest import TIMESTAMP_FORMAT, dump_key, manifest_key
from backups.models import Run, RunState
from backups.run_claims import manifest_fields
from backups.stores.object_store import ObjectStore

logger = logging.getLogger(__name__)
ABANDONED_AFTER = timedelta(days=1)
REHEARSAL_PREFIX = "rehearsed-"
MessageCallback = Callable[[str], None]


def clean_up_store(store: ObjectStore, folder: Path) -> None:
    """Aborts uploads and deletes dumps without a manifest: our dead runs' at once, others' after a day.

    It also deletes the temporary folders of dead runs.
    """
    complete, alive = set(backup_files.list_names(store)), set(Run.objects.alive().values_list("name", flat=True))
    own_names = {
        each
        for name, previous_names in Run.objects.values_list("name", "previous_names")
        for each in (name, *previous_names)
    }
    for upload in store.list_unfinished():
        name = _backup_name(upload.key)
        if name not in alive and (name in own_names or timezone.now() - upload.started_at > ABANDONED_AFTER):
            store.abort_upload(upload)
    for key in store.list_keys():
        name = _backup_name(key)
        if name not in complete | alive and (name in own_names or _is_abandoned(name)):
            _delete_object(store, key)
    for leftover in folder.glob("backup-*"):
        if leftover.name.removeprefix("backup-") not in alive:
            rmtree(leftover)


def check_backups(store: ObjectStore, on_message: MessageCallback, *, just_made: str = "") -> None:
    """Reads every encrypted dump and records the result. Notifies operators of damaged and missing backups.

    Raises BackupError if the store does not respond, because that proves nothing about a backup.
    """
    names = backup_files.list_names(store)
    for name in names:
        verify = backup_files.load_manifest if name == just_made else backup_files.verify_backup
        try:
            manifest = verify(store, name)
        except BackupDamaged as error:
            on_message(str(error))
            _record_damage(name, error)
        else:
            on_message(f"{name} verifies")
            fields = {**manifest_fields(manifest), **_load_rehearsal(store, name)}
            Run.objects.update_or_create(
                name=name, defaults={"state": RunState.DONE, "next_attempt_at": None, **fields}
            )
    _report_missing(names)


def _record_damage(name: str, error: BackupDamaged) -> None:
    """Notifies operators once of each damaged backup."""
    was_verified = Run.objects.filter(name=name, verified_at__isnull=False).update(verified_at=None)
    if was_verified or not Run.objects.filter(name=name).exists():
        Run.objects.get_or_create(name=name, defaults={"state": RunState.DONE, "next_attempt_at": None})
        operator_mail.notify_operators(
            "A backup is damaged", f"{error} The backup is kept but no longer counts as verified."
        )


def prune_backups(store: ObjectStore, now: datetime | None = None) -> list[str]:
    """Deletes the expired backups, by the results of the last `check_backups`.

    Returns their names. A backup that a lock protects stays.
    """
    names = set(backup_files.list_names(store))
    rows = Run.objects.filter(name__in=names, made_at__isnull=False)
    stored = [StoredBackup(run.name or "", run.made_at, run.verified_at is not None) for run in rows if run.made_at]
    deleted = [
        name for name in backup_retention.list_expired(stored, now or timezone.now()) if _delete_backup(store, name)
    ]
    Run.objects.filter(name__in=deleted).update(deleted_at=timezone.now())
    return deleted


def _delete_backup(store: ObjectStore, name: str) -> bool:
    other_keys = [
        key
        for key in store.list_keys()
        if _backup_name(key) == name and key not in (manifest_key(name), dump_key(name))
    ]
    # The manifest first: without it the backup does not exist, and the other objects are leftovers.
    return all(_delete_object(store, key) for key in (manifest_key(name), dump_key(name), *other_keys))


def _delete_object(store: ObjectStore, key: str) -> bool:
    try:
        store.delete(key)
    except ObjectLocked:
        logger.info("%s is locked by the store; the store's lifecycle rule will delete it", key)
        return False
    return True


def _report_missing(names_in_store: list[str]) -> None:
    """Notifies operators of backups that were deleted too early, and not by this server."""
    missing = Run.objects.verified().exclude(name__in=names_in_store)
    names = [
        str(run) for run in missing if run.made_at and timezone.now() - run.made_at < backup_retention.RETENTION_PERIOD
    ]
    Run.objects.verified().exclude(name__in=names_in_store).update(deleted_at=timezone.now())
    if names:
        operator_mail.notify_operators(
            "Backups are missing", f"These backups were deleted, but not by this server: {', '.join(names)}."
        )


def _load_rehearsal(store: ObjectStore, name: str) -> dict[str, object]:
    keys = [key for key in store.list_keys() if key.startswith(f"{name}/{REHEARSAL_PREFIX}")]
    if not keys:
        return {}
    try:
        record = json.loads(b"".join(store.iter_chunks(max(keys))))
        return {"rehearsed_at": datetime.fromisoformat(record["at"]), "rehearsed_well": bool(record["well"])}
    except (ValueError, TypeError, KeyError):
        return {}  # not a record of Memfog


def _backup_name(key: str) -> str:
    return key.partition("/")[0]


def _is_abandoned(name: str) -> bool:
    try:
        made_at = datetime.strptime(f"{name.partition('-')[0]}+0000", f"{TIMESTAMP_FORMAT}%z")
    except ValueError:
        return False  # not a name from Memfog
    return timezone.now() - made_at > ABANDONED_AFTER
