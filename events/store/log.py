"""The log: `append` writes it, the other verbs walk it. Everything else in Memfog is a view of it.

Each user's events are numbered 1, 2, 3 … in the order they commit. `append` locks the user's stream before it
numbers anything, so a number is never seen before a smaller one: a reader that pages by number misses nothing.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Length

from events.isolation.row_security import for_its_user
from events.models import Event, Stream
from events.store import append_rows, event_compression, locations
from events.store.append_rows import Row
from events.wire.envelope import Event as NewEvent
from events.wire.timestamps import moment, rfc3339


class Batch(NamedTuple):
    """Events that one user sends in one request."""

    user_id: UUID
    events: Sequence[NewEvent]


class Appended(NamedTuple):
    """What became of a batch: how many events are new, and how many the log had already."""

    accepted: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class Record:
    """An event as the log holds it. `text` is its wire JSON, empty when it was deleted."""

    seq: int
    id: UUID
    text: str
    received_us: int

    @property
    def received_at(self) -> datetime:
        return moment(self.received_us)

    @property
    def deleted(self) -> bool:
        return not self.text

    @property
    def mark(self) -> str:
        """Tells this row from any other, also from the same event where it was stored at another time."""
        return blake2b(self.id.bytes + self.received_us.to_bytes(8), digest_size=12).hexdigest()

    def wire(self, user_id: UUID) -> str:
        """The event as it comes back: as it was sent, with whose it is and when it came."""
        return f'{self.text[:-1]},"user_id":"{user_id}","received_at":"{rfc3339(self.received_us)}"}}'


class Text(NamedTuple):
    """What an event says, its number and when it came."""

    seq: int
    text: str
    received_us: int

    @property
    def received_at(self) -> datetime:
        return moment(self.received_us)


def append(batches: Sequence[Batch]) -> list[Appended]:
    """Stores what is new in these batches, all of it in one transaction, and says so batch by batch.

    Committed when it returns. Of equal ids of one user the first is kept. Raises django.db.Error, and then
    nothing is stored.
    """
    drafts = [draft(batch) for batch in batches]
    return outcomes(drafts, append_rows.append(list(chain.from_iterable(drafts))))


def draft(batch: Batch) -> list[Row]:
    """The rows of a batch, ready to go into the tables but for their numbers. Asks the database for new places."""
    received_us = time.time_ns() // 1_000
    return rows(batch.user_id, [(event, received_us) for event in batch.events])


def rows(user_id: UUID, arrived: Sequence[tuple[NewEvent, int]]) -> list[Row]:
    """The rows of events, each with when it arrived. Asks the database for new places."""
    wheres = [(user_id, locations.of(event)) for event, _ in arrived]
    numbers = locations.numbers(wheres)
    return [
        Row(user_id, event.id, numbers[where], event.ts_us, received_us, event_compression.packed(event.text))
        for (event, received_us), where in zip(arrived, wheres, strict=True)
    ]


def outcomes(drafts: Sequence[Sequence[Row]], fresh: set[int]) -> list[Appended]:
    """What became of each draft, when those indices of all rows together were new."""
    appended, end = [], 0
    for rows in drafts:
        start, end = end, end + len(rows)
        accepted = sum(index in fresh for index in range(start, end))
        appended.append(Appended(accepted, len(rows) - accepted))
    return appended


def _text(body: bytes | memoryview | None) -> str:
    return "" if body is None else event_compression.unpacked(body)


FIELDS = ("seq", "id", "body", "received_us")


def records(rows: Iterable[tuple[int, UUID, bytes | None, int]]) -> list[Record]:
    """Rows of `FIELDS` as records."""
    return [Record(seq, id_, _text(body), received_us) for seq, id_, body, received_us in rows]


def head(user_id: UUID) -> int:
    """The highest number in the user's log; 0 when it is empty."""
    return Stream.objects.filter(user_id=user_id).values_list("head", flat=True).first() or 0


@for_its_user
def after(user_id: UUID, cursor: int, *, limit: int, project: str | None = None) -> list[Record]:
    """The next events after a number, deleted ones among them, in the order they committed.

    With `project`, only what happened at a place of that name, what was deleted there included.
    """
    events = Event.objects.of(user_id).after(cursor)
    if project is not None:
        events = events.at(locations.named(user_id, project))
    return records(events.values_list(*FIELDS)[:limit])


@for_its_user
def before(user_id: UUID, seq: int | None, *, limit: int) -> list[Record]:
    """The latest events with a smaller number than `seq` (None: the latest of all), newest first."""
    events = Event.objects.of(user_id).alive().order_by("-seq")
    if seq is not None:
        events = events.filter(seq__lt=seq)
    return records(events.values_list(*FIELDS)[:limit])


@for_its_user
def by_time(user_id: UUID, *, since_us: int | None, limit: int, project: str | None = None) -> list[Record]:
    """Events with a later `ts` than `since_us`, ordered by `ts`, then by number."""
    events = Event.objects.of(user_id).alive().order_by("ts_us", "seq")
    if since_us is not None:
        events = events.filter(ts_us__gt=since_us)
    if project is not None:
        events = events.at(locations.named(user_id, project))
    return records(events.values_list(*FIELDS)[:limit])


@for_its_user
def get(user_id: UUID, seq: int) -> Record | None:
    """One event of the user by its number; None where there is none (any more)."""
    rows = Event.objects.of(user_id).alive().filter(seq=seq).values_list(*FIELDS)
    return next(iter(records(rows)), None)


@for_its_user
def stands(user_id: UUID, seq: int, mark: str) -> bool:
    """Whether the row of this mark still stands at this number.

    Not so when it was deleted since, or when the log was put back to where it ended before it and went on otherwise.
    """
    rows = Event.objects.of(user_id).filter(seq=seq).values_list("id", "received_us")
    return any(Record(seq, id_, "", received_us).mark == mark for id_, received_us in rows)


@for_its_user
def numbered(user_id: UUID, seqs: "Sequence[int] | QuerySet[Any, Any]") -> list[Record]:
    """These events of the user by their numbers, in that order; without those that are gone.

    The numbers may be a query for them, of rows of the same user.
    """
    if connection.vendor == "postgresql" and not isinstance(seqs, QuerySet):
        return _by_key(user_id, seqs)
    return records(Event.objects.of(user_id).alive().filter(seq__in=seqs).order_by("seq").values_list(*FIELDS))


# Each by its key, whatever the planner knows: of a log that just arrived it thinks that going through all is as quick.
# Between two numbers and in order leaves it one index.
_BY_KEY = """
SELECT event.* FROM (SELECT DISTINCT unnest(%s::bigint[]) AS seq) AS wanted CROSS JOIN LATERAL (
    SELECT seq, id, body, received_us FROM events_event
    WHERE user_id = %s AND seq BETWEEN wanted.seq AND wanted.seq AND body IS NOT NULL ORDER BY seq LIMIT 1
) AS event ORDER BY event.seq"""


def _by_key(user_id: UUID, seqs: Sequence[int]) -> list[Record]:
    with connection.cursor() as cursor:
        cursor.execute(_BY_KEY, [list(seqs), user_id])
        return records(cursor.fetchall())


class Bounded(NamedTuple):
    """Events as far as there was room for their texts, and the numbers of those that found none."""

    records: dict[int, Record]
    left: frozenset[int]


SMALL_BYTES = 65_536  # of a packed event; larger ones are fetched one by one


@for_its_user
def bounded(user_id: UUID, seqs: Sequence[int], *, room: int) -> Bounded:
    """These events by their numbers, in the order asked for while their texts have room for so many characters."""
    bodies, found = {row[0]: row for row in _small_bodies(user_id, seqs)}, dict[int, Record]()
    for at, seq in enumerate(seqs):
        row = bodies.get(seq)
        record = row and (next(iter(numbered(user_id, [seq])), None) if row[2] is None else records([row])[0])
        if not record:
            continue
        room -= len(record.text)
        if room < 0 and found:
            return Bounded(found, frozenset(seqs[at:]) & bodies.keys())
        found[seq] = record
    return Bounded(found, frozenset())


_SMALL_BODIES = """
SELECT event.* FROM (SELECT DISTINCT unnest(%s::bigint[]) AS seq) AS wanted CROSS JOIN LATERAL (
    SELECT seq, id, CASE WHEN octet_length(body) <= %s THEN body END, received_us FROM events_event
    WHERE user_id = %s AND seq BETWEEN wanted.seq AND wanted.seq AND body IS NOT NULL ORDER BY seq LIMIT 1
) AS event"""


def _small_bodies(user_id: UUID, seqs: Sequence[int]) -> list[tuple[int, UUID, bytes | None, int]]:
    """Rows of `FIELDS`, without the body where it is large."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_SMALL_BODIES, [list(seqs), SMALL_BYTES, user_id])
            return list(cursor.fetchall())
    rows = Event.objects.of(user_id).alive().filter(seq__in=seqs).annotate(size=Length("body"))
    small = rows.filter(size__lte=SMALL_BYTES).values_list(*FIELDS)
    large = rows.filter(size__gt=SMALL_BYTES).values_list("seq", "id", "received_us")
    return [*small, *((seq, id_, None, received_us) for seq, id_, received_us in large)]


@for_its_user
def ids(user_id: UUID, seqs: "Sequence[int] | QuerySet[Any, Any]") -> list[UUID]:
    """The ids of these events of the user, of those that are there."""
    return list(Event.objects.of(user_id).alive().filter(seq__in=seqs).values_list("id", flat=True))


@for_its_user
def numbers_before(user_id: UUID, seqs: Sequence[int]) -> list[int]:
    """The numbers that these deleted events had in the log before, of those that were in it."""
    rows = Event.objects.of(user_id).filter(seq__in=seqs)
    return [was for was in rows.order_by("seq").values_list("was", flat=True) if was is not None]


def text(seq: int, body: bytes, received_us: int) -> Text:
    """A row of these three columns."""
    return Text(seq, event_compression.unpacked(body), received_us)
