"""A stretch of a session, and what is around it. Call `session_queries.find` first: it reads the log to its end."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Q

from events import deadline
from events.isolation.row_security import acting_for, for_its_user
from events.store import log
from events.store.log import Record, Text
from memory.models import Moment, MomentQuerySet, Prompt
from memory.values.compressed_fields import named

Place = tuple[int, int]  # when in microseconds, and the number in the log: the order of a session's events
AT_ONCE = 500  # events that are fetched together
# Of the events that a view of a whole session goes through, and of those that it reads.
PLACED_CHARACTERS, WALKED_CHARACTERS = 256_000_000, 32_000_000
PAGE_BYTES = 4_194_304  # of the events that one page is made of


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
    """So many events from a place on (None: the first), and up to `around` on either side.

    Fewer where they are large: what is captured is read whole, and a page has room for so much of it.
    """
    passed, coming = _places(user_id, session_id, start, limit, around)
    here, after, before = coming[:limit], coming[limit:], passed[:around]
    found = log.bounded(user_id, [seq for _, seq in (*here, *before, *after)], room=PAGE_BYTES)
    cut = next((at for at, (_, seq) in enumerate(here) if seq in found.left), len(here))
    here, after = here[:cut], [*here[cut:], *after]

    def told(places: Sequence[Place]) -> list[Record]:
        return [found.records[seq] for _, seq in places if seq in found.records]

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


@dataclass(slots=True)
class Reach:
    """How far a view of a whole session came: the number of the first event that it left out; None if it took all."""

    left: int | None = None


def walk(user_id: UUID, session_id: str, says: Callable[[str], bool], *, most: int, reach: Reach) -> Iterator[Text]:
    """Of the session's first so many events those whose text says so, as far as a page has room to read them."""
    room = WALKED_CHARACTERS
    for _, told in placed(user_id, session_id, most=most, reach=reach):
        if says(told.text):
            room -= len(told.text)
            if room < 0:
                reach.left = told.seq
                return
            yield told


def placed(user_id: UUID, session_id: str, *, most: int, reach: Reach) -> Iterator[tuple[int, Text]]:
    """The session's first so many events, each with when it happened, in microseconds; as far as there is room."""
    room = PLACED_CHARACTERS
    given = [user_id, named(session_id), most + 1, user_id]
    with acting_for(user_id), connection.chunked_cursor() as cursor:
        cursor.execute(_PLACED[connection.vendor], given)
        # Each is unpacked when it is come to: an event may be a megabyte.
        while rows := cursor.fetchmany(AT_ONCE):
            for at_us, seq, body, received_us in rows:
                deadline.check()
                told = log.text(seq, body, received_us)
                room, most = room - len(told.text), most - 1
                if room < 0 or most < 0:
                    reach.left = seq
                    return
                yield at_us, told


# One statement: looking each event up by its number took longer than all else of a page. The places come first, by
# their index, and then each event by its key: a join would be left to what the planner knows, which is nothing of a
# session that just arrived. (Between two numbers and in order: that leaves one index.) SQLite joins in the order of a
# CROSS JOIN.
_PLACES = """
SELECT place.at_us, event.seq, event.body, event.received_us FROM (
    SELECT at_us, seq FROM memory_moment WHERE user_id = %s AND session_id = %s ORDER BY at_us, seq LIMIT %s
) AS place CROSS JOIN """
_PLACED = {
    "postgresql": f"""{_PLACES} LATERAL (
    SELECT seq, body, received_us FROM events_event
    WHERE user_id = %s AND seq BETWEEN place.seq AND place.seq AND body IS NOT NULL ORDER BY seq LIMIT 1
) AS event ORDER BY place.at_us, place.seq""",
    "sqlite": f"""{_PLACES} events_event AS event
WHERE event.user_id = %s AND event.seq = place.seq AND event.body IS NOT NULL ORDER BY place.at_us, place.seq""",
}


@for_its_user
def ids(user_id: UUID, session_id: str) -> list[UUID]:
    """The ids of all of the session's events."""
    return log.ids(user_id, Moment.objects.of(user_id).filter(session_id=session_id).values("seq"))


@for_its_user
def recent(user_id: UUID, session_ids: Sequence[str], since_us: int) -> list[tuple[str, int]]:
    """What happened in these sessions since a time: which, and when."""
    moments = Moment.objects.of(user_id).filter(session_id__in=session_ids, at_us__gte=since_us)
    return list(moments.values_list("session_id", "at_us"))
