"""A backup from its claim to the pruning, for the night or by hand."""

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
    """How a run tells about itself: its bytes, and what else it does."""

    on_progress: ByteProgressCallback = lambda _: None
    on_message: Callable[[str], None] = lambda _: None


def run_manual(callbacks: RunCallbacks) -> Manifest:
    """Makes a backup now. Raises BackupError."""
    return _make_backup(run_claims.create_manual_run(), callbacks)


def run_nightly(callbacks: RunCallbacks) -> Manifest | None:
    """The night's work, if it is due and not claimed: a backup, a check of all of them, pruning. Raises BackupError."""
    claimed_run = run_claims.claim()
    if claimed_run is None:
        return None
    manifest = _make_backup(claimed_run, callbacks)
    try:
        check_and_prune(store_registry.open_store(), callbacks, just_made=manifest.name)
    except BackupError as error:
        operator_mail.notify_operators(
            "Backups could not be checked", f"{error} Tonight's is made; nothing is deleted."
        )
        raise
    return manifest


def check_and_prune(store: ObjectStore, callbacks: RunCallbacks, *, just_made: str = "") -> list[str]:
    """Looks at all backups and deletes what has run out. Returns the names of that. Raises BackupError."""
    maintenance.check_backups(store, callbacks.on_message, just_made=just_made)
    deleted = maintenance.prune_backups(store)
    for name in deleted:
        callbacks.on_message(f"{name} has run out and is deleted")
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
