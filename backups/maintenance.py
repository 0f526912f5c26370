"""Keeps the store in order: what killed runs left goes, what is there is read, what has run out is deleted."""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from shutil import rmtree

from django.utils import timezone

from backups import backup_files, backup_retention, operator_mail
from backups.backup_errors import Damaged, Held
from backups.backup_retention import Kept
from backups.manifest import STAMP, dump_key, manifest_key
from backups.models import Run, State
from backups.run_claims import known
from backups.stores.object_store import Shelf

logger = logging.getLogger(__name__)
ABANDONED = timedelta(days=1)
REHEARSAL = "rehearsed-"
Say = Callable[[str], None]


def clean_up(shelf: Shelf, folder: Path) -> None:
    """Ends uploads and deletes dumps without a manifest: those of our dead runs, and of anybody's after a day."""
    whole, alive = set(backup_files.names(shelf)), set(Run.objects.alive().values_list("name", flat=True))
    ours = {each for name, tried in Run.objects.values_list("name", "tried") for each in (name, *tried)}
    for upload in shelf.unfinished():
        name = _owner(upload.key)
        if name not in alive and (name in ours or timezone.now() - upload.begun_at > ABANDONED):
            shelf.abort(upload)
    for key in shelf.objects():
        name = _owner(key)
        if name not in whole | alive and (name in ours or _is_old(name)):
            _delete(shelf, key)
    for left in folder.glob("backup-*"):
        if left.name.removeprefix("backup-") not in alive:
            rmtree(left)


def check(shelf: Shelf, say: Say, *, just_made: str = "") -> None:
    """Reads every sealed dump and writes down what holds. What does not, operators are told of.

    Raises Trouble where the store does not answer: that says nothing about a backup.
    """
    there = backup_files.names(shelf)
    for name in there:
        try:
            made = backup_files.load(shelf, name) if name == just_made else backup_files.verify(shelf, name)
        except Damaged as trouble:
            say(str(trouble))
            newly = Run.objects.filter(name=name, verified_at__isnull=False).update(verified_at=None)
            if newly or not Run.objects.filter(name=name).exists():
                Run.objects.get_or_create(name=name, defaults={"state": State.DONE, "next_try_at": None})
                operator_mail.tell("A backup is damaged", f"{trouble} It is kept, and does not count.")
        else:
            say(f"{name} verifies")
            Run.objects.update_or_create(
                name=name, defaults={"state": State.DONE, "next_try_at": None, **known(made), **_rehearsed(shelf, name)}
            )
    _miss(there)


def prune(shelf: Shelf, now: datetime | None = None) -> list[str]:
    """Deletes what has run out, by what the last `check` found. Returns the names. What a lock holds stays."""
    there = set(backup_files.names(shelf))
    rows = Run.objects.filter(name__in=there, made_at__isnull=False)
    kept = [Kept(run.name or "", run.made_at, run.verified_at is not None) for run in rows if run.made_at]
    gone = [name for name in backup_retention.expired(kept, now or timezone.now()) if _remove(shelf, name)]
    Run.objects.filter(name__in=gone).update(gone_at=timezone.now())
    return gone


def _remove(shelf: Shelf, name: str) -> bool:
    others = [key for key in shelf.objects() if _owner(key) == name and key not in (manifest_key(name), dump_key(name))]
    # The manifest first: from then on there is no such backup, and the rest is rubbish.
    return all(_delete(shelf, key) for key in (manifest_key(name), dump_key(name), *others))


def _delete(shelf: Shelf, key: str) -> bool:
    try:
        shelf.delete(key)
    except Held:
        logger.info("%s is held by the store; its lifecycle rule deletes it", key)
        return False
    return True


def _miss(there: list[str]) -> None:
    """A backup that somebody else deleted before its time."""
    lost = Run.objects.standing().exclude(name__in=there)
    names = [str(run) for run in lost if run.made_at and timezone.now() - run.made_at < backup_retention.KEPT_FOR]
    Run.objects.standing().exclude(name__in=there).update(gone_at=timezone.now())
    if names:
        operator_mail.tell("Backups are missing", f"They were deleted, and not by this server: {', '.join(names)}.")


def _rehearsed(shelf: Shelf, name: str) -> dict[str, object]:
    keys = [key for key in shelf.objects() if key.startswith(f"{name}/{REHEARSAL}")]
    if not keys:
        return {}
    try:
        record = json.loads(b"".join(shelf.read(max(keys))))
        return {"rehearsed_at": datetime.fromisoformat(record["at"]), "rehearsed_well": bool(record["well"])}
    except (ValueError, TypeError, KeyError):
        return {}  # no record of ours


def _owner(key: str) -> str:
    return key.partition("/")[0]


def _is_old(name: str) -> bool:
    try:
        made_at = datetime.strptime(f"{name.partition('-')[0]}+0000", f"{STAMP}%z")
    except ValueError:
        return False  # none of ours
    return timezone.now() - made_at > ABANDONED
