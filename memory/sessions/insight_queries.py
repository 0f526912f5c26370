"""Queries the totals of a user's sessions for the insights (`dashboard.insights.views`). Call `catch_up` first.

Each query is one or two statements, however long the log is: it reads one row per day and key, or per half hour.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, Sum

from events.isolation.row_security import acting_for_user
from events.wire.hook_event import half_hour_index
from memory.models import DailyTotal, HalfHourCount, HalfHourTotal, Session
from memory.projection import projector, reader_projection
from memory.projection.count_writer import SLOTS_PER_DAY, TOTAL_COLUMNS
from memory.rules.half_hour_counts import CountTotals as Totals
from memory.values.page_filter import PageFilter

MAX_PROJECTS = 30  # a limit, because captured events determine how many names there are


class SlotActivity(NamedTuple):
    """The activity of one half hour; `slot` counts half hours since 1970."""

    slot: int
    events: int
    prompts: int
    cost_microdollars: int


class TotalKey(NamedTuple):
    """The key of a total: `memory.rules.half_hour_counts.CountKey` without the slot."""

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
    """Projects the log and refreshes the totals; returns False if time ran out, so that totals are incomplete."""
    return reader_projection.catch_up_with_totals(user_id, seconds=projector.READ_TIMEOUT_S)


@acting_for_user
def load_slot_activity(user_id: UUID, page_filter: PageFilter) -> list[SlotActivity]:
    """Loads the activity of each half hour, in time order."""
    return [SlotActivity(*row) for row in _sum_activity(user_id, page_filter, "slot").order_by("slot")]


@acting_for_user
def load_project_activity(user_id: UUID, page_filter: PageFilter) -> list[ProjectActivity]:
    """Loads the activity of each project, ordered by cost and then by events, highest first."""
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
    """Loads all totals of a time range: whole days from daily totals, the edges of the range from half-hour counts."""
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
    """Counts the sessions whose time range overlaps the filter."""
    return Session.objects.for_user(user_id).matching(page_filter).count()


def _filter_condition(page_filter: PageFilter) -> Q:
    condition = Q()
    if page_filter.project:
        condition &= Q(project=page_filter.project) | Q(repo=page_filter.project)
    return condition & Q(machine=page_filter.machine) if page_filter.machine else condition


def _slot_range(page_filter: PageFilter) -> tuple[int, int]:
    """Returns the first and the end slot of a filter, end exclusive.

    A half hour that a bound cuts is included at the start and excluded at the end.
    """
    first = 0 if page_filter.since_us is None else half_hour_index(page_filter.since_us)
    return first, END_SLOT if page_filter.until_us is None else half_hour_index(page_filter.until_us)


END_SLOT = SLOTS_PER_DAY * 40_000  # a half hour in 2079
