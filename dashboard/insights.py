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

from dashboard import calendar, figures, filters, scope
from dashboard.person import person
from dashboard.scope import Asked
from memory import happening, insights, tallies
from memory.insights import Active
from memory.scope import Scope

USUAL = "30d"
T = TypeVar("T")


@never_cache
@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """`?project=`, `?machine=`, `?time=`, `?zone=` choose; `?by=` sorts the tools.

    The calendar shows the year that ends with the days that are asked for; these are no more than that year.
    """
    user_id, asked = person(request), scope.read(request, USUAL)
    whole = insights.caught_up(user_id)
    last = asked.last or timezone.now().astimezone(asked.zone).date()
    first = max(asked.first or last, calendar.first_day(last))
    chosen = Scope(asked.project, asked.machine, asked.begin_us(first), asked.begin_us(last + timedelta(days=1)))
    active = insights.active(user_id, _year(asked, last))
    totals = insights.totals(user_id, chosen)
    days = calendar.year(calendar.by_day(active, asked.zone), last)
    shown: dict[str, Any] = {
        "whole": whole,
        "first": first,
        "last": last,
        "any": bool(active or totals),
        **scope.offers(user_id, asked),
        **filters.above(user_id, "insights", request.GET),
        **_activity(days, active, chosen, asked),
        **_sums(totals, request.GET.get("by", ""), asked),
        **_spent(totals, days, first, asked),
        "sessions": insights.sessions(user_id, chosen),
        "places": _with(figures.places(insights.projects(user_id, chosen)), lambda one: asked.query(project=one.name)),
        "to_sessions": asked.query(),
    }
    return render(request, "dashboard/insights.html", shown)


def _year(asked: Asked, last: date) -> Scope:
    since, until = asked.begin_us(calendar.first_day(last)), asked.begin_us(last + timedelta(days=1))
    return Scope(asked.project, asked.machine, since, until)


def _activity(days: list[calendar.Day], active: list[Active], chosen: Scope, asked: Asked) -> dict[str, Any]:
    since = happening.slot(chosen.since_us or 0)
    months = calendar.months(days)
    week = calendar.week((one for one in active if one.slot >= since), asked.zone)
    return {
        "days": _with(days, lambda day: asked.query(time=str(day.date))),
        "months": _with([one for one in months if one.days], lambda one: asked.query(time=f"{one.first}..{one.last}")),
        "labels": [month for month in months if month.first.day == 1],
        "weekdays": calendar.NAMES,
        "hours": week,
        "by_hour": [week[hour::24] for hour in range(24)],
    }


def _with(things: Iterable[T], query: Callable[[T], str]) -> list[tuple[T, str]]:
    """Each with the query that leads to what it stands for."""
    return [(one, query(one)) for one in things]


def _sums(totals: figures.Totals, by: str, asked: Asked) -> dict[str, Any]:
    by = by if by in figures.BY else "uses"
    tools, others = figures.tools(totals, by)
    return {
        "by": by,
        "bys": _with(figures.BY, lambda one: asked.query(by=one)),
        "tools": tools,
        "other_tools": others,
        "other_uses": sum(one.sum.count for one in others),
        "used": figures.total(totals, tallies.TOOL),
        "prompts": figures.total(totals, tallies.PROMPT).count,
        "waits": figures.waits(totals),
        "waited": figures.waited(totals),
        "buckets": figures.BUCKETS,
        "events": figures.total(totals, tallies.EVENT).count,
        "arrivals": figures.arrivals(totals),
        "given": figures.total(totals, tallies.GIVEN),
    }


def _spent(totals: figures.Totals, days: list[calendar.Day], first: date, asked: Asked) -> dict[str, Any]:
    columns = figures.columns([day for day in days if day.date >= first])
    spent = figures.total(totals, tallies.MODEL)
    return {
        "tokens": figures.tokens(spent),
        "cost": figures.dollars(spent.cost_microdollars),
        "answers": spent.count,
        "models": figures.models(totals),
        "columns": _with(columns, lambda one: asked.query(time=one.time)),
    }
