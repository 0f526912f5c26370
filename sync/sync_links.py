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
from events.isolation.row_security import acting_for, for_its_user
from events.store import append_rows
from sync import checkpoints
from sync.checkpoints import Mark
from sync.models import Link, Refusal, Stretch
from sync.sync_errors import Overtaken

REFUSALS = 1_000  # kept of each user; what else is refused only counts


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user opts in to."""

    url: str
    token: str
    project: str = ""
    insecure: bool = False
    on: bool = True


def of(user_id: UUID) -> Link | None:
    return Link.objects.filter(user_id=user_id).first()


def token(link: Link) -> str | None:
    """The token for the other side; None when the key that sealed it is gone."""
    try:
        return encryption.unseal(link.user_id, bytes(link.token))
    except encryption.Unreadable:
        return None


def due() -> list[UUID]:
    """Users for whom it is time, those first who wait the longest."""
    waiting = Link.objects.filter(Q(next_try_at=None) | Q(next_try_at__lte=timezone.now()), on=True, halted=False)
    return list(waiting.order_by(F("ran_at").asc(nulls_first=True)).values_list("user_id", flat=True))


@for_its_user
def opt_in(user_id: UUID, wish: Wish, *, other: UUID) -> Link:
    """Links the user's log with that of an account elsewhere. The same one as before goes on where it was."""
    with transaction.atomic():
        append_rows.lock(user_id)
        link = of(user_id)
        if link is None or (link.url, link.project, link.other) != (wish.url, wish.project, other):
            _erase(user_id)
            link = Link(user_id=user_id, other=other)
        elif not link.may_delete:
            # The new token may be one that may. What was held back is found by going through all of it again.
            link.pushed, link.marks, link.may_delete = 0, [], True
        link.url, link.project, link.insecure, link.on = wish.url, wish.project, wish.insecure, wish.on
        link.made, link.token = uuid4(), encryption.seal(user_id, wish.token)
        link.halted, link.trouble, link.tries, link.next_try_at = False, "", 0, None
        link.save()
    return link


def pause(user_id: UUID) -> bool:
    """False if there is no link."""
    return Link.objects.filter(user_id=user_id).update(on=False) == 1


def resume(user_id: UUID) -> bool:
    """False if there is no link."""
    return Link.objects.filter(user_id=user_id).update(on=True, halted=False, tries=0, next_try_at=None) == 1


@for_its_user
def forget(user_id: UUID) -> bool:
    """Ends it and forgets the token. What either side holds stays there. False if there is no link."""
    with transaction.atomic():
        return _erase(user_id)


def _erase(user_id: UUID) -> bool:
    Stretch.objects.of(user_id).delete()
    Refusal.objects.of(user_id).delete()
    return Link.objects.filter(user_id=user_id).delete()[0] > 0


@contextmanager
def moving(link: Link) -> Iterator[None]:
    """A transaction in which the log and the link move together; nobody else numbers events meanwhile."""
    with acting_for(link.user_id), transaction.atomic():
        append_rows.lock(link.user_id)
        yield


def move(link: Link, **fields: Any) -> None:
    """Moves the link on from where this run knows it to be. Raises Overtaken."""
    made = link.made
    if _here(link).update(**fields) != 1:
        raise Overtaken
    try:
        link.refresh_from_db()
    except Link.DoesNotExist:
        raise Overtaken from None
    if link.made != made:
        raise Overtaken


def _here(link: Link) -> QuerySet[Link]:
    return Link.objects.filter(
        user_id=link.user_id, made=link.made, pushed=link.pushed, cursor=link.cursor, mark=link.mark
    )


def settle(link: Link, *, pushed: int, head: int, sent: int = 0, deleted: int = 0) -> None:
    """Notes that both logs are the same: theirs to the link's cursor, ours to `pushed`, with what came up to `head`."""
    kept = checkpoints.read(link.marks)
    if link.cursor:
        kept = checkpoints.added(kept, Mark(link.cursor, link.mark, pushed, head))
    counts = {"sent": F("sent") + sent, "deleted_there": F("deleted_there") + deleted}
    move(link, pushed=pushed, marks=checkpoints.written(kept), **counts)


def go_back(link: Link, *, sent: int = 0, deleted: int = 0) -> None:
    """The other log is not the one that was read up to the cursor: back to the last place before it."""
    left = checkpoints.before(checkpoints.read(link.marks), link.cursor)
    mark = left[-1] if left else Mark()
    with moving(link):
        came = Stretch.objects.of(link.user_id)
        came.filter(first__gt=mark.head).delete()
        came.filter(last__gt=mark.head).update(last=mark.head)
        fields: dict[str, Any] = {
            "cursor": mark.cursor,
            "mark": mark.mark,
            "pushed": mark.pushed,
            "marks": checkpoints.written(left),
        }
        counts = {"sent": F("sent") + sent, "deleted_there": F("deleted_there") + deleted}
        move(link, went_back=F("went_back") + 1, **fields, **counts)


def start_over(link: Link, *, other: UUID) -> None:
    """It is another account's log: all of it is read, and all of ours sent."""
    with moving(link):
        Stretch.objects.of(link.user_id).delete()
        move(link, cursor="", mark="", pushed=0, marks=[], other=other)


def came(user_id: UUID, first: int, last: int) -> None:
    """Notes that these numbers came from the other side. Within `moving`."""
    mine = Stretch.objects.of(user_id)
    if not mine.filter(last=first - 1).update(last=last):
        mine.create(user_id=user_id, first=first, last=last)


def stretches(user_id: UUID, after: int) -> list[tuple[int, int]]:
    """What came from the other side after this number, in order."""
    with acting_for(user_id):
        rows = Stretch.objects.of(user_id).filter(last__gt=after).order_by("last")
        return list(rows.values_list("first", "last"))


@for_its_user
def refusals(user_id: UUID, *, limit: int) -> tuple[list[Refusal], int]:
    """The newest of what one side would not take, and how many there are."""
    mine = Refusal.objects.of(user_id)
    return list(mine.order_by("-id")[:limit]), mine.count()


@for_its_user
def refused(user_id: UUID, found: list[tuple[str, str, str]], *, up: bool) -> None:
    """Keeps which events one side would not take, each an id, a code and a detail; a thousand of them."""
    room = REFUSALS - Refusal.objects.of(user_id).count()
    rows = [
        Refusal(user_id=user_id, event_id=id_[:64], up=up, code=code[:64], detail=detail[:300])
        for id_, code, detail in found[: max(0, room)]
    ]
    Refusal.objects.of(user_id).bulk_create(rows, ignore_conflicts=True)
