"""`/insights`: when sessions were at work, with what, for whom they waited, and what they cost."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.base import filter_query, saved_filter_views
from dashboard.base.current_user import person
from dashboard.base.filter_query import Asked
from dashboard.insights import activity_heatmap, insight_tables
from events.wire import hook_event
from memory.rules import half_hour_counts
from memory.sessions import insight_queries
from memory.sessions.insight_queries import Active
from memory.values.page_filter import Scope

USUAL = "30d"
T = TypeVar("T")


@never_cache
@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """`?project=`, `?machine=`, `?time=`, `?zone=` choose; `?by=` sorts the tools.

    The calendar shows the year that ends with the days that are asked for; these are no more than that year.
    """
    user_id, asked = person(request), filter_query.read(request, USUAL)
    whole = insight_queries.caught_up(user_id)
    last = asked.last or timezone.now().astimezone(asked.zone).date()
    first = max(asked.first or last, activity_heatmap.first_day(last))
    chosen = Scope(asked.project, asked.machine, asked.begin_us(first), asked.begin_us(last + timedelta(days=1)))
    active = insight_queries.active(user_id, _year(asked, last))
    totals = insight_queries.totals(user_id, chosen)
    days = activity_heatmap.year(activity_heatmap.by_day(active, asked.zone), last)
    shown: dict[str, Any] = {
        "whole": whole,
        "first": first,
        "last": last,
        "any": bool(active or totals),
        **filter_query.offers(user_id, asked),
        **saved_filter_views.above(user_id, "insights", request.GET),
        **_activity(days, active, chosen, asked),
        **_sums(totals, request.GET.get("by", ""), asked),
        **_spent(totals, days, first, asked),
        "sessions": insight_queries.sessions(user_id, chosen),
        "places": _with(
            insight_tables.places(insight_queries.projects(user_id, chosen)), lambda one: asked.query(project=one.name)
        ),
        "to_sessions": asked.query(),
    }
    return render(request, "dashboard/insights.html", shown)


def _year(asked: Asked, last: date) -> Scope:
    since, until = asked.begin_us(activity_heatmap.first_day(last)), asked.begin_us(last + timedelta(days=1))
    return Scope(asked.project, asked.machine, since, until)


def _activity(days: list[activity_heatmap.Day], active: list[Active], chosen: Scope, asked: Asked) -> dict[str, Any]:
    since = hook_event.slot(chosen.since_us or 0)
    months = activity_heatmap.months(days)
    week = activity_heatmap.week((one for one in active if one.slot >= since), asked.zone)
    return {
        "days": _with(days, lambda day: asked.query(time=str(day.date))),
        "months": _with([one for one in months if one.days], lambda one: asked.query(time=f"{one.first}..{one.last}")),
        "labels": [month for month in months if month.first.day == 1],
        "weekdays": activity_heatmap.NAMES,
        "hours": week,
        "by_hour": [week[hour::24] for hour in range(24)],
    }


def _with(things: Iterable[T], query: Callable[[T], str]) -> list[tuple[T, str]]:
    """Each with the query that leads to what it stands for."""
    return [(one, query(one)) for one in things]


def _sums(totals: insight_tables.Totals, by: str, asked: Asked) -> dict[str, Any]:
    by = by if by in insight_tables.BY else "uses"
    tools, others = insight_tables.tools(totals, by)
    return {
        "by": by,
        "bys": _with(insight_tables.BY, lambda one: asked.query(by=one)),
        "tools": tools,
        "other_tools": others,
        "other_uses": sum(one.sum.count for one in others),
        "used": insight_tables.total(totals, half_hour_counts.TOOL),
        "prompts": insight_tables.total(totals, half_hour_counts.PROMPT).count,
        "waits": insight_tables.waits(totals),
        "waited": insight_tables.waited(totals),
        "buckets": insight_tables.BUCKETS,
        "events": insight_tables.total(totals, half_hour_counts.EVENT).count,
        "arrivals": insight_tables.arrivals(totals),
        "given": insight_tables.total(totals, half_hour_counts.GIVEN),
    }


def _spent(
    totals: insight_tables.Totals, days: list[activity_heatmap.Day], first: date, asked: Asked
) -> dict[str, Any]:
    columns = insight_tables.columns([day for day in days if day.date >= first])
    spent = insight_tables.total(totals, half_hour_counts.MODEL)
    return {
        "tokens": insight_tables.tokens(spent),
        "cost": insight_tables.dollars(spent.cost_microdollars),
        "answers": spent.count,
        "models": insight_tables.models(totals),
        "columns": _with(columns, lambda one: asked.query(time=one.time)),
    }
