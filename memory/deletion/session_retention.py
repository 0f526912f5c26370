"""Keeps a log within what its user wants kept: whole sessions go, the longest silent first, and with each all that is
derived from it. What is starred or holds something pinned stays, and so does whatever happened within the last day.

Events of no session go by their own age. Everything is done in slices, each a short transaction; whoever stops half-way
leaves a session that the next reader mends, and that goes the next time. See docs/decisions/retention.md.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import merge
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Length

from events.isolation.row_security import for_its_user
from events.models import Event, EventQuerySet
from events.retention import retention_delete
from events.retention.retention_delete import Taken
from events.retention.retention_policy import Rule
from memory.models import Choice, Mark, Moment, Progress, Retelling, Session, SessionQuerySet
from memory.projection import projector, repository

DAY_US, EVER = 86_400_000_000, -(2**63)
SLICE = 100  # events taken in one transaction
SESSIONS = 50  # looked at together
# About what an event takes on disk beside its packed text: its row, its places in indexes, and what is derived from it.
# Measured with `script/bench laptop`.
ROOM = 1_000


@dataclass(frozen=True, slots=True)
class Part:
    """What goes together: a session, or some events of none."""

    at_us: int
    session_id: str | None
    seqs: tuple[int, ...]
    taken: Taken

    @property
    def bytes(self) -> int:
        return self.taken.bytes + self.taken.events * ROOM


@dataclass(frozen=True, slots=True)
class Going:
    """What a rule takes. Bytes are an estimate of what it takes on disk, and of what all of the log does."""

    sessions: int = 0
    events: int = 0
    bytes: int = 0
    whole: int = 0


def preview(user_id: UUID, rule: Rule, *, now_us: int) -> Going:
    """What would go now."""
    whole, sessions, events, size = weight(user_id), 0, 0, 0
    for part in _plan(user_id, rule, whole, now_us):
        sessions += part.session_id is not None
        events += part.taken.events
        size += part.bytes
    return Going(sessions, events, size, whole)


def keep_within(user_id: UUID, rule: Rule, *, now_us: int, seconds: float, breathe: Callable[[], None]) -> Taken:
    """Takes what is to go, as far as the time allows. `breathe` is called between two transactions."""
    until, taken = time.monotonic() + seconds, Taken()
    for part in _plan(user_id, rule, weight(user_id), now_us):
        for step in _take(user_id, part, now_us - DAY_US):
            taken += step
            breathe()
            if time.monotonic() > until:
                return taken
    return taken


@for_its_user
def weight(user_id: UUID) -> int:
    """About how many bytes on disk a user's events take, with all that is derived from them."""
    sums = Event.objects.of(user_id).alive().aggregate(size=Sum(Length("body")), count=Count("seq"))
    return int(sums["size"] or 0) + int(sums["count"]) * ROOM


def _plan(user_id: UUID, rule: Rule, whole: int, now_us: int) -> Iterator[Part]:
    """What is to go, oldest first: all that is too old, and then what is too much."""
    too_old = EVER if rule.days is None else now_us - rule.days * DAY_US
    for part in _parts(user_id, EVER, too_old):
        whole -= part.bytes
        yield part
    for part in _parts(user_id, too_old, now_us - DAY_US) if rule.bytes is not None else ():
        if rule.bytes is None or whole <= rule.bytes:
            return
        whole -= part.bytes
        yield part


def _parts(user_id: UUID, since_us: int, before_us: int) -> Iterator[Part]:
    """All that nobody asked to keep of that time, oldest first."""
    sessions, loose = _sessions(user_id, since_us, before_us), _loose(user_id, since_us, before_us)
    return merge(sessions, loose, key=lambda part: part.at_us)


def _sessions(user_id: UUID, since_us: int, before_us: int) -> Iterator[Part]:
    after = since_us, ""
    while page := _page(user_id, after, before_us):
        yield from page
        after = page[-1].at_us, page[-1].session_id or ""


@for_its_user
def _page(user_id: UUID, after: tuple[int, str], before_us: int) -> list[Part]:
    beyond = Q(last_us__gt=after[0]) | Q(last_us=after[0], session_id__gt=after[1])
    rows = _may_go(user_id).filter(beyond, last_us__gte=after[0], last_us__lt=before_us)
    rows = rows.order_by("last_us", "session_id")
    found = list(rows.values_list("session_id", "last_us")[:SESSIONS])
    weights = _weights(user_id, [session_id for session_id, _ in found])
    return [Part(at_us, session_id, (), weights.get(session_id, Taken())) for session_id, at_us in found]


def _may_go(user_id: UUID) -> SessionQuerySet:
    """Sessions that nobody asked to keep."""
    starred = Choice.objects.of(user_id).filter(starred=True).values("session_id")
    pinned = Mark.objects.of(user_id).filter(pinned=True).values("seq")
    marked = Moment.objects.of(user_id).filter(seq__in=pinned).values("session_id")
    return Session.objects.of(user_id).exclude(session_id__in=starred).exclude(session_id__in=marked)


def _weights(user_id: UUID, session_ids: list[str]) -> dict[str, Taken]:
    size = Event.objects.of(user_id).alive().filter(seq=OuterRef("seq")).annotate(size=Length("body")).values("size")
    moments = Moment.objects.of(user_id).filter(session_id__in=session_ids).annotate(size=Subquery(size))
    sums = moments.values("session_id").annotate(count=Count("size"), total=Sum("size"))
    return {row["session_id"]: Taken(row["count"], row["total"] or 0) for row in sums}


def _loose(user_id: UUID, since_us: int, before_us: int) -> Iterator[Part]:
    after = since_us, 0
    while part := _loose_slice(user_id, after, before_us):
        yield part
        after = part.at_us, part.seqs[-1]


@for_its_user
def _loose_slice(user_id: UUID, after: tuple[int, int], before_us: int) -> Part | None:
    """Events of no session, as far as the log has been read."""
    beyond = Q(ts_us__gt=after[0]) | Q(ts_us=after[0], seq__gt=after[1])
    rows = _loose_rows(user_id).filter(beyond, ts_us__gte=after[0], ts_us__lt=before_us).order_by("ts_us", "seq")
    found = list(rows.annotate(size=Length("body")).values_list("seq", "ts_us", "size")[:SLICE])
    if not found:
        return None
    taken = Taken(len(found), sum(size for _, _, size in found))
    return Part(found[-1][1], None, tuple(seq for seq, _, _ in found), taken)


def _loose_rows(user_id: UUID) -> EventQuerySet:
    read = Progress.objects.filter(user_id=user_id, version=projector.VERSION).values("cursor")[:1]
    of_a_session = Moment.objects.of(user_id).filter(seq=OuterRef("seq"))
    return Event.objects.of(user_id).alive().filter(~Exists(of_a_session), seq__lte=Subquery(read))


def _take(user_id: UUID, part: Part, horizon_us: int) -> Iterator[Taken]:
    """Takes a part, slice by slice."""
    if part.session_id is None:
        yield retention_delete.retire(user_id, part.seqs)
        return
    while (taken := _take_slice(user_id, part.session_id, horizon_us)) is not None:
        yield taken


@for_its_user
def _take_slice(user_id: UUID, session_id: str, horizon_us: int) -> Taken | None:
    """The session's first events, and what is derived from them; with the last ones the session. None: it is gone."""
    with transaction.atomic():
        # Nobody derives meanwhile, and nobody has said in the meantime that it is to stay.
        list(Progress.objects.select_for_update().filter(user_id=user_id))
        session = _may_go(user_id).filter(session_id=session_id, last_us__lt=horizon_us)
        if not session.exists():
            return None
        moments = Moment.objects.of(user_id).filter(session_id=session_id).in_order()
        found = list(moments.values_list("seq", flat=True)[:SLICE])
        taken = retention_delete.retire(user_id, found)
        repository.forget_part(user_id, found)
        if len(found) < SLICE:
            repository.forget(user_id, session_id)
            for model in (Choice, Retelling):
                model.objects.of(user_id).filter(session_id=session_id).delete()
        else:
            session.update(torn=True)
            Progress.objects.filter(user_id=user_id).update(settled=False)
    return taken
