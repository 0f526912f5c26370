"""`/insights`: when sessions were active, which tools they used, what they waited for and what they cost."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.base import filter_query, saved_filter_views
from dashboard.base.current_user import get_user_id
from dashboard.base.filter_query import FilterQuery
from dashboard.insights import activity_heatmap, chart_context, heatmap_html, insight_tables
from dashboard.render.short_labels import DURATION_LABELS
from events.wire.timestamps import to_datetime
from memory.rules import half_hour_counts
from memory.sessions import daily_series, insight_queries
from memory.sessions.insight_queries import QuarterActivity
from memory.values.page_filter import PageFilter

DEFAULT_TIME, DEFAULT_SPAN = "30d", timedelta(days=29)
T = TypeVar("T")


@never_cache
@login_required
@require_safe
def insights_view(request: HttpRequest) -> HttpResponse:
    """Shows the insights. `?project=`, `?machine=`, `?time=` and `?zone=` filter; `?by=` sorts the tools.

    `?chart=` is cost, tokens or sessions, `?of=project` stacks the chart by project. Without `?time=` the page shows
    the last 30 days in which there was a session. The heatmap shows the year that ends with the selected days;
    selected days before that year are left out.
    """
    user_id, filters = get_user_id(request), filter_query.parse_request(request, DEFAULT_TIME)
    is_complete = insight_queries.catch_up(user_id)
    filters, is_moved = _move_to_data(user_id, filters, request.GET.get("time", ""))
    context = _load_context(user_id, filters, request.GET)
    return render(request, "insights/page.html", {"is_complete": is_complete, "is_moved": is_moved, **context})


def _load_context(user_id: UUID, filters: FilterQuery, query: QueryDict) -> dict[str, Any]:
    last = filters.last or timezone.now().astimezone(filters.zone).date()
    first = max(filters.first or last, activity_heatmap.first_day_of_year(last))
    page_filter = _filter_days(filters, first, last)
    first_of_year = activity_heatmap.first_day_of_year(last)
    clocks = activity_heatmap.list_clock_spans(first_of_year, last, filters.zone)
    active = insight_queries.load_day_activity(user_id, _filter_days(filters, first_of_year, last), clocks)
    hours = insight_queries.load_hour_activity(user_id, page_filter, clocks)
    totals = insight_queries.load_totals(user_id, page_filter)
    days = activity_heatmap.build_year(activity_heatmap.sum_by_day(active, filters.zone), last)
    chart_query = chart_context.parse_query(query)
    return {
        "first": first,
        "last": last,
        "days_before": (last - first).days + 1,
        "any": bool(active or totals),
        **filter_query.load_form_context(user_id, filters),
        **saved_filter_views.load_filter_bar(user_id, "insights", query),
        **_build_activity_context(days, hours, filters),
        **_build_totals_context(totals, query.get("by", ""), filters),
        **_build_cost_context(totals),
        **chart_context.load_chart_context(user_id, filters, page_filter, (first, last), chart_query, totals),
        "project_rows": _pair_with_query(
            insight_tables.build_project_rows(insight_queries.load_project_activity(user_id, page_filter)),
            lambda one: filters.to_query_string(project=one.name),
        ),
        "to_sessions": filters.to_query_string(),
    }


def _move_to_data(user_id: UUID, filters: FilterQuery, asked: str) -> tuple[FilterQuery, bool]:
    """Moves the default days to the last ones with a session, as after an import of old sessions."""
    if filters.time == asked or filters.first is None:
        return filters, False
    last_us = daily_series.find_last_session_us(user_id, filters.session_filter_of_all_days)
    last = to_datetime(last_us).astimezone(filters.zone).date() if last_us is not None else filters.first
    if last >= filters.first or last < filter_query.MIN_DATE + DEFAULT_SPAN:
        return filters, False
    first = last - DEFAULT_SPAN
    return replace(filters, time=f"{first}..{last}", first=first, last=last), True


def _filter_days(filters: FilterQuery, first: date, last: date) -> PageFilter:
    since, until = filters.day_start_us(first), filters.day_start_us(last + timedelta(days=1))
    return replace(filters.session_filter, since_us=since, until_us=until)


def _build_activity_context(
    days: list[activity_heatmap.HeatmapDay], hours: list[QuarterActivity], filters: FilterQuery
) -> dict[str, Any]:
    months = activity_heatmap.group_by_month(days)
    week = activity_heatmap.build_week(hours, filters.zone)
    return {
        "day_marks": heatmap_html.render_days(days, lambda day: filters.to_query_string(time=str(day.date))),
        "months": _pair_with_query(
            [one for one in months if one.days], lambda one: filters.to_query_string(time=f"{one.first}..{one.last}")
        ),
        "labels": [month for month in months if month.first.day == 1],
        "weekdays": activity_heatmap.WEEKDAY_NAMES,
        "hour_marks": heatmap_html.render_hours(week),
        "hour_rows": heatmap_html.render_hour_rows(week),
    }


def _pair_with_query(things: Iterable[T], query: Callable[[T], str]) -> list[tuple[T, str]]:
    """Pairs each item with the query string of its link."""
    return [(one, query(one)) for one in things]


def _build_totals_context(totals: insight_tables.TotalsByKey, by: str, filters: FilterQuery) -> dict[str, Any]:
    by = by if by in insight_tables.SORT_COLUMNS else "uses"
    tools, other_tools = insight_tables.build_tool_rows(totals, by)
    return {
        "by": by,
        "sort_options": _pair_with_query(insight_tables.SORT_COLUMNS, lambda one: filters.to_query_string(by=one)),
        "tools": tools,
        "other_tools": other_tools,
        "other_uses": sum(one.totals.count for one in other_tools),
        "tool_totals": insight_tables.sum_kind(totals, half_hour_counts.TOOL),
        "prompts": insight_tables.sum_kind(totals, half_hour_counts.PROMPT).count,
        "waits": insight_tables.build_wait_rows(totals),
        "buckets": DURATION_LABELS,
        "events": insight_tables.sum_kind(totals, half_hour_counts.EVENT).count,
        "arrivals": insight_tables.build_delay_rows(totals),
        "context_totals": insight_tables.sum_kind(totals, half_hour_counts.CONTEXT),
    }


def _build_cost_context(totals: insight_tables.TotalsByKey) -> dict[str, Any]:
    model_totals = insight_tables.sum_kind(totals, half_hour_counts.MODEL)
    return {
        "answers": model_totals.count,
        "price_notice": insight_tables.build_price_notice(totals),
        "models": insight_tables.build_model_rows(totals),
    }
