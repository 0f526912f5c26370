"""Loads pages of a session's events. Call `session_queries.find_session` first: it projects the log to its end."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Q

from events import deadline
from events.isolation.row_security import acting_for, acting_for_user
from events.store import log
from events.store.log import Record
from events.wire.hook_event import HookEvent
from memory.models import Observation, Prompt, SessionEvent, SessionEventQuerySet
from memory.values.compressed_fields import encode_session_id

SessionPosition = tuple[int, int]  # (microseconds, event number): the order of a session's events
FETCH_BATCH_SIZE = 500  # events fetched together
# A view of a whole session scans at most the first number of characters, and parses at most the second.
MAX_SCANNED_CHARS, MAX_MATCHED_CHARS = 256_000_000, 32_000_000
MAX_PAGE_BYTES = 4_194_304  # event text of one page


@dataclass(frozen=True, slots=True)
class SessionPage:
    """One page of a session's events in order, a few events before and after it, and the starts of adjacent pages."""

    records: Sequence[Record]
    start: SessionPosition | None  # of the first event on the page
    records_before: Sequence[Record]
    records_after: Sequence[Record]
    previous_start: SessionPosition | None
    next_start: SessionPosition | None
    preceding_prompt: Prompt | None  # the last prompt by a person before the page


def load_session_page(
    user_id: UUID, session_id: str, start: SessionPosition | None, *, limit: int, margin: int
) -> SessionPage:
    """Loads `limit` events from a position (None: from the first event), and up to `margin` events on either side.

    Loads fewer events if they are large: each event is read whole, and a page holds at most `MAX_PAGE_BYTES`.
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
        on_page[0] if on_page else None,
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
    """Loads the positions before the start, nearest first, and the positions from the start on."""
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
    """Finds the position of an event in the session; None if the session has no event of this number."""
    found = SessionEvent.objects.for_user(user_id).filter(session_id=session_id, seq=seq)
    return next(iter(_list_positions(found)), None)


@acting_for_user
def find_act_start(user_id: UUID, seq: int) -> int | None:
    """Finds the number of the event that started the act which this event ended; None if it is not known."""
    return Observation.objects.for_user(user_id).filter(seq=seq).values_list("start_seq", flat=True).first()


@acting_for_user
def find_last_page_start(user_id: UUID, session_id: str, limit: int) -> SessionPosition | None:
    """Finds the position of the first of the last `limit` events."""
    event_rows = SessionEvent.objects.for_user(user_id).filter(session_id=session_id).order_by("-at_us", "-seq")
    return next(iter(_list_positions(event_rows[:limit])[::-1]), None)


@dataclass(slots=True)
class ScanExtent:
    """How far a scan of a whole session came: the number of the first omitted event, or None if it read all events."""

    first_skipped_seq: int | None = None


def iter_matching_events(
    user_id: UUID, session_id: str, matches: Callable[[HookEvent], bool], *, max_events: int, extent: ScanExtent
) -> Iterator[HookEvent]:
    """Yields the events that match, of the session's first `max_events`, up to `MAX_MATCHED_CHARS` in total."""
    chars_left = MAX_MATCHED_CHARS
    for _, event in iter_events(user_id, session_id, max_events=max_events, extent=extent):
        if matches(event):
            chars_left -= len(event.text)
            if chars_left < 0:
                extent.first_skipped_seq = event.seq
                return
            yield event


def iter_events(
    user_id: UUID, session_id: str, *, max_events: int, extent: ScanExtent
) -> Iterator[tuple[int, HookEvent]]:
    """Yields the session's first `max_events` events, up to `MAX_SCANNED_CHARS` in total, each with its time in µs.

    The events are skimmed: their data is parsed when it is read.
    """
    chars_left = MAX_SCANNED_CHARS
    parameters = [user_id, encode_session_id(session_id), max_events + 1, user_id]
    with acting_for(user_id), connection.chunked_cursor() as cursor:
        cursor.execute(_EVENTS_SQL[connection.vendor], parameters)
        # Decompress each event only when the loop reaches it: an event may have a megabyte.
        while rows := cursor.fetchmany(FETCH_BATCH_SIZE):
            for at_us, seq, body, received_us in rows:
                deadline.check()
                event_text = log.to_event_text(seq, body, received_us)
                chars_left, max_events = chars_left - len(event_text.text), max_events - 1
                if chars_left < 0 or max_events < 0:
                    extent.first_skipped_seq = seq
                    return
                yield at_us, HookEvent.skim(*event_text)


# One statement, because looking up each event by its number took longer than the rest of a page. It reads the positions
# by their index first, and then each event by its key. The order of a plain join would depend on the planner's
# statistics, which do not cover a session that just arrived. (BETWEEN and ORDER BY leave one usable index.) SQLite
# joins in the order of a CROSS JOIN.
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
    """Lists the ids of all events of a session."""
    return log.load_ids(user_id, SessionEvent.objects.for_user(user_id).filter(session_id=session_id).values("seq"))


@acting_for_user
def list_recent_events(user_id: UUID, session_ids: Sequence[str], since_us: int) -> list[tuple[str, int]]:
    """Lists the events of these sessions since a time, as (session id, time in µs)."""
    event_rows = SessionEvent.objects.for_user(user_id).filter(session_id__in=session_ids, at_us__gte=since_us)
    return list(event_rows.values_list("session_id", "at_us"))
