"""What a user's sessions came to: sums of what was counted. `dashboard.insights.views` draws them. Call `catch_up`
first.

However long the log, each answer is one or two statements, over a row for each day and thing, or each half hour.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, Sum

from events.isolation.row_security import acting_for_user
from events.wire.hook_event import half_hour_index
from memory.models import DailyTotal, HalfHourCount, HalfHourTotal, Session
from memory.projection import projector, rollups
from memory.projection.count_writer import SLOTS_PER_DAY, TOTAL_COLUMNS
from memory.rules.half_hour_counts import CountTotals as Totals
from memory.sessions.session_queries import CATCH_UP_TIMEOUT_S
from memory.values.page_filter import PageFilter

MAX_PROJECTS = 30  # at most: their names are captured


class SlotActivity(NamedTuple):
    """How much happened within one half hour (of these since 1970)."""

    slot: int
    events: int
    prompts: int
    cost_microdollars: int


class TotalKey(NamedTuple):
    """What a sum is of; see `memory.rules.half_hour_counts.CountKey`."""

    kind: str
    name: str
    bucket: int


@dataclass(frozen=True, slots=True)
class ProjectActivity:
    folder: str
    repo: str
    events: int
    prompts: int
    cost_microdollars: int


def catch_up(user_id: UUID) -> bool:
    """Reads the log on; False if it is far behind, and what follows is not all of it."""
    is_projected = projector.catch_up(user_id, seconds=CATCH_UP_TIMEOUT_S)
    return rollups.refresh_totals(user_id, seconds=CATCH_UP_TIMEOUT_S) and is_projected


@acting_for_user
def load_slot_activity(user_id: UUID, page_filter: PageFilter) -> list[SlotActivity]:
    """When something happened, in the order of time."""
    return [SlotActivity(*row) for row in _sum_activity(user_id, page_filter, "slot").order_by("slot")]


@acting_for_user
def load_project_activity(user_id: UUID, page_filter: PageFilter) -> list[ProjectActivity]:
    """What cost most first, then what was most at work."""
    rows = _sum_activity(user_id, page_filter, "project", "repo")
    return [
        ProjectActivity(*row) for row in rows.order_by("-cost_sum", "-events_sum", "repo", "project")[:MAX_PROJECTS]
    ]


def _sum_activity(user_id: UUID, page_filter: PageFilter, *columns: str) -> Any:
    first, end = _slot_range(page_filter)
    rows = (
        HalfHourTotal.objects.for_user(user_id)
        .filter(_filter_condition(page_filter), slot__gte=first, slot__lt=end)
        .values_list(*columns)
    )
    return rows.annotate(events_sum=Sum("events"), prompts_sum=Sum("prompts"), cost_sum=Sum("cost_microdollars"))


@acting_for_user
def load_totals(user_id: UUID, page_filter: PageFilter) -> dict[TotalKey, Totals]:
    """Everything that is counted, summed up: whole days from their sums, the rest of a stretch by half hours."""
    first, end = _slot_range(page_filter)
    first_day, end_day = -(-first // SLOTS_PER_DAY), end // SLOTS_PER_DAY
    group_condition = Q(project=None) if _filter_condition(page_filter) == Q() else _filter_condition(page_filter)
    days = DailyTotal.objects.for_user(user_id).filter(group_condition, day__gte=first_day, day__lt=end_day)
    outside_whole_days = Q(slot__lt=first_day * SLOTS_PER_DAY) | Q(slot__gte=max(end_day, first_day) * SLOTS_PER_DAY)
    sessions = Session.objects.for_user(user_id).filter(_filter_condition(page_filter)).values("session_id")
    edges = HalfHourCount.objects.for_user(user_id).filter(
        outside_whole_days, slot__gte=first, slot__lt=end, session_id__in=sessions
    )
    totals_by_key: dict[TotalKey, Totals] = defaultdict(Totals)
    for rows in (days, edges):
        for kind, name, bucket, *sums in _sum_rows(rows):
            _add_sums(totals_by_key[TotalKey(kind, name, bucket)], sums)
    return dict(totals_by_key)


def _sum_rows(rows: Any) -> Any:
    return rows.order_by().values_list("kind", "name", "bucket").annotate(*(Sum(name) for name in TOTAL_COLUMNS))


def _add_sums(total: Totals, sums: list[int]) -> None:
    for name, value in zip(TOTAL_COLUMNS, sums, strict=True):
        setattr(total, name, getattr(total, name) + int(value))


@acting_for_user
def count_sessions(user_id: UUID, page_filter: PageFilter) -> int:
    """In how many sessions something happened, from beginning to end."""
    return Session.objects.for_user(user_id).matching(page_filter).count()


def _filter_condition(page_filter: PageFilter) -> Q:
    condition = Q()
    if page_filter.project:
        condition &= Q(project=page_filter.project) | Q(repo=page_filter.project)
    return condition & Q(machine=page_filter.machine) if page_filter.machine else condition


def _slot_range(page_filter: PageFilter) -> tuple[int, int]:
    """The half hours of a scope, the last not included; one that is cut belongs to what comes after."""
    first = 0 if page_filter.since_us is None else half_hour_index(page_filter.since_us)
    return first, END_SLOT if page_filter.until_us is None else half_hour_index(page_filter.until_us)


END_SLOT = SLOTS_PER_DAY * 40_000  # the half hours until 2079
