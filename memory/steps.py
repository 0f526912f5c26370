"""A stretch of a session, and what is around it. Call `sessions.find` first, which reads the log up to its end."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from events import log
from events.isolation import acting_for, for_its_user
from events.log import Record, Text
from events.models import Event
from memory.models import Moment, MomentQuerySet, Prompt
from memory.packed import named

Place = tuple[int, int]  # when in microseconds, and the number in the log: the order of a session's events
AT_ONCE = 500  # events that are fetched together


@dataclass(frozen=True, slots=True)
class Stretch:
    """Events of a session in their order, some from just before and after; and where its neighbours begin."""

    here: Sequence[Record]
    before: Sequence[Record]
    after: Sequence[Record]
    earlier: Place | None
    later: Place | None
    prompt: Prompt | None  # the last one by a person before it


def stretch(user_id: UUID, session_id: str, start: Place | None, *, limit: int, around: int) -> Stretch:
    """So many events from a place on (None: the first), and up to `around` on either side."""
    passed, coming = _places(user_id, session_id, start, limit, around)
    here, after, before = coming[:limit], coming[limit:], passed[:around]
    records = {record.seq: record for record in log.numbered(user_id, [seq for _, seq in (*here, *after, *before)])}

    def told(places: Sequence[Place]) -> list[Record]:
        return [records[seq] for _, seq in places if seq in records]

    return Stretch(
        told(here),
        told(before[::-1]),
        told(after),
        earlier=passed[-1] if passed else None,
        later=after[0] if after else None,
        prompt=_last_prompt(user_id, session_id, here[0]) if here and passed else None,
    )


@for_its_user
def _places(
    user_id: UUID, session_id: str, start: Place | None, limit: int, around: int
) -> tuple[list[Place], list[Place]]:
    """Places before the start, the nearest first, and those from it on."""
    moments = Moment.objects.of(user_id).filter(session_id=session_id)
    passed = [] if start is None else _pairs(_earlier(moments, start)[: max(limit, around)])
    coming = moments if start is None else moments.filter(_from(start))
    return passed, _pairs(coming.in_order()[: limit + around])


def _from(start: Place) -> Q:
    at_us, seq = start
    return Q(at_us__gte=at_us) & (Q(at_us__gt=at_us) | Q(seq__gte=seq))


def _earlier(moments: MomentQuerySet, start: Place) -> MomentQuerySet:
    at_us, seq = start
    return moments.filter(Q(at_us__lt=at_us) | Q(at_us=at_us, seq__lt=seq), at_us__lte=at_us).order_by("-at_us", "-seq")


def _pairs(moments: MomentQuerySet) -> list[Place]:
    return list(moments.values_list("at_us", "seq"))


@for_its_user
def _last_prompt(user_id: UUID, session_id: str, start: Place) -> Prompt | None:
    at_us, seq = start
    said = Prompt.objects.of(user_id).filter(session_id=session_id, by_person=True, at_us__lte=at_us)
    return said.exclude(at_us=at_us, seq__gte=seq).order_by("-at_us", "-seq").first()


@for_its_user
def place(user_id: UUID, session_id: str, seq: int) -> Place | None:
    """Where the event of this number stands in the session."""
    found = Moment.objects.of(user_id).filter(session_id=session_id, seq=seq)
    return next(iter(_pairs(found)), None)


@for_its_user
def last_page(user_id: UUID, session_id: str, limit: int) -> Place | None:
    """Where the last so many events begin."""
    moments = Moment.objects.of(user_id).filter(session_id=session_id).order_by("-at_us", "-seq")
    return next(iter(_pairs(moments[:limit])[::-1]), None)


def walk(user_id: UUID, session_id: str, says: Callable[[str], bool], *, most: int) -> Iterator[Text]:
    """Of the session's first so many events those whose text says so."""
    return (told for _, told in placed(user_id, session_id, most=most) if says(told.text))


def placed(user_id: UUID, session_id: str, *, most: int) -> Iterator[tuple[int, Text]]:
    """The session's first so many events, each with when it happened, in microseconds."""
    with acting_for(user_id):
        # Each is unpacked when it is come to: an event may be a megabyte.
        for at_us, seq, body, received_us in _bodies(user_id, session_id)[:most].iterator(AT_ONCE):
            yield at_us, log.text(seq, body, received_us)


def _bodies(user_id: UUID, session_id: str) -> QuerySet[Any, Any]:
    """One statement: looking each event up by its number took longer than all else of a page."""
    moments, events = Moment._meta.db_table, Event._meta.db_table
    rows = (
        Event.objects.of(user_id)
        .alive()
        .extra(  # noqa: S610  # the names are those of our own tables
            tables=[moments],
            where=[
                f"{moments}.user_id = {events}.user_id AND {moments}.seq = {events}.seq AND {moments}.session_id = %s"
            ],
            params=[named(session_id)],
            select={"at_us": f"{moments}.at_us"},
        )
    )
    in_order = rows.extra(order_by=[f"{moments}.at_us", f"{moments}.seq"])
    return in_order.values_list("at_us", "seq", "body", "received_us")


@for_its_user
def ids(user_id: UUID, session_id: str) -> list[UUID]:
    """The ids of all of the session's events."""
    return log.ids(user_id, Moment.objects.of(user_id).filter(session_id=session_id).values("seq"))


@for_its_user
def recent(user_id: UUID, session_ids: Sequence[str], since_us: int) -> list[tuple[str, int]]:
    """What happened in these sessions since a time: which, and when."""
    moments = Moment.objects.of(user_id).filter(session_id__in=session_ids, at_us__gte=since_us)
    return list(moments.values_list("session_id", "at_us"))
