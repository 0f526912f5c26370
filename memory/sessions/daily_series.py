"""Queries what a user's sessions did on each day (UTC), for charts. Call `insight_queries.catch_up` first.

Each function is one statement; its rows are days times names.
"""

from functools import cache, reduce
from operator import add
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import BigIntegerField, Case, Count, ExpressionWrapper, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast
from django.db.models.lookups import GreaterThanOrEqual, LessThan, LessThanOrEqual

from events.isolation.row_security import acting_for_user
from events.wire.folder_names import display_folder
from memory.models import DailyTotal, Session
from memory.rules.half_hour_counts import LAST_BUCKET, MODEL, SECOND_QUARTER, WAIT
from memory.rules.token_usage import TOKEN_FIELDS
from memory.sessions import project_names
from memory.values.page_filter import PageFilter

DAY_US = 86_400_000_000
WEEKDAY_OF_DAY_0 = 3  # 1970 began on a Thursday
MAX_SESSION_ROWS = 20_000  # days times names of which the sessions are counted


class DayAmount(NamedTuple):
    """The amounts of a name on a day; `day` counts days since 1970. The name is a model, or a project as a filter's."""

    day: int
    name: str
    cost_microdollars: int = 0
    tokens: int = 0
    sessions: int = 0
    waited_us: int = 0


class Weeks(NamedTuple):
    """The days, from `first` to `last`, whose amounts are summed by week; each sum has the first day of its week."""

    first: int
    last: int


@acting_for_user
def load_usage(
    user_id: UUID, page_filter: PageFilter, *, by_project: bool, weeks: Weeks | None = None
) -> list[DayAmount]:
    """Loads the cost and the tokens of each day, or of each week, by model or by project."""
    rows = _select_totals(user_id, page_filter, by_project=by_project).filter(kind=MODEL)
    columns = ("repo", "project") if by_project else ("name",)
    sums = {"cost": _sum_whole(F("cost_microdollars")), "tokens": _sum_whole(reduce(add, map(F, TOKEN_FIELDS)))}
    found = rows.order_by().values_list(_first_day(F("day"), weeks), *columns).annotate(**sums)
    name = cache(_name)
    return [DayAmount(day, name(*names), cost, tokens) for day, *names, cost, tokens in found]


def _first_day(day: Any, weeks: Weeks | None) -> Any:
    """The first day of the week of a day; the day itself without weeks, and outside of them."""
    if weeks is None:
        return ExpressionWrapper(day, output_field=BigIntegerField())
    monday = day - (day + WEEKDAY_OF_DAY_0) % 7
    of_week = Case(When(LessThan(monday, weeks.first), then=Value(weeks.first)), default=monday)
    is_inside = GreaterThanOrEqual(day, weeks.first) & LessThanOrEqual(day, weeks.last)
    return Case(When(is_inside, then=of_week), default=day, output_field=BigIntegerField())


def _sum_whole(amount: Any) -> Cast:
    """Sums as a whole number: PostgreSQL sums as a decimal one, which takes longer to read."""
    return Cast(Sum(amount), BigIntegerField())


@acting_for_user
def load_waits(user_id: UUID, page_filter: PageFilter) -> list[DayAmount]:
    """Loads for how long sessions waited for their user on each day, without waits over an hour."""
    rows = _select_totals(user_id, page_filter, by_project=False).filter(kind=WAIT)
    shorter = rows.exclude(bucket__in=(LAST_BUCKET, LAST_BUCKET + SECOND_QUARTER))
    found = shorter.order_by().values_list("day").annotate(Sum("duration_us"))
    return [DayAmount(day, "", waited_us=int(waited_us)) for day, waited_us in found]


def _select_totals(user_id: UUID, page_filter: PageFilter, *, by_project: bool) -> QuerySet[DailyTotal]:
    rows = DailyTotal.objects.for_user(user_id).filter(_condition(user_id, page_filter, by_project))
    if page_filter.since_us is not None:
        rows = rows.filter(day__gte=page_filter.since_us // DAY_US)
    return rows if page_filter.until_us is None else rows.filter(day__lt=-(-page_filter.until_us // DAY_US))


@acting_for_user
def load_sessions(
    user_id: UUID, page_filter: PageFilter, *, by_project: bool, weeks: Weeks | None = None
) -> list[DayAmount]:
    """Loads how many sessions began on each day, or in each week, by model or by project."""
    scope = project_names.resolve_filter(user_id, page_filter)
    day = _first_day(F("started_us") / DAY_US, weeks)
    rows = Session.objects.for_user(user_id).matching(scope).used().annotate(day=day).order_by("-day")
    columns = ("repo", "project") if by_project else ("model",)
    found = rows.values_list("day", *columns).annotate(Count("session_id"))[:MAX_SESSION_ROWS]
    name = cache(_name)
    return [DayAmount(day, name(*names), sessions=count) for day, *names, count in found]


@acting_for_user
def find_last_session_us(user_id: UUID, page_filter: PageFilter) -> int | None:
    """Finds the time of the last event of all sessions in a page filter, in microseconds."""
    scope = project_names.resolve_filter(user_id, page_filter)
    rows = Session.objects.for_user(user_id).matching(scope).newest_first()
    return next(iter(rows.values_list("last_us", flat=True)[:1]), None)


def _condition(user_id: UUID, page_filter: PageFilter, by_project: bool) -> Q:
    condition = Q()
    if page_filter.project:
        names = project_names.resolve_filter(user_id, page_filter).project_names
        condition &= Q(project__in=names) | Q(repo__in=names)
    if page_filter.machine:
        condition &= Q(machine=page_filter.machine)
    if page_filter.automated is not None:
        condition &= Q(automated=page_filter.automated)
    if page_filter.project or page_filter.machine:
        return condition
    return condition & (Q(project__isnull=False) if by_project else Q(project=None))


def _name(first: str, folder: str = "") -> str:
    return first or display_folder(folder)
