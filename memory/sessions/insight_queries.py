"""Queries the totals of a user's sessions for the insights (`dashboard.insights.views`). Call `catch_up` first.

Each query is one or two statements, however long the log is: it reads one row per day and key, or per quarter hour.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Case, F, IntegerField, Min, Q, Sum, Value, When

from events.isolation.row_security import acting_for_user
from events.wire.folder_names import display_folder, folder_key
from events.wire.hook_event import quarter_hour_index
from memory.models import DailyTotal, HalfHourCount, HalfHourTotal, Session
from memory.projection import projector, reader_projection
from memory.projection.count_writer import SLOTS_PER_DAY, TOTAL_COLUMNS
from memory.rules.half_hour_counts import SECOND_QUARTER
from memory.rules.half_hour_counts import CountTotals as Totals
from memory.sessions import project_names
from memory.values.page_filter import PageFilter

# Limits, because captured events determine how many names there are: of projects, and of the folders they consist of.
MAX_PROJECTS, MAX_LOCATIONS = 30, 300


class QuarterActivity(NamedTuple):
    """The activity of one quarter hour; `quarter` counts quarter hours since 1970."""

    quarter: int
    events: int
    prompts: int
    cost_microdollars: int


class ClockSpan(NamedTuple):
    """A time in which the clocks of a zone stay the same: until which quarter hour, and how many they are ahead."""

    until: int
    ahead: int


class TotalKey(NamedTuple):
    """The key of a total: `memory.rules.half_hour_counts.CountKey` without the slot."""

    kind: str
    name: str
    bucket: int


@dataclass(frozen=True, slots=True)
class ProjectActivity:
    """The activity of a repository, or of a folder outside of any; the other one is empty."""

    folder: str
    repo: str
    events: int
    prompts: int
    cost_microdollars: int

    def add(self, events: int, prompts: int, cost_microdollars: int) -> "ProjectActivity":
        sums = self.events + events, self.prompts + prompts, self.cost_microdollars + cost_microdollars
        return ProjectActivity(self.folder, self.repo, *sums)


def catch_up(user_id: UUID) -> bool:
    """Projects the log and refreshes the totals; returns False if time ran out, so that totals are incomplete."""
    return reader_projection.catch_up_with_totals(user_id, seconds=projector.READ_TIMEOUT_S)


@acting_for_user
def load_quarter_activity(user_id: UUID, page_filter: PageFilter) -> list[QuarterActivity]:
    """Loads the activity of each quarter hour, in time order."""
    rows = _sum_activity(user_id, page_filter, "slot", "quarter").order_by("slot", "quarter")
    return [QuarterActivity(2 * slot + quarter, *sums) for slot, quarter, *sums in rows]


@acting_for_user
def load_day_activity(user_id: UUID, page_filter: PageFilter, clocks: Sequence[ClockSpan]) -> list[QuarterActivity]:
    """Loads the activity of each day by these clocks, as that of its first quarter hour with activity."""
    return _load_by_clock(user_id, page_filter, clocks, F("local") / QUARTERS_PER_DAY)


@acting_for_user
def load_hour_activity(user_id: UUID, page_filter: PageFilter, clocks: Sequence[ClockSpan]) -> list[QuarterActivity]:
    """Loads the activity of each hour of the week, as that of its first quarter hour with activity."""
    return _load_by_clock(user_id, page_filter, clocks, F("local") / 4 % (7 * 24))


def _load_by_clock(
    user_id: UUID, page_filter: PageFilter, clocks: Sequence[ClockSpan], group: Any
) -> list[QuarterActivity]:
    ahead = Case(
        *(When(at__lt=until, then=Value(ahead)) for until, ahead in clocks[:-1]),
        default=Value(clocks[-1].ahead),
        output_field=IntegerField(),
    )
    rows = HalfHourTotal.objects.annotate(at=F("slot") * 2 + F("quarter")).annotate(local=F("at") + ahead)
    grouped = _sum_activity(user_id, page_filter, "group", rows=rows.annotate(group=group))
    return [QuarterActivity(at, *sums) for _, *sums, at in grouped.annotate(first=Min("at")).order_by("first")]


@acting_for_user
def load_project_activity(user_id: UUID, page_filter: PageFilter) -> list[ProjectActivity]:
    """Loads the activity of each project, ordered by cost and then by events, highest first."""
    rows = _sum_activity(user_id, page_filter, "project", "repo")
    by_project: dict[str, ProjectActivity] = {}
    for folder, repo, *sums in rows.order_by("-cost_sum", "-events_sum", "repo", "project")[:MAX_LOCATIONS]:
        key = repo or folder_key(folder)
        known = by_project.get(key, ProjectActivity("" if repo else display_folder(folder), repo, 0, 0, 0))
        by_project[key] = known.add(*sums)
    ordered = sorted(by_project.values(), key=lambda one: (-one.cost_microdollars, -one.events, one.repo, one.folder))
    return ordered[:MAX_PROJECTS]


def _sum_activity(user_id: UUID, page_filter: PageFilter, *columns: str, rows: Any = HalfHourTotal.objects) -> Any:
    in_range = _range_condition(*_quarter_range(page_filter), "quarter", 1)
    selected = rows.for_user(user_id).filter(_filter_condition(user_id, page_filter), in_range)
    return selected.values_list(*columns).annotate(
        events_sum=Sum("events"), prompts_sum=Sum("prompts"), cost_sum=Sum("cost_microdollars")
    )


@acting_for_user
def load_totals(user_id: UUID, page_filter: PageFilter) -> dict[TotalKey, Totals]:
    """Loads all totals of a time range: whole days from daily totals, the edges of the range from half-hour counts."""
    first, end = _quarter_range(page_filter)
    first_day, end_day = -(-first // QUARTERS_PER_DAY), end // QUARTERS_PER_DAY
    condition = _filter_condition(user_id, page_filter)
    group_condition = condition
    if not (page_filter.project or page_filter.machine):
        group_condition &= Q(project=None)
    days = DailyTotal.objects.for_user(user_id).filter(group_condition, day__gte=first_day, day__lt=end_day)
    sessions = Session.objects.for_user(user_id).filter(condition).values("session_id")
    counts = HalfHourCount.objects.for_user(user_id).filter(session_id__in=sessions)
    edges = [counts.filter(_range_condition(*edge, "bucket", SECOND_QUARTER)) for edge in _list_edges(first, end)]
    totals_by_key: dict[TotalKey, Totals] = defaultdict(Totals)
    for rows in (days, *edges):
        for kind, name, bucket, *sums in _sum_rows(rows):
            _add_sums(totals_by_key[TotalKey(kind, name, bucket % SECOND_QUARTER)], sums)
    return dict(totals_by_key)


def _list_edges(first: int, end: int) -> list[tuple[int, int]]:
    """Lists the quarter hours of a range that are outside of its whole days: before them, and after them."""
    first_day, end_day = -(-first // QUARTERS_PER_DAY), end // QUARTERS_PER_DAY
    if first_day >= end_day:
        return [(first, end)]
    edges = (first, first_day * QUARTERS_PER_DAY), (end_day * QUARTERS_PER_DAY, end)
    return [(start, stop) for start, stop in edges if start < stop]


def _sum_rows(rows: Any) -> Any:
    return rows.order_by().values_list("kind", "name", "bucket").annotate(*(Sum(name) for name in TOTAL_COLUMNS))


def _add_sums(total: Totals, sums: list[int]) -> None:
    for name, value in zip(TOTAL_COLUMNS, sums, strict=True):
        setattr(total, name, getattr(total, name) + int(value))


@acting_for_user
def count_sessions(user_id: UUID, page_filter: PageFilter) -> int:
    """Counts the sessions whose time range overlaps the filter."""
    scope = project_names.resolve_filter(user_id, page_filter)
    return Session.objects.for_user(user_id).matching(scope).used().count()


def _filter_condition(user_id: UUID, page_filter: PageFilter) -> Q:
    condition = Q()
    if page_filter.project:
        names = project_names.resolve_filter(user_id, page_filter).project_names
        condition &= Q(project__in=names) | Q(repo__in=names)
    if page_filter.machine:
        condition &= Q(machine=page_filter.machine)
    return condition if page_filter.automated is None else condition & Q(automated=page_filter.automated)


def _range_condition(first: int, end: int, column: str, second_quarter: int) -> Q:
    """Selects the rows of quarter hours from `first` to before `end`; `column` is at least `second_quarter` in the
    second quarter of a slot.
    """
    (first_slot, first_quarter), (end_slot, end_quarter) = divmod(first, 2), divmod(end, 2)
    since = Q(slot__gt=first_slot) | Q(**{f"{column}__gte": first_quarter * second_quarter})
    until = Q(slot__lt=end_slot) | Q(**{f"{column}__lt": end_quarter * second_quarter})
    return Q(slot__gte=first_slot, slot__lte=end_slot) & since & until


def _quarter_range(page_filter: PageFilter) -> tuple[int, int]:
    """Returns the first and the end quarter hour of a filter, end exclusive.

    A quarter hour that a bound cuts is included at the start and excluded at the end.
    """
    first = 0 if page_filter.since_us is None else quarter_hour_index(page_filter.since_us)
    return first, END_QUARTER if page_filter.until_us is None else quarter_hour_index(page_filter.until_us)


QUARTERS_PER_DAY = 2 * SLOTS_PER_DAY
END_QUARTER = QUARTERS_PER_DAY * 40_000  # a quarter hour in 2079
