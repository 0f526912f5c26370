"""Deletes events of a user's log permanently: a tombstone keeps the event's id, and nothing of its content.

The row moves to the end of the log and gets the next number, under the stream's lock like an append. So every reader
by cursor learns of the deletion, whether it has passed the event or not, and pushing the event again is a duplicate.
The row keeps its location, so that a reader of one project receives the deletions of the project.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.db import connection, models, transaction

from events.isolation.row_security import acting_for, acting_for_user
from events.models import Event, EventQuerySet, Stream
from events.store import locations, log, stream_hub
from events.store.drafts import END_OF_TIME_US
from events.wire.event_header import parse_header

DELETE_BATCH_SIZE = 500  # rows moved in one transaction; other writers of the stream wait for it
ALIVE = models.Q(body__isnull=False)
READ_BATCH_SIZE = 20  # events whose text is loaded at a time, each up to 1 MiB


@dataclass(frozen=True, slots=True)
class EventSelection:
    """Selects events: the rows of `filter_rows`, or, if `matches_text` is given, the events whose text matches."""

    filter_rows: Callable[[EventQuerySet], EventQuerySet] = lambda events: events
    matches_text: Callable[[str], bool] | None = None


def with_ids(ids: Sequence[UUID]) -> EventSelection:
    return EventSelection(lambda events: events.filter(id__in=ids))


def before_time(ts_us: int) -> EventSelection:
    return EventSelection(lambda events: events.filter(ts_us__lt=ts_us))


def in_project(user_id: UUID, name: str) -> EventSelection:
    """Selects the events of locations with this name: the folder, the session's root or the repository."""
    location_ids = locations.find_ids_by_name(user_id, name)
    return EventSelection(lambda events: events.at_locations(location_ids))


def in_session(session_id: str) -> EventSelection:
    """Selects the events of a session. The session id is in the event's data, so the texts are searched."""
    escaped_id = json.dumps(session_id, ensure_ascii=False)[1:-1]

    def matches(text: str) -> bool:
        # Skip parsing for most events. A text with escape sequences may contain the same id in another spelling.
        may_match = escaped_id in text or "\\u" in text or "\\/" in text
        return may_match and parse_header(text).kind.data.data.session_id == session_id

    return EventSelection(matches_text=matches)


class SliceResult(NamedTuple):
    """Result of a slice: the count of deleted events, and the number after which the next slice starts (None: end)."""

    deleted: int
    next_seq: int | None


def delete_slice(user_id: UUID, selection: EventSelection, at: int, end: int) -> SliceResult:
    """Deletes the next matching events after the number `at` up to `end`, the log's head when the deletion started.

    Each slice is one transaction. A stopped deletion keeps its completed slices; another request deletes the rest.
    """
    with acting_for(user_id):
        seqs, next_seq = _find_matching(user_id, selection, at, end)
        return SliceResult(_write_tombstones(user_id, seqs) if seqs else 0, next_seq)


@acting_for_user
def _find_matching(user_id: UUID, selection: EventSelection, at: int, end: int) -> tuple[list[int], int | None]:
    """Finds the numbers of matching events, and the number up to which the log was searched (None: to the end)."""
    if selection.matches_text:
        return _find_by_text(user_id, selection.matches_text, at, end)
    rows = selection.filter_rows(Event.objects.for_user(user_id)).alive().after(at).filter(seq__lte=end)
    seqs = list(rows.values_list("seq", flat=True)[:DELETE_BATCH_SIZE])
    return seqs, seqs[-1] if len(seqs) == DELETE_BATCH_SIZE else None


def _find_by_text(user_id: UUID, matches: Callable[[str], bool], at: int, end: int) -> tuple[list[int], int | None]:
    records = [record for record in log.load_after(user_id, at, limit=READ_BATCH_SIZE) if record.seq <= end]
    seqs = [record.seq for record in records if not record.is_deleted and matches(record.text)]
    return seqs, records[-1].seq if records else None


@acting_for_user
def _write_tombstones(user_id: UUID, seqs: Sequence[int]) -> int:
    with transaction.atomic(), connection.wrap_database_errors:
        stream = log.lock_stream(user_id)
        # Query again under the lock: another deletion may have moved rows since.
        remaining = (
            Event.objects.for_user(user_id).alive().filter(seq__in=seqs).order_by("seq").values_list("seq", flat=True)
        )
        moves = [(seq, stream.head + count) for count, seq in enumerate(remaining, start=1)]
        _move_to_end(user_id, moves)
        _move_head(stream, len(moves))
    return len(moves)


def write_tombstones(user_id: UUID, ids: Sequence[UUID]) -> int:
    """Deletes events by id and returns how many of the ids were not deleted before.

    Sync also sends ids that the log has not seen. Their tombstones make the events duplicates when they arrive.
    """
    return sum(
        _write_tombstones_for_ids(user_id, ids[at : at + DELETE_BATCH_SIZE])
        for at in range(0, len(ids), DELETE_BATCH_SIZE)
    )


@acting_for_user
def _write_tombstones_for_ids(user_id: UUID, ids: Sequence[UUID]) -> int:
    with transaction.atomic(), connection.wrap_database_errors:
        stream = log.lock_stream(user_id)
        rows = Event.objects.for_user(user_id).filter(id__in=ids).order_by("seq")
        existing = {
            id_: (seq, alive) for id_, seq, alive in rows.annotate(alive=ALIVE).values_list("id", "seq", "alive")
        }
        moves = [
            (seq, stream.head + n) for n, seq in enumerate((s for s, alive in existing.values() if alive), start=1)
        ]
        new_ids = [id_ for id_ in dict.fromkeys(ids) if id_ not in existing]
        _move_to_end(user_id, moves)
        _insert_tombstones(user_id, [(stream.head + len(moves) + n, id_) for n, id_ in enumerate(new_ids, start=1)])
        _move_head(stream, len(moves) + len(new_ids))
    return len(moves) + len(new_ids)


def _move_head(stream: Stream, count: int) -> None:
    if count:
        stream.head += count
        now_us = time.time_ns() // 1_000
        stream.behind_since_us = stream.behind_since_us or now_us
        stream.queued_us = stream.queued_us or now_us
        stream.save(update_fields=["head", "behind_since_us", "queued_us"])
        transaction.on_commit(partial(stream_hub.notify, stream.user_id))


def _insert_tombstones(user_id: UUID, tombstones: Sequence[tuple[int, UUID]]) -> None:
    if tombstones:
        now, location_id = time.time_ns() // 1_000, locations.get_unknown_id(user_id)
        rows = [
            Event(user_id=user_id, seq=seq, id=id_, location_id=location_id, ts_us=END_OF_TIME_US, received_us=now)
            for seq, id_ in tombstones
        ]
        Event.objects.for_user(user_id).bulk_create(rows)


def _move_to_end(user_id: UUID, moves: Sequence[tuple[int, int]]) -> None:
    now = time.time_ns() // 1_000
    statement = (
        "UPDATE events_event SET seq = %s, original_seq = seq, body = NULL, ts_us = %s, received_us = %s "
        "WHERE user_id = %s AND seq = %s"
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(new, END_OF_TIME_US, now, user_id, old) for old, new in moves])
