"""A backup from its claim to the pruning, for the night or by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from shutil import rmtree

from django.conf import settings

from backups import backup_files, maintenance, operator_mail, run_claims
from backups.age_encryption import Tell
from backups.backup_errors import Trouble
from backups.manifest import Manifest
from backups.models import Run
from backups.stores import store_registry
from backups.stores.object_store import Shelf


@dataclass(frozen=True, slots=True)
class Said:
    """How a run tells about itself: its bytes, and what else it does."""

    tell: Tell = lambda _: None
    say: Callable[[str], None] = lambda _: None


def by_hand(said: Said) -> Manifest:
    """Makes a backup now. Raises Trouble."""
    return _make(run_claims.begin(), said)


def run(said: Said) -> Manifest | None:
    """The night's work, if it is due and nobody does it: a backup, a look at all of them, pruning. Raises Trouble."""
    claimed = run_claims.claim()
    if claimed is None:
        return None
    made = _make(claimed, said)
    try:
        tidy(store_registry.opened(), said, just_made=made.name)
    except Trouble as trouble:
        operator_mail.tell("Backups could not be checked", f"{trouble} Tonight's is made; nothing is deleted.")
        raise
    return made


def tidy(shelf: Shelf, said: Said, *, just_made: str = "") -> list[str]:
    """Looks at all backups and deletes what has run out. Returns the names of that. Raises Trouble."""
    maintenance.check(shelf, said.say, just_made=just_made)
    gone = maintenance.prune(shelf)
    for name in gone:
        said.say(f"{name} has run out and is deleted")
    return gone


def _make(run: Run, said: Said) -> Manifest:
    with run_claims.living(run):
        shelf = store_registry.opened()
        run_claims.bury()
        maintenance.clean_up(shelf, settings.DATA_DIR)
        folder = settings.DATA_DIR / f"backup-{run.name}"
        folder.mkdir(mode=0o700)
        try:
            made = backup_files.take(
                shelf,
                settings.BACKUP_DATABASE,
                settings.BACKUP_RECIPIENTS,
                name=run.name or "",
                version=settings.VERSION,
                folder=folder,
                tell=said.tell,
            )
        finally:
            rmtree(folder, ignore_errors=True)
        run_claims.finish(run, made)
    return made
