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

from django.db.models import QuerySet

from events import packing, places, tables
from events.envelope import Event as NewEvent
from events.isolation import for_its_user
from events.models import Event, Stream
from events.tables import Row
from events.timestamps import moment, rfc3339


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
    return outcomes(drafts, tables.append(list(chain.from_iterable(drafts))))


def draft(batch: Batch) -> list[Row]:
    """The rows of a batch, ready to go into the tables but for their numbers. Asks the database for new places."""
    received_us = time.time_ns() // 1_000
    return rows(batch.user_id, [(event, received_us) for event in batch.events])


def rows(user_id: UUID, arrived: Sequence[tuple[NewEvent, int]]) -> list[Row]:
    """The rows of events, each with when it arrived. Asks the database for new places."""
    wheres = [(user_id, places.of(event)) for event, _ in arrived]
    numbers = places.numbers(wheres)
    return [
        Row(user_id, event.id, numbers[where], event.ts_us, received_us, packing.packed(event.text))
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
    return "" if body is None else packing.unpacked(body)


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
        events = events.at(places.named(user_id, project))
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
        events = events.at(places.named(user_id, project))
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
    return records(Event.objects.of(user_id).alive().filter(seq__in=seqs).order_by("seq").values_list(*FIELDS))


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
    return Text(seq, packing.unpacked(body), received_us)
