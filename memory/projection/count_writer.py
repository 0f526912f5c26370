"""Writes half-hour counts. Call it within a transaction and `acting_for` the user, as all writers of derived rows."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from uuid import UUID

from django.db import connection

from memory.models import HalfHourCount, StaleDay
from memory.rules.half_hour_counts import MODEL, CountKey, CountTotals
from memory.rules.session_projection import SessionProjection
from memory.values.compressed_fields import encode_session_id

ROW_BATCH_SIZE = 500  # rows of one statement
SLOTS_PER_DAY = 48
KEY_COLUMNS = ("user_id", "session_id", *CountKey._fields)
TOTAL_COLUMNS = tuple(field.name for field in fields(CountTotals))
_UPSERT_SQL = f"""
INSERT INTO memory_halfhourcount ({", ".join(KEY_COLUMNS + TOTAL_COLUMNS)}) VALUES {{rows}}
ON CONFLICT ({", ".join(KEY_COLUMNS)})
DO UPDATE SET {", ".join(f"{name} = memory_halfhourcount.{name} + excluded.{name}" for name in TOTAL_COLUMNS)}"""
_ROW_PLACEHOLDERS = f"({', '.join(['%s'] * len(KEY_COLUMNS + TOTAL_COLUMNS))})"


def add_counts(user_id: UUID, projections: Sequence[SessionProjection]) -> None:
    """Adds the new counts of sessions to the stored half-hour counts."""
    rows = [(one.fold.session_id, *entry) for one in projections for entry in one.counts.totals.items()]
    rows = [row for row in rows if any(astuple(row[2]))]
    for at in range(0, len(rows), ROW_BATCH_SIZE):
        _upsert_rows(user_id, rows[at : at + ROW_BATCH_SIZE])
    # A later report of a message moves its usage to another key, and can leave a count of 0.
    HalfHourCount.objects.for_user(user_id).filter(
        session_id__in={row[0] for row in rows}, kind=MODEL, count=0
    ).delete()
    _mark_days_stale(user_id, (key.slot for _, key, _ in rows))


def _upsert_rows(user_id: UUID, rows: Sequence[tuple[str, CountKey, CountTotals]]) -> None:
    values = [
        value
        for session, key, totals in rows
        for value in (user_id, encode_session_id(session), *key, *astuple(totals))
    ]
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT_SQL.format(rows=", ".join([_ROW_PLACEHOLDERS] * len(rows))), values)


def mark_sessions_stale(user_id: UUID, sessions: Sequence[str]) -> None:
    """Marks the days of these sessions as stale, before their counts are deleted or get another project or machine."""
    if sessions:
        counts = HalfHourCount.objects.for_user(user_id).filter(session_id__in=sessions)
        _mark_days_stale(user_id, counts.values_list("slot", flat=True).distinct())


def _mark_days_stale(user_id: UUID, slots: Iterable[int]) -> None:
    days = {slot // SLOTS_PER_DAY for slot in slots}
    StaleDay.objects.bulk_create([StaleDay(user_id=user_id, day=day) for day in sorted(days)], ignore_conflicts=True)
