"""Writes half-hour counts. Call it within a transaction and `acting_for` the user, like all writers of derived rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from events.isolation.row_security import acting_for
from memory.models import HalfHourCount, StaleDay
from memory.projection.bulk_insert import insert_rows
from memory.rules.half_hour_counts import MODEL, CountKey, CountTotals, HalfHourCounts

SLOTS_PER_DAY = 48
TOTAL_COLUMNS = tuple(field.name for field in fields(CountTotals))
_ADD_TO_EXISTING = f"""
ON CONFLICT ({", ".join(("user_id", "session_id", *CountKey._fields))})
DO UPDATE SET {", ".join(f"{name} = memory_halfhourcount.{name} + excluded.{name}" for name in TOTAL_COLUMNS)}"""


_get_totals = attrgetter(*TOTAL_COLUMNS)


@dataclass(frozen=True, slots=True)
class HalfHourRow:
    """The columns of `memory.models.HalfHourCount` without its owner."""

    session_id: str
    slot: int
    kind: str
    name: str
    bucket: int
    count: int
    failed: int
    duration_us: int
    input_tokens: int
    output_tokens: int
    cache_creation_input_tokens: int
    cache_read_input_tokens: int
    cost_microdollars: int


class DayRow(NamedTuple):
    """The column of `memory.models.StaleDay` without its owner."""

    day: int


def add_counts(counts_by_session: Iterable[tuple[UUID, str, HalfHourCounts]]) -> None:
    """Adds the new counts of sessions, each with its user, to the stored half-hour counts."""
    totals_of_rows = [
        (user_id, session, key, _get_totals(totals))
        for user_id, session, new in counts_by_session
        for key, totals in new.totals.items()
    ]
    rows = [
        (user_id, HalfHourRow(session, *key, *totals))
        for user_id, session, key, totals in totals_of_rows
        if any(totals)
    ]
    insert_rows(HalfHourCount, rows, on_conflict=_ADD_TO_EXISTING)
    # A later report of a message moves its usage to another key, and can leave a count of 0.
    for user_id, session in {
        (user_id, row.session_id) for user_id, row in rows if row.kind == MODEL and row.count <= 0
    }:
        with acting_for(user_id):
            HalfHourCount.objects.for_user(user_id).filter(session_id=session, kind=MODEL, count=0).delete()
    _mark_days_stale((user_id, row.slot) for user_id, row in rows)


def mark_sessions_stale(user_id: UUID, sessions: Sequence[str]) -> None:
    """Marks the days of these sessions as stale, before their counts are deleted or get another project or machine."""
    if sessions:
        counts = HalfHourCount.objects.for_user(user_id).filter(session_id__in=sessions)
        _mark_days_stale((user_id, slot) for slot in counts.values_list("slot", flat=True).distinct())


def _mark_days_stale(slots: Iterable[tuple[UUID, int]]) -> None:
    days = {(user_id, slot // SLOTS_PER_DAY) for user_id, slot in slots}
    rows = [(user_id, DayRow(day)) for user_id, day in sorted(days)]
    insert_rows(StaleDay, rows, on_conflict="ON CONFLICT DO NOTHING")
