"""Writes half-hour counts. Call it within a transaction and `acting_for` the user, as all writers of derived rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

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


def add_counts(user_id: UUID, counts_by_session: Sequence[tuple[str, HalfHourCounts]]) -> None:
    """Adds the new counts of sessions to the stored half-hour counts."""
    counts = [(session, *entry) for session, new in counts_by_session for entry in new.totals.items()]
    totals_of_rows = [(session, key, _get_totals(totals)) for session, key, totals in counts]
    rows = [HalfHourRow(session, *key, *totals) for session, key, totals in totals_of_rows if any(totals)]
    insert_rows(user_id, HalfHourCount, rows, on_conflict=_ADD_TO_EXISTING)
    # A later report of a message moves its usage to another key, and can leave a count of 0.
    if with_models := {row.session_id for row in rows if row.kind == MODEL}:
        HalfHourCount.objects.for_user(user_id).filter(session_id__in=with_models, kind=MODEL, count=0).delete()
    _mark_days_stale(user_id, (row.slot for row in rows))


def mark_sessions_stale(user_id: UUID, sessions: Sequence[str]) -> None:
    """Marks the days of these sessions as stale, before their counts are deleted or get another project or machine."""
    if sessions:
        counts = HalfHourCount.objects.for_user(user_id).filter(session_id__in=sessions)
        _mark_days_stale(user_id, counts.values_list("slot", flat=True).distinct())


def _mark_days_stale(user_id: UUID, slots: Iterable[int]) -> None:
    days = {slot // SLOTS_PER_DAY for slot in slots}
    insert_rows(user_id, StaleDay, [DayRow(day) for day in sorted(days)], on_conflict="ON CONFLICT DO NOTHING")
