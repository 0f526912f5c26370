"""Operations on a sync link: opt in, pause, resume and forget; and the updates that a run makes.

An update applies only if the link is still as the run loaded it, in the transaction that stores the synced rows. So
one of two concurrent runs ends with ConcurrentRun, and a killed run is repeated from the last update.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.crypto import encryption
from events.isolation.row_security import acting_for, acting_for_user
from events.store import log
from sync import checkpoints
from sync.checkpoints import Checkpoint
from sync.models import RejectedEvent, SyncedRange, SyncLink
from sync.sync_errors import ConcurrentRun

MAX_REJECTED_EVENTS = 1_000  # stored per user; further rejections are not stored


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """The settings of a sync link that the user opts in to."""

    url: str
    token: str
    project: str = ""
    insecure: bool = False
    enabled: bool = True


def load_link(user_id: UUID) -> SyncLink | None:
    return SyncLink.objects.filter(user_id=user_id).first()


def decrypt_token(link: SyncLink) -> str | None:
    """Decrypts the token for the remote server. Returns None if the key that encrypted the token is gone."""
    try:
        return encryption.decrypt(link.user_id, bytes(link.encrypted_token))
    except encryption.DecryptionError:
        return None


def list_due_users() -> list[UUID]:
    """Lists the users whose sync is due, the longest waiting first."""
    waiting = SyncLink.objects.filter(
        Q(next_attempt_at=None) | Q(next_attempt_at__lte=timezone.now()), enabled=True, halted=False
    )
    return list(waiting.order_by(F("last_run_at").asc(nulls_first=True)).values_list("user_id", flat=True))


@acting_for_user
def opt_in(user_id: UUID, link_settings: LinkSettings, *, remote_user_id: UUID) -> SyncLink:
    """Links the user's log with an account on another server. An equal existing link keeps its cursor."""
    with transaction.atomic():
        log.lock_stream(user_id)
        link = load_link(user_id)
        if link is None or (link.url, link.project, link.remote_user_id) != (
            link_settings.url,
            link_settings.project,
            remote_user_id,
        ):
            _delete_link(user_id)
            link = SyncLink(user_id=user_id, remote_user_id=remote_user_id)
        elif not link.may_delete:
            # The new token may allow deletions. Push the whole log again to find the deletions that were not sent.
            link.pushed_seq, link.checkpoints, link.may_delete = 0, [], True
        link.url, link.project, link.insecure, link.enabled = (
            link_settings.url,
            link_settings.project,
            link_settings.insecure,
            link_settings.enabled,
        )
        link.link_id, link.encrypted_token = uuid4(), encryption.encrypt(user_id, link_settings.token)
        link.halted, link.last_error, link.attempts, link.next_attempt_at = False, "", 0, None
        link.save()
    return link


def pause(user_id: UUID) -> bool:
    """Pauses background sync. Returns False if there is no link."""
    return SyncLink.objects.filter(user_id=user_id).update(enabled=False) == 1


def resume(user_id: UUID) -> bool:
    """Resumes background sync, also of a halted link. Returns False if there is no link."""
    return (
        SyncLink.objects.filter(user_id=user_id).update(enabled=True, halted=False, attempts=0, next_attempt_at=None)
        == 1
    )


@acting_for_user
def forget(user_id: UUID) -> bool:
    """Deletes the link and its token. The events on both servers stay. Returns False if there is no link."""
    with transaction.atomic():
        return _delete_link(user_id)


def _delete_link(user_id: UUID) -> bool:
    SyncedRange.objects.for_user(user_id).delete()
    RejectedEvent.objects.for_user(user_id).delete()
    return SyncLink.objects.filter(user_id=user_id).delete()[0] > 0


@contextmanager
def locked_link(link: SyncLink) -> Iterator[None]:
    """Opens a transaction that updates the log and the link together. No other writer numbers events during it."""
    with acting_for(link.user_id), transaction.atomic():
        log.lock_stream(link.user_id)
        yield


def update_link(link: SyncLink, **fields: Any) -> None:
    """Updates the link if it is still as this run loaded it. Raises ConcurrentRun otherwise."""
    link_id = link.link_id
    if _unchanged_link(link).update(**fields) != 1:
        raise ConcurrentRun
    try:
        link.refresh_from_db()
    except SyncLink.DoesNotExist:
        raise ConcurrentRun from None
    if link.link_id != link_id:
        raise ConcurrentRun


def _unchanged_link(link: SyncLink) -> QuerySet[SyncLink]:
    return SyncLink.objects.filter(
        user_id=link.user_id,
        link_id=link.link_id,
        pushed_seq=link.pushed_seq,
        cursor=link.cursor,
        row_digest=link.row_digest,
    )


def save_checkpoint(link: SyncLink, *, pushed_seq: int, head: int, sent: int = 0, deleted: int = 0) -> None:
    """Saves a checkpoint: the logs are equal up to the cursor (remote) and `pushed_seq` (local).

    The synced ranges are known up to `head`. Raises ConcurrentRun.
    """
    saved = checkpoints.parse_checkpoints(link.checkpoints)
    if link.cursor:
        saved = checkpoints.add_checkpoint(saved, Checkpoint(link.cursor, link.row_digest, pushed_seq, head))
    counts = {"sent": F("sent") + sent, "deleted_remotely": F("deleted_remotely") + deleted}
    update_link(link, pushed_seq=pushed_seq, checkpoints=checkpoints.serialize_checkpoints(saved), **counts)


def rewind(link: SyncLink, *, sent: int = 0, deleted: int = 0) -> None:
    """Resets the link to the last checkpoint before its cursor, because the remote log lost the row at the cursor."""
    remaining = checkpoints.drop_lost_checkpoints(checkpoints.parse_checkpoints(link.checkpoints), link.cursor)
    checkpoint = remaining[-1] if remaining else Checkpoint()
    with locked_link(link):
        ranges = SyncedRange.objects.for_user(link.user_id)
        ranges.filter(first__gt=checkpoint.head).delete()
        ranges.filter(last__gt=checkpoint.head).update(last=checkpoint.head)
        fields: dict[str, Any] = {
            "cursor": checkpoint.cursor,
            "row_digest": checkpoint.row_digest,
            "pushed_seq": checkpoint.pushed_seq,
            "checkpoints": checkpoints.serialize_checkpoints(remaining),
        }
        counts = {"sent": F("sent") + sent, "deleted_remotely": F("deleted_remotely") + deleted}
        update_link(link, rewinds=F("rewinds") + 1, **fields, **counts)


def reset_link(link: SyncLink, *, remote_user_id: UUID) -> None:
    """Resets the link for another remote account: the whole remote log is pulled and the whole local log is pushed."""
    with locked_link(link):
        SyncedRange.objects.for_user(link.user_id).delete()
        update_link(link, cursor="", row_digest="", pushed_seq=0, checkpoints=[], remote_user_id=remote_user_id)


def add_synced_range(user_id: UUID, first: int, last: int) -> None:
    """Records that the events `first` to `last` came from the remote server. Call within `locked_link`."""
    ranges = SyncedRange.objects.for_user(user_id)
    if not ranges.filter(last=first - 1).update(last=last):
        ranges.create(user_id=user_id, first=first, last=last)


def list_synced_ranges(user_id: UUID, after: int) -> list[tuple[int, int]]:
    """Lists the ranges after a number that came from the remote server, in order."""
    with acting_for(user_id):
        rows = SyncedRange.objects.for_user(user_id).filter(last__gt=after).order_by("last")
        return list(rows.values_list("first", "last"))


@acting_for_user
def list_rejected_events(user_id: UUID, *, limit: int) -> tuple[list[RejectedEvent], int]:
    """Lists the newest rejected events, and counts all of them."""
    rejected = RejectedEvent.objects.for_user(user_id)
    return list(rejected.order_by("-id")[:limit]), rejected.count()


@acting_for_user
def add_rejected_events(user_id: UUID, rejections: list[tuple[str, str, str]], *, was_push: bool) -> None:
    """Stores rejected events, each an id, a code and a detail, up to `MAX_REJECTED_EVENTS` per user."""
    remaining = MAX_REJECTED_EVENTS - RejectedEvent.objects.for_user(user_id).count()
    rows = [
        RejectedEvent(user_id=user_id, event_id=id_[:64], was_push=was_push, code=code[:64], detail=detail[:300])
        for id_, code, detail in rejections[: max(0, remaining)]
    ]
    RejectedEvent.objects.for_user(user_id).bulk_create(rows, ignore_conflicts=True)
