"""The log of each user: `append` writes it, the other functions read it. All else in Memfog derives from it.

The events of a user are numbered 1, 2, 3 … in the order of their commits. `append` locks the user's stream before it
numbers events, so that no number is visible before a smaller one: a reader that pages by number misses nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import blake2b
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Length
from psycopg import Cursor

from events.isolation.row_security import acting_for_user
from events.models import Event, Stream
from events.store import append_rows, event_compression, locations, stream_hub
from events.store.async_postgres import AsyncPostgresPool
from events.store.drafts import Draft, EventRow
from events.wire.timestamps import format_rfc3339, to_datetime


class Appended(NamedTuple):
    """The result of a draft: how many events are new, how many the log had already, and the indices of the new rows."""

    accepted: int
    duplicates: int
    new_indices: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Record:
    """A row of the log. `text` is the wire JSON of the event; it is empty if the event was deleted."""

    seq: int
    id: UUID
    text: str
    received_us: int

    @property
    def received_at(self) -> datetime:
        return to_datetime(self.received_us)

    @property
    def is_deleted(self) -> bool:
        return not self.text

    @property
    def row_digest(self) -> str:
        """Identifies this row, also among copies of the same event that were stored at other times."""
        return blake2b(self.id.bytes + self.received_us.to_bytes(8), digest_size=12).hexdigest()

    def to_wire(self, user_id: UUID) -> str:
        """The event as it was sent, with its owner and its time of arrival."""
        return f'{self.text[:-1]},"user_id":"{user_id}","received_at":"{format_rfc3339(self.received_us)}"}}'


class EventText(NamedTuple):
    """The wire JSON of an event, its number and its time of arrival."""

    seq: int
    text: str
    received_us: int

    @property
    def received_at(self) -> datetime:
        return to_datetime(self.received_us)


def append(drafts: Sequence[Draft]) -> list[Appended]:
    """Stores the new events of these drafts in one transaction, and notifies the open streams once it is committed.

    Committed when it returns, unless within a transaction of the caller. Of equal ids of one user the first is kept.
    Raises django.db.Error, and then nothing is stored.
    """
    order = _order_by_user(drafts)
    appended = _split(drafts, order, append_rows.append(_list_rows(drafts, order)))
    for user_id, is_urgent in _list_users(drafts):
        transaction.on_commit(partial(stream_hub.notify, user_id, is_urgent=is_urgent))
    return appended


async def append_async(pool: AsyncPostgresPool, drafts: Sequence[Draft]) -> list[Appended]:
    """The same by an asynchronous connection of PostgreSQL."""
    order = _order_by_user(drafts)
    appended = _split(drafts, order, await append_rows.append_async(pool, _list_rows(drafts, order)))
    for user_id, is_urgent in _list_users(drafts):
        stream_hub.notify(user_id, is_urgent=is_urgent)
    return appended


def _list_users(drafts: Sequence[Draft]) -> Iterable[tuple[UUID, bool]]:
    """Lists each user of the drafts, and whether one of their events is urgent."""
    urgent = {draft.user_id for draft in drafts if draft.is_urgent}
    return [(user_id, user_id in urgent) for user_id in {draft.user_id for draft in drafts}]


def _order_by_user(drafts: Sequence[Draft]) -> Sequence[int]:
    """Lists the indices of the drafts, those of one user together and in their order."""
    return sorted(range(len(drafts)), key=lambda index: drafts[index].user_id.int)


def _list_rows(drafts: Sequence[Draft], order: Sequence[int]) -> list[EventRow]:
    return list(chain.from_iterable(drafts[index].rows for index in order))


def _split(drafts: Sequence[Draft], order: Sequence[int], new_indices: set[int]) -> list[Appended]:
    """Computes the result of each draft from the indices of the new rows."""
    appended, end = {}, 0
    for index in order:
        start, end = end, end + len(drafts[index].rows)
        new = frozenset(row - start for row in range(start, end) if row in new_indices)
        appended[index] = Appended(len(new), end - start - len(new), new)
    return [appended[index] for index in range(len(drafts))]


def lock_stream(user_id: UUID) -> Stream:
    """Locks the user's stream until the transaction ends: nothing else numbers the user's events meanwhile."""
    return Stream.objects.select_for_update().get_or_create(user_id=user_id)[0]


def _decompress_body(body: bytes | memoryview | None) -> str:
    return "" if body is None else event_compression.decompress(body)


RECORD_FIELDS = ("seq", "id", "body", "received_us")


def to_records(rows: Iterable[tuple[int, UUID, bytes | None, int]]) -> list[Record]:
    """Converts rows of `RECORD_FIELDS`."""
    return [Record(seq, id_, _decompress_body(body), received_us) for seq, id_, body, received_us in rows]


def load_head(user_id: UUID) -> int:
    """Returns the highest number in the user's log; 0 if the log is empty."""
    return Stream.objects.filter(user_id=user_id).values_list("head", flat=True).first() or 0


@acting_for_user
def load_after(user_id: UUID, cursor: int, *, limit: int, project: str | None = None) -> list[Record]:
    """Loads the next events after a number in the order of their commits, deleted events included.

    With `project`, only events at locations of that name, deleted events of these locations included.
    """
    if project is None and connection.vendor == "postgresql":
        return _load_after(user_id, cursor, limit)
    events = Event.objects.for_user(user_id).after(cursor)
    if project is not None:
        events = events.at_locations(locations.find_ids_by_name(user_id, project))
    return to_records(events.values_list(*RECORD_FIELDS)[:limit])


# Prepared once per connection: the projection runs it for each batch.
_AFTER_SQL = b"""
SELECT seq, id, body, received_us FROM events_event WHERE user_id = %b AND seq > %b ORDER BY seq LIMIT %b"""


def _load_after(user_id: UUID, cursor: int, limit: int) -> list[Record]:
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as rows:
        return to_records(rows.execute(_AFTER_SQL, [user_id, cursor, limit], binary=True).fetchall())


@acting_for_user
def load_before(user_id: UUID, seq: int | None, *, limit: int) -> list[Record]:
    """Loads the latest events with a number below `seq` (None: the latest of all), newest first."""
    events = Event.objects.for_user(user_id).alive().order_by("-seq")
    if seq is not None:
        events = events.filter(seq__lt=seq)
    return to_records(events.values_list(*RECORD_FIELDS)[:limit])


@acting_for_user
def load_by_time(user_id: UUID, *, since_us: int | None, limit: int, project: str | None = None) -> list[Record]:
    """Loads events with a `ts` after `since_us`, ordered by `ts`, then by number."""
    events = Event.objects.for_user(user_id).alive().order_by("ts_us", "seq")
    if since_us is not None:
        events = events.filter(ts_us__gt=since_us)
    if project is not None:
        events = events.at_locations(locations.find_ids_by_name(user_id, project))
    return to_records(events.values_list(*RECORD_FIELDS)[:limit])


@acting_for_user
def load_record(user_id: UUID, seq: int) -> Record | None:
    """Loads an event of the user by its number; None if it does not exist or was deleted."""
    rows = Event.objects.for_user(user_id).alive().filter(seq=seq).values_list(*RECORD_FIELDS)
    return next(iter(to_records(rows)), None)


@acting_for_user
def has_row(user_id: UUID, seq: int, row_digest: str) -> bool:
    """Whether the row with this digest still has this number.

    It has not if it was deleted since, or if the log was restored from an older backup and continued differently.
    """
    rows = Event.objects.for_user(user_id).filter(seq=seq).values_list("id", "received_us")
    return any(Record(seq, id_, "", received_us).row_digest == row_digest for id_, received_us in rows)


@acting_for_user
def load_by_seqs(user_id: UUID, seqs: "Sequence[int] | QuerySet[Any, Any]") -> list[Record]:
    """Loads the existing events of the user with these numbers, in the order of their numbers.

    `seqs` may be a query for numbers, of rows of the same user.
    """
    if connection.vendor == "postgresql" and not isinstance(seqs, QuerySet):
        return _load_by_key(user_id, seqs)
    return to_records(
        Event.objects.for_user(user_id).alive().filter(seq__in=seqs).order_by("seq").values_list(*RECORD_FIELDS)
    )


# Reads each row by its key, whatever the statistics say: for a log that just arrived the planner expects a scan of all
# rows to be as fast. The condition BETWEEN and the order leave it a single index.
_BY_KEY_SQL = """
SELECT event.* FROM (SELECT DISTINCT unnest(%s::bigint[]) AS seq) AS wanted CROSS JOIN LATERAL (
    SELECT seq, id, body, received_us FROM events_event
    WHERE user_id = %s AND seq BETWEEN wanted.seq AND wanted.seq AND body IS NOT NULL ORDER BY seq LIMIT 1
) AS event ORDER BY event.seq"""


def _load_by_key(user_id: UUID, seqs: Sequence[int]) -> list[Record]:
    with connection.cursor() as cursor:
        cursor.execute(_BY_KEY_SQL, [list(seqs), user_id])
        return to_records(cursor.fetchall())


class BoundedRecords(NamedTuple):
    """Events whose texts fit the budget, and the numbers of the events that did not fit."""

    records: dict[int, Record]
    omitted_seqs: frozenset[int]


SMALL_BODY_BYTES = 65_536  # of a compressed event; larger events are fetched one at a time


@acting_for_user
def load_bounded(user_id: UUID, seqs: Sequence[int], *, max_chars: int) -> BoundedRecords:
    """Loads events by their numbers, in the given order, until their texts exceed `max_chars`."""
    bodies, found = {row[0]: row for row in _load_small_bodies(user_id, seqs)}, dict[int, Record]()
    for at, seq in enumerate(seqs):
        row = bodies.get(seq)
        record = row and (next(iter(load_by_seqs(user_id, [seq])), None) if row[2] is None else to_records([row])[0])
        if not record:
            continue
        max_chars -= len(record.text)
        if max_chars < 0 and found:
            return BoundedRecords(found, frozenset(seqs[at:]) & bodies.keys())
        found[seq] = record
    return BoundedRecords(found, frozenset())


_SMALL_BODIES_SQL = """
SELECT event.* FROM (SELECT DISTINCT unnest(%s::bigint[]) AS seq) AS wanted CROSS JOIN LATERAL (
    SELECT seq, id, CASE WHEN octet_length(body) <= %s THEN body END, received_us FROM events_event
    WHERE user_id = %s AND seq BETWEEN wanted.seq AND wanted.seq AND body IS NOT NULL ORDER BY seq LIMIT 1
) AS event"""


def _load_small_bodies(user_id: UUID, seqs: Sequence[int]) -> list[tuple[int, UUID, bytes | None, int]]:
    """Loads rows of `RECORD_FIELDS`; the body of a large event is None."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_SMALL_BODIES_SQL, [list(seqs), SMALL_BODY_BYTES, user_id])
            return list(cursor.fetchall())
    rows = Event.objects.for_user(user_id).alive().filter(seq__in=seqs).annotate(size=Length("body"))
    small = rows.filter(size__lte=SMALL_BODY_BYTES).values_list(*RECORD_FIELDS)
    large = rows.filter(size__gt=SMALL_BODY_BYTES).values_list("seq", "id", "received_us")
    return [*small, *((seq, id_, None, received_us) for seq, id_, received_us in large)]


@acting_for_user
def load_ids(user_id: UUID, seqs: "Sequence[int] | QuerySet[Any, Any]") -> list[UUID]:
    """Loads the ids of those of the user's events that exist."""
    return list(Event.objects.for_user(user_id).alive().filter(seq__in=seqs).values_list("id", flat=True))


@acting_for_user
def load_original_seqs(user_id: UUID, seqs: Sequence[int]) -> list[int]:
    """Loads the numbers that deleted events had before their deletion, if they were in the log."""
    rows = Event.objects.for_user(user_id).filter(seq__in=seqs)
    return [seq for seq in rows.order_by("seq").values_list("original_seq", flat=True) if seq is not None]


def to_event_text(seq: int, body: bytes, received_us: int) -> EventText:
    """Decompresses a row of these three columns."""
    return EventText(seq, event_compression.decompress(body), received_us)
