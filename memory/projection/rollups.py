"""Computes totals of half-hour counts, per day and per quarter hour: on request, not while events arrive.

A day with a changed count is computed again from all of its counts, so that its totals never depend on earlier totals.
"""

import time
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db import connection, models, transaction

from events.isolation.row_security import acting_for, acting_for_user
from memory.models import DailyTotal, HalfHourTotal, ProjectionState, StaleDay
from memory.projection.count_writer import SLOTS_PER_DAY, TOTAL_COLUMNS
from memory.rules.half_hour_counts import EVENT, PROMPT, SECOND_QUARTER

DAY_BATCH_SIZE = 60  # days in one transaction
_LOCATION_COLUMNS = "project, repo, machine, automated"
_COUNTS_SQL = """
FROM memory_halfhourcount AS counted JOIN memory_session AS session
ON session.user_id = counted.user_id AND session.session_id = counted.session_id
WHERE counted.user_id = %s AND ({slots})"""
_DAILY_SQL = f"""
INSERT INTO memory_dailytotal (user_id, day, {_LOCATION_COLUMNS}, kind, name, bucket, {", ".join(TOTAL_COLUMNS)})
SELECT counted.user_id, slot / {SLOTS_PER_DAY}, {{location}}, kind, name, bucket %% {SECOND_QUARTER},
{", ".join(f"SUM(counted.{name})" for name in TOTAL_COLUMNS)}
{_COUNTS_SQL} GROUP BY counted.user_id, slot / {SLOTS_PER_DAY}, {{by}} kind, name, bucket %% {SECOND_QUARTER}"""
_PER_PROJECT_SQL = _DAILY_SQL.replace("{location}", _LOCATION_COLUMNS).replace("{by}", f"{_LOCATION_COLUMNS},")
_OVERALL_SQL = _DAILY_SQL.replace("{location}", "NULL, NULL, NULL, automated").replace("{by}", "automated,")
_HALF_HOURS_SQL = f"""
INSERT INTO memory_halfhourtotal (user_id, slot, quarter, {_LOCATION_COLUMNS}, events, prompts, cost_microdollars)
SELECT counted.user_id, slot, bucket / {SECOND_QUARTER}, {_LOCATION_COLUMNS},
SUM(CASE WHEN kind = '{EVENT}' THEN count ELSE 0 END),
SUM(CASE WHEN kind = '{PROMPT}' THEN count ELSE 0 END), SUM(counted.cost_microdollars)
{_COUNTS_SQL} GROUP BY counted.user_id, slot, bucket / {SECOND_QUARTER}, {_LOCATION_COLUMNS}"""


def refresh_totals(user_id: UUID, *, seconds: float = 1e9) -> bool:
    """Computes the totals of all stale days again; returns False if `seconds` were not enough."""
    until = time.monotonic() + seconds
    while days := _load_stale_days(user_id):
        if time.monotonic() > until:
            return False
        with acting_for(user_id), transaction.atomic():
            # This lock stops a concurrent projection.
            list(ProjectionState.objects.select_for_update().filter(user_id=user_id))
            _rebuild_totals(
                user_id,
                [
                    (first * SLOTS_PER_DAY, last * SLOTS_PER_DAY + SLOTS_PER_DAY - 1)
                    for first, last in _iter_day_ranges(days)
                ],
            )
            StaleDay.objects.for_user(user_id).filter(day__in=days).delete()
    return True


@acting_for_user
def _load_stale_days(user_id: UUID) -> list[int]:
    return list(StaleDay.objects.for_user(user_id).order_by("day").values_list("day", flat=True)[:DAY_BATCH_SIZE])


def _iter_day_ranges(days: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yields the first and the last day of each run of consecutive days."""
    for at, day in enumerate(days):
        if at == 0 or day > days[at - 1] + 1:
            first = day
        if at + 1 == len(days) or days[at + 1] > day + 1:
            yield first, day


def _rebuild_totals(user_id: UUID, slot_ranges: Sequence[tuple[int, int]]) -> None:
    slots, days = models.Q(), models.Q()
    for first, last in slot_ranges:
        slots |= models.Q(slot__range=(first, last))
        days |= models.Q(day__range=(first // SLOTS_PER_DAY, last // SLOTS_PER_DAY))
    DailyTotal.objects.for_user(user_id).filter(days).delete()
    HalfHourTotal.objects.for_user(user_id).filter(slots).delete()
    condition = " OR ".join(["slot BETWEEN %s AND %s"] * len(slot_ranges))
    for sql in (_PER_PROJECT_SQL, _OVERALL_SQL, _HALF_HOURS_SQL):
        with connection.cursor() as cursor:
            cursor.execute(
                sql.format(slots=condition), [user_id, *(bound for slot_range in slot_ranges for bound in slot_range)]
            )
