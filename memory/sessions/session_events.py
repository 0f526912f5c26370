"""A stretch of a session, and what is around it. Call `session_queries.find_session` first: it reads the log to its
end.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Q

from events import deadline
from events.isolation.row_security import acting_for, acting_for_user
from events.store import log
from events.store.log import EventText, Record
from memory.models import Prompt, SessionEvent, SessionEventQuerySet
from memory.values.compressed_fields import encode_session_id

SessionPosition = tuple[int, int]  # when in microseconds, and the number in the log: the order of a session's events
FETCH_BATCH_SIZE = 500  # events that are fetched together
# Of the events that a view of a whole session goes through, and of those that it reads.
MAX_SCANNED_CHARS, MAX_MATCHED_CHARS = 256_000_000, 32_000_000
MAX_PAGE_BYTES = 4_194_304  # of the events that one page is made of


@dataclass(frozen=True, slots=True)
class SessionPage:
    """Events of a session in their order, some from just before and after; and where its neighbours begin."""

    records: Sequence[Record]
    records_before: Sequence[Record]
    records_after: Sequence[Record]
    previous_start: SessionPosition | None
    next_start: SessionPosition | None
    preceding_prompt: Prompt | None  # the last one by a person before it


def load_session_page(
    user_id: UUID, session_id: str, start: SessionPosition | None, *, limit: int, margin: int
) -> SessionPage:
    """So many events from a place on (None: the first), and up to `margin` on either side.

    Fewer where they are large: what is captured is read whole, and a page has room for so much of it.
    """
    preceding, following = _load_positions(user_id, session_id, start, limit, margin)
    on_page, after, before = following[:limit], following[limit:], preceding[:margin]
    fetched = log.load_bounded(user_id, [seq for _, seq in (*on_page, *before, *after)], max_chars=MAX_PAGE_BYTES)
    page_end = next((at for at, (_, seq) in enumerate(on_page) if seq in fetched.omitted_seqs), len(on_page))
    on_page, after = on_page[:page_end], [*on_page[page_end:], *after]

    def records_at(positions: Sequence[SessionPosition]) -> list[Record]:
        return [fetched.records[seq] for _, seq in positions if seq in fetched.records]

    return SessionPage(
        records_at(on_page),
        records_at(before[::-1]),
        records_at(after),
        previous_start=preceding[-1] if preceding else None,
        next_start=after[0] if after else None,
        preceding_prompt=_load_last_prompt(user_id, session_id, on_page[0]) if on_page and preceding else None,
    )


@acting_for_user
def _load_positions(
    user_id: UUID, session_id: str, start: SessionPosition | None, limit: int, margin: int
) -> tuple[list[SessionPosition], list[SessionPosition]]:
    """Places before the start, the nearest first, and those from it on."""
    event_rows = SessionEvent.objects.for_user(user_id).filter(session_id=session_id)
    preceding = [] if start is None else _list_positions(_before_position(event_rows, start)[: max(limit, margin)])
    following = event_rows if start is None else event_rows.filter(_from_position(start))
    return preceding, _list_positions(following.in_order()[: limit + margin])


def _from_position(start: SessionPosition) -> Q:
    at_us, seq = start
    return Q(at_us__gte=at_us) & (Q(at_us__gt=at_us) | Q(seq__gte=seq))


def _before_position(event_rows: SessionEventQuerySet, start: SessionPosition) -> SessionEventQuerySet:
    at_us, seq = start
    return event_rows.filter(Q(at_us__lt=at_us) | Q(at_us=at_us, seq__lt=seq), at_us__lte=at_us).order_by(
        "-at_us", "-seq"
    )


def _list_positions(event_rows: SessionEventQuerySet) -> list[SessionPosition]:
    return list(event_rows.values_list("at_us", "seq"))


@acting_for_user
def _load_last_prompt(user_id: UUID, session_id: str, start: SessionPosition) -> Prompt | None:
    at_us, seq = start
    prompts = Prompt.objects.for_user(user_id).filter(session_id=session_id, by_person=True, at_us__lte=at_us)
    return prompts.exclude(at_us=at_us, seq__gte=seq).order_by("-at_us", "-seq").first()


@acting_for_user
def find_position(user_id: UUID, session_id: str, seq: int) -> SessionPosition | None:
    """Where the event of this number stands in the session."""
    found = SessionEvent.objects.for_user(user_id).filter(session_id=session_id, seq=seq)
    return next(iter(_list_positions(found)), None)


@acting_for_user
def find_last_page_start(user_id: UUID, session_id: str, limit: int) -> SessionPosition | None:
    """Where the last so many events begin."""
    event_rows = SessionEvent.objects.for_user(user_id).filter(session_id=session_id).order_by("-at_us", "-seq")
    return next(iter(_list_positions(event_rows[:limit])[::-1]), None)


@dataclass(slots=True)
class ScanExtent:
    """How far a view of a whole session came: the number of the first event that it left out; None if it took all."""

    first_skipped_seq: int | None = None


def iter_matching_events(
    user_id: UUID, session_id: str, matches: Callable[[str], bool], *, max_events: int, extent: ScanExtent
) -> Iterator[EventText]:
    """Of the session's first so many events those whose text says so, as far as a page has room to read them."""
    chars_left = MAX_MATCHED_CHARS
    for _, event_text in iter_events(user_id, session_id, max_events=max_events, extent=extent):
        if matches(event_text.text):
            chars_left -= len(event_text.text)
            if chars_left < 0:
                extent.first_skipped_seq = event_text.seq
                return
            yield event_text


def iter_events(
    user_id: UUID, session_id: str, *, max_events: int, extent: ScanExtent
) -> Iterator[tuple[int, EventText]]:
    """The session's first so many events, each with when it happened, in microseconds; as far as there is room."""
    chars_left = MAX_SCANNED_CHARS
    parameters = [user_id, encode_session_id(session_id), max_events + 1, user_id]
    with acting_for(user_id), connection.chunked_cursor() as cursor:
        cursor.execute(_EVENTS_SQL[connection.vendor], parameters)
        # Each is unpacked when it is come to: an event may be a megabyte.
        while rows := cursor.fetchmany(FETCH_BATCH_SIZE):
            for at_us, seq, body, received_us in rows:
                deadline.check()
                event_text = log.to_event_text(seq, body, received_us)
                chars_left, max_events = chars_left - len(event_text.text), max_events - 1
                if chars_left < 0 or max_events < 0:
                    extent.first_skipped_seq = seq
                    return
                yield at_us, event_text


# One statement: looking each event up by its number took longer than all else of a page. The places come first, by
# their index, and then each event by its key: a join would be left to what the planner knows, which is nothing of a
# session that just arrived. (Between two numbers and in order: that leaves one index.) SQLite joins in the order of a
# CROSS JOIN.
_POSITIONS_SQL = """
SELECT listed.at_us, event.seq, event.body, event.received_us FROM (
    SELECT at_us, seq FROM memory_sessionevent WHERE user_id = %s AND session_id = %s ORDER BY at_us, seq LIMIT %s
) AS listed CROSS JOIN """
_EVENTS_SQL = {
    "postgresql": f"""{_POSITIONS_SQL} LATERAL (
    SELECT seq, body, received_us FROM events_event
    WHERE user_id = %s AND seq BETWEEN listed.seq AND listed.seq AND body IS NOT NULL ORDER BY seq LIMIT 1
) AS event ORDER BY listed.at_us, listed.seq""",
    "sqlite": f"""{_POSITIONS_SQL} events_event AS event
WHERE event.user_id = %s AND event.seq = listed.seq AND event.body IS NOT NULL ORDER BY listed.at_us, listed.seq""",
}


@acting_for_user
def list_event_ids(user_id: UUID, session_id: str) -> list[UUID]:
    """The ids of all of the session's events."""
    return log.load_ids(user_id, SessionEvent.objects.for_user(user_id).filter(session_id=session_id).values("seq"))


@acting_for_user
def list_recent_events(user_id: UUID, session_ids: Sequence[str], since_us: int) -> list[tuple[str, int]]:
    """What happened in these sessions since a time: which, and when."""
    event_rows = SessionEvent.objects.for_user(user_id).filter(session_id__in=session_ids, at_us__gte=since_us)
    return list(event_rows.values_list("session_id", "at_us"))
