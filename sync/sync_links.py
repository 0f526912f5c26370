"""The verbs about a link: opt in, pause, resume, stop and forget; and how a run moves it on.

Each move is made only from where the run found the link, in the transaction that stores what the move stands for. So
of two runs at once one is overtaken and ends, and whatever is killed is repeated from there.
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

MAX_REJECTED_EVENTS = 1_000  # kept of each user; what else is refused only counts


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """What a user opts in to."""

    url: str
    token: str
    project: str = ""
    insecure: bool = False
    enabled: bool = True


def load_link(user_id: UUID) -> SyncLink | None:
    return SyncLink.objects.filter(user_id=user_id).first()


def decrypt_token(link: SyncLink) -> str | None:
    """The token for the other side; None when the key that sealed it is gone."""
    try:
        return encryption.decrypt(link.user_id, bytes(link.encrypted_token))
    except encryption.DecryptionError:
        return None


def list_due_users() -> list[UUID]:
    """Users for whom it is time, those first who wait the longest."""
    waiting = SyncLink.objects.filter(
        Q(next_attempt_at=None) | Q(next_attempt_at__lte=timezone.now()), enabled=True, halted=False
    )
    return list(waiting.order_by(F("last_run_at").asc(nulls_first=True)).values_list("user_id", flat=True))


@acting_for_user
def opt_in(user_id: UUID, link_settings: LinkSettings, *, remote_user_id: UUID) -> SyncLink:
    """Links the user's log with that of an account elsewhere. The same one as before goes on where it was."""
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
            # The new token may be one that may. What was held back is found by going through all of it again.
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
    """False if there is no link."""
    return SyncLink.objects.filter(user_id=user_id).update(enabled=False) == 1


def resume(user_id: UUID) -> bool:
    """False if there is no link."""
    return (
        SyncLink.objects.filter(user_id=user_id).update(enabled=True, halted=False, attempts=0, next_attempt_at=None)
        == 1
    )


@acting_for_user
def forget(user_id: UUID) -> bool:
    """Ends it and forgets the token. What either side holds stays there. False if there is no link."""
    with transaction.atomic():
        return _delete_link(user_id)


def _delete_link(user_id: UUID) -> bool:
    SyncedRange.objects.for_user(user_id).delete()
    RejectedEvent.objects.for_user(user_id).delete()
    return SyncLink.objects.filter(user_id=user_id).delete()[0] > 0


@contextmanager
def locked_link(link: SyncLink) -> Iterator[None]:
    """A transaction in which the log and the link move together; nobody else numbers events meanwhile."""
    with acting_for(link.user_id), transaction.atomic():
        log.lock_stream(link.user_id)
        yield


def update_link(link: SyncLink, **fields: Any) -> None:
    """Moves the link on from where this run knows it to be. Raises ConcurrentRun."""
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
    """Saves that both logs are equal: theirs up to the cursor, ours up to `pushed_seq`, with ranges up to `head`."""
    saved = checkpoints.parse_checkpoints(link.checkpoints)
    if link.cursor:
        saved = checkpoints.add_checkpoint(saved, Checkpoint(link.cursor, link.row_digest, pushed_seq, head))
    counts = {"sent": F("sent") + sent, "deleted_remotely": F("deleted_remotely") + deleted}
    update_link(link, pushed_seq=pushed_seq, checkpoints=checkpoints.serialize_checkpoints(saved), **counts)


def rewind(link: SyncLink, *, sent: int = 0, deleted: int = 0) -> None:
    """The other log is not the one that was read up to the cursor: back to the last place before it."""
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
    """It is another account's log: all of it is read, and all of ours sent."""
    with locked_link(link):
        SyncedRange.objects.for_user(link.user_id).delete()
        update_link(link, cursor="", row_digest="", pushed_seq=0, checkpoints=[], remote_user_id=remote_user_id)


def add_synced_range(user_id: UUID, first: int, last: int) -> None:
    """Notes that these numbers came from the other side. Within `locked_link`."""
    ranges = SyncedRange.objects.for_user(user_id)
    if not ranges.filter(last=first - 1).update(last=last):
        ranges.create(user_id=user_id, first=first, last=last)


def list_synced_ranges(user_id: UUID, after: int) -> list[tuple[int, int]]:
    """What came from the other side after this number, in order."""
    with acting_for(user_id):
        rows = SyncedRange.objects.for_user(user_id).filter(last__gt=after).order_by("last")
        return list(rows.values_list("first", "last"))


@acting_for_user
def list_rejected_events(user_id: UUID, *, limit: int) -> tuple[list[RejectedEvent], int]:
    """The newest of what one side would not take, and how many there are."""
    rejected = RejectedEvent.objects.for_user(user_id)
    return list(rejected.order_by("-id")[:limit]), rejected.count()


@acting_for_user
def add_rejected_events(user_id: UUID, rejections: list[tuple[str, str, str]], *, was_push: bool) -> None:
    """Keeps which events one side would not take, each an id, a code and a detail; a thousand of them."""
    remaining = MAX_REJECTED_EVENTS - RejectedEvent.objects.for_user(user_id).count()
    rows = [
        RejectedEvent(user_id=user_id, event_id=id_[:64], was_push=was_push, code=code[:64], detail=detail[:300])
        for id_, code, detail in rejections[: max(0, remaining)]
    ]
    RejectedEvent.objects.for_user(user_id).bulk_create(rows, ignore_conflicts=True)
