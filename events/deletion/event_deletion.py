"""Deletes events of a user's log for real. Of a deleted event its id stays, and nothing of what it said.

The row moves to the end of the log, under the stream's lock like an append: its new number is the log's next. So a
reader by cursor that passed the event before learns that it is gone, one that comes later does too, and pushing it
again is a duplicate. The place number stays with it, so that a walk of one project hears of its deletions.

Whoever syncs deletes by ids, also such as the log has not seen: `bury` plants those, so that the event is a duplicate
when it comes.

The log is walked in slices, each a transaction of its own. Whoever stops half-way has deleted what was counted;
asking again deletes the rest.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, models, transaction

from events.isolation.row_security import acting_for, for_its_user
from events.models import Event, EventQuerySet
from events.store import append_rows, locations, log

SLICE = 500  # rows moved in one transaction: the stream's writers wait for it
ALIVE = models.Q(body__isnull=False)
READ_AT_ONCE = 20  # events looked into at a time, each up to 1 MiB
# Later than any event, so that no walk by time has to step over what is gone.
END_OF_TIME = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Matching:
    """Which events are meant: those of `rows`, and of these only where `text` (if there is one) says so."""

    rows: Callable[[EventQuerySet], EventQuerySet] = lambda events: events
    text: Callable[[str], bool] | None = None


def with_ids(ids: Sequence[UUID]) -> Matching:
    return Matching(lambda events: events.filter(id__in=ids))


def before(ts_us: int) -> Matching:
    return Matching(lambda events: events.filter(ts_us__lt=ts_us))


def in_project(user_id: UUID, name: str) -> Matching:
    """What happened at a place of this name: its folder, the root of its session, or its repository."""
    numbers = locations.named(user_id, name)
    return Matching(lambda events: events.at(numbers))


def in_session(session_id: str) -> Matching:
    """The session stands in the payload, so the events are looked into."""
    written = json.dumps(session_id, ensure_ascii=False)[1:-1]

    def says(text: str) -> bool:
        # Most events are told apart unread; one that escapes characters may spell the same name otherwise.
        may_say = written in text or "\\u" in text or "\\/" in text
        return may_say and _session(json.loads(text, parse_int=float)) == session_id

    return Matching(text=says)


def _session(event: dict[str, Any]) -> Any:
    value: Any = event
    for key in ("kind", "data", "data", "session_id"):
        value = value.get(key) if isinstance(value, dict) else None
    return value


class Slice(NamedTuple):
    """What one slice did: how many events it deleted, and from where the next one goes on (None: the end)."""

    deleted: int
    at: int | None


def slice_(user_id: UUID, matching: Matching, at: int, end: int) -> Slice:
    """Deletes the next matching events after the number `at` up to `end`, the log's head when the deletion began."""
    with acting_for(user_id):
        found, at_next = _find(user_id, matching, at, end)
        return Slice(_bury(user_id, found) if found else 0, at_next)


@for_its_user
def _find(user_id: UUID, matching: Matching, at: int, end: int) -> tuple[list[int], int | None]:
    """Numbers of matching events, and how far was looked."""
    if matching.text:
        return _look_into(user_id, matching.text, at, end)
    rows = matching.rows(Event.objects.of(user_id)).alive().after(at).filter(seq__lte=end)
    seqs = list(rows.values_list("seq", flat=True)[:SLICE])
    return seqs, seqs[-1] if len(seqs) == SLICE else None


def _look_into(user_id: UUID, says: Callable[[str], bool], at: int, end: int) -> tuple[list[int], int | None]:
    records = [record for record in log.after(user_id, at, limit=READ_AT_ONCE) if record.seq <= end]
    seqs = [record.seq for record in records if not record.deleted and says(record.text)]
    return seqs, records[-1].seq if records else None


@for_its_user
def _bury(user_id: UUID, seqs: Sequence[int]) -> int:
    with transaction.atomic(), connection.wrap_database_errors:
        stream = append_rows.lock(user_id)
        # Looked for anew under the lock: another deletion may have been here since.
        still = Event.objects.of(user_id).alive().filter(seq__in=seqs).order_by("seq").values_list("seq", flat=True)
        moves = [(seq, stream.head + count) for count, seq in enumerate(still, start=1)]
        _move(user_id, moves)
        stream.head += len(moves)
        stream.save(update_fields=["head"])
    return len(moves)


def bury(user_id: UUID, ids: Sequence[UUID]) -> int:
    """Deletes these events, and keeps out those that have not come yet. How many ids that was news for."""
    return sum(_bury_ids(user_id, ids[at : at + SLICE]) for at in range(0, len(ids), SLICE))


@for_its_user
def _bury_ids(user_id: UUID, ids: Sequence[UUID]) -> int:
    with transaction.atomic(), connection.wrap_database_errors:
        stream = append_rows.lock(user_id)
        rows = Event.objects.of(user_id).filter(id__in=ids).order_by("seq")
        known = {id_: (seq, alive) for id_, seq, alive in rows.annotate(alive=ALIVE).values_list("id", "seq", "alive")}
        moves = [(seq, stream.head + n) for n, seq in enumerate((s for s, alive in known.values() if alive), start=1)]
        new = [id_ for id_ in dict.fromkeys(ids) if id_ not in known]
        _move(user_id, moves)
        _plant(user_id, [(stream.head + len(moves) + n, id_) for n, id_ in enumerate(new, start=1)])
        stream.head += len(moves) + len(new)
        stream.save(update_fields=["head"])
    return len(moves) + len(new)


def _plant(user_id: UUID, graves: Sequence[tuple[int, UUID]]) -> None:
    if graves:
        now, place_id = time.time_ns() // 1_000, locations.nowhere(user_id)
        rows = [
            Event(user_id=user_id, seq=seq, id=id_, place_id=place_id, ts_us=END_OF_TIME, received_us=now)
            for seq, id_ in graves
        ]
        Event.objects.of(user_id).bulk_create(rows)


def _move(user_id: UUID, moves: Sequence[tuple[int, int]]) -> None:
    now = time.time_ns() // 1_000
    statement = (
        "UPDATE events_event SET seq = %s, was = seq, body = NULL, ts_us = %s, received_us = %s "
        "WHERE user_id = %s AND seq = %s"
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(new, END_OF_TIME, now, user_id, old) for old, new in moves])
