"""Runs a backup from its claim to the pruning, nightly or manually."""

from collections.abc import Callable
from dataclasses import dataclass
from shutil import rmtree

from django.conf import settings

from backups import backup_files, maintenance, operator_mail, run_claims
from backups.age_encryption import ByteProgressCallback
from backups.backup_errors import BackupError
from backups.manifest import Manifest
from backups.models import Run
from backups.stores import store_registry
from backups.stores.object_store import ObjectStore


@dataclass(frozen=True, slots=True)
class RunCallbacks:
    """Callbacks of a run: one gets the number of bytes, the other a message about each further step."""

    on_progress: ByteProgressCallback = lambda _: None
    on_message: Callable[[str], None] = lambda _: None


def run_manual(callbacks: RunCallbacks) -> Manifest:
    """Makes a backup now. Raises BackupError."""
    return _make_backup(run_claims.create_manual_run(), callbacks)


def run_nightly(callbacks: RunCallbacks) -> Manifest | None:
    """Makes the night's backup, checks all backups and prunes them. Raises BackupError.

    Returns None if the backup is not due or another process has claimed it.
    """
    claimed_run = run_claims.claim()
    if claimed_run is None:
        return None
    manifest = _make_backup(claimed_run, callbacks)
    try:
        check_and_prune(store_registry.open_store(), callbacks, just_made=manifest.name)
    except BackupError as error:
        operator_mail.notify_operators(
            "Backups could not be checked", f"{error} Tonight's backup was made; no backup was deleted."
        )
        raise
    return manifest


def check_and_prune(store: ObjectStore, callbacks: RunCallbacks, *, just_made: str = "") -> list[str]:
    """Checks all backups and deletes the expired backups. Returns the deleted names. Raises BackupError."""
    maintenance.check_backups(store, callbacks.on_message, just_made=just_made)
    deleted = maintenance.prune_backups(store)
    for name in deleted:
        callbacks.on_message(f"{name} expired and was deleted")
    return deleted


def _make_backup(run: Run, callbacks: RunCallbacks) -> Manifest:
    with run_claims.heartbeat(run):
        store = store_registry.open_store()
        run_claims.mark_dead()
        maintenance.clean_up_store(store, settings.DATA_DIR)
        folder = settings.DATA_DIR / f"backup-{run.name}"
        folder.mkdir(mode=0o700)
        try:
            manifest = backup_files.make_backup(
                store,
                settings.BACKUP_DATABASE,
                settings.BACKUP_RECIPIENTS,
                name=run.name or "",
                version=settings.VERSION,
                folder=folder,
                on_progress=callbacks.on_progress,
            )
        finally:
            rmtree(folder, ignore_errors=True)
        run_claims.finish_run(run, manifest)
    return manifest
