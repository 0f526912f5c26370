"""Sums up tallies: of each day, and of each half hour. Not while events come in, but when somebody asks.

A day of which a tally changed is made anew from all of its tallies, so that its sums are theirs whatever led to them.
"""

import time
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db import connection, models, transaction

from events.isolation.row_security import acting_for, for_its_user
from memory.models import Daily, HalfHour, Progress, Recount
from memory.projection.count_writer import SLOTS, SUMS
from memory.rules.half_hour_counts import EVENT, PROMPT

AT_ONCE = 60  # days in one transaction
_PLACE = "project, repo, machine"
_TALLIES = """
FROM memory_tally AS tally JOIN memory_session AS session
ON session.user_id = tally.user_id AND session.session_id = tally.session_id
WHERE tally.user_id = %s AND ({slots})"""
_DAILY = f"""
INSERT INTO memory_daily (user_id, day, {_PLACE}, kind, name, bucket, {", ".join(SUMS)})
SELECT tally.user_id, slot / {SLOTS}, {{place}}, kind, name, bucket, {", ".join(f"SUM(tally.{name})" for name in SUMS)}
{_TALLIES} GROUP BY tally.user_id, slot / {SLOTS}, {{by}} kind, name, bucket"""
_OF_EACH = _DAILY.replace("{place}", _PLACE).replace("{by}", f"{_PLACE},")
_OF_ALL = _DAILY.replace("{place}", "NULL, NULL, NULL").replace("{by}", "")
_HALF_HOURS = f"""
INSERT INTO memory_halfhour (user_id, slot, {_PLACE}, events, prompts, cost_microdollars)
SELECT tally.user_id, slot, {_PLACE}, SUM(CASE WHEN kind = '{EVENT}' THEN count ELSE 0 END),
SUM(CASE WHEN kind = '{PROMPT}' THEN count ELSE 0 END), SUM(tally.cost_microdollars)
{_TALLIES} GROUP BY tally.user_id, slot, {_PLACE}"""


def sum_up(user_id: UUID, *, seconds: float = 1e9) -> bool:
    """Makes the sums of all days anew that changed; False if `seconds` were too few."""
    until = time.monotonic() + seconds
    while days := _changed(user_id):
        if time.monotonic() > until:
            return False
        with acting_for(user_id), transaction.atomic():
            # Nobody derives meanwhile.
            list(Progress.objects.select_for_update().filter(user_id=user_id))
            _sum_up(user_id, [(first * SLOTS, last * SLOTS + SLOTS - 1) for first, last in _spans(days)])
            Recount.objects.of(user_id).filter(day__in=days).delete()
    return True


@for_its_user
def _changed(user_id: UUID) -> list[int]:
    return list(Recount.objects.of(user_id).order_by("day").values_list("day", flat=True)[:AT_ONCE])


def _spans(days: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of days that follow one another."""
    for at, day in enumerate(days):
        if at == 0 or day > days[at - 1] + 1:
            first = day
        if at + 1 == len(days) or days[at + 1] > day + 1:
            yield first, day


def _sum_up(user_id: UUID, spans: Sequence[tuple[int, int]]) -> None:
    slots, days = models.Q(), models.Q()
    for first, last in spans:
        slots |= models.Q(slot__range=(first, last))
        days |= models.Q(day__range=(first // SLOTS, last // SLOTS))
    Daily.objects.of(user_id).filter(days).delete()
    HalfHour.objects.of(user_id).filter(slots).delete()
    chosen = " OR ".join(["slot BETWEEN %s AND %s"] * len(spans))
    for sql in (_OF_EACH, _OF_ALL, _HALF_HOURS):
        with connection.cursor() as cursor:
            cursor.execute(sql.format(slots=chosen), [user_id, *(bound for span in spans for bound in span)])
