"""Loads the cards and the chart of the insights, and the dearest sessions and turns."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.http import QueryDict

from dashboard.base.filter_query import FilterQuery
from dashboard.insights import chart_html, insight_tables, period_cards, stacked_chart
from dashboard.insights.period_cards import PeriodCard, build_card, build_time_card
from dashboard.insights.stacked_chart import MEASURES, WAITING
from dashboard.render.model_labels import format_model_name
from dashboard.render.safe_text import first_line, one_line
from dashboard.render.short_labels import format_dollars
from dashboard.render.shown_names import project_hue, project_label
from dashboard.session.session_summary import SessionView, build_session_view
from memory.rules import half_hour_counts
from memory.sessions import daily_series, insight_queries, session_queries, turn_totals
from memory.sessions.daily_series import DayAmount, Weeks
from memory.sessions.session_queries import SessionQuery
from memory.values.page_filter import PageFilter

TOP_SESSIONS, TOP_TURNS, MAX_LABEL_CHARS, MAX_PROMPT_CHARS = 10, 5, 60, 120
Days = tuple[date, date]


class ChartQuery(NamedTuple):
    """What the chart shows: a key of `MEASURES`, and whether by project instead of by model."""

    measure: str
    by_project: bool


class DearTurnView(NamedTuple):
    session_id: str
    seq: int
    prompt: str
    cost: str


def parse_query(query: QueryDict) -> ChartQuery:
    measure = query.get("chart", "")
    return ChartQuery(measure if measure in MEASURES else "cost", query.get("of") == "project")


def load_chart_context(
    user_id: UUID,
    filters: FilterQuery,
    page_filter: PageFilter,
    days: Days,
    query: ChartQuery,
    totals: insight_tables.TotalsByKey,
) -> dict[str, Any]:
    """Loads the cards, the chart of the selected days, and their dearest sessions and turns."""
    by_day = [
        *daily_series.load_usage(user_id, page_filter, by_project=False),
        *daily_series.load_sessions(user_id, page_filter, by_project=False),
    ]
    amounts = _load_by_project(user_id, page_filter, days, query) if query.by_project else by_day
    hue = _find_hue if query.by_project else None
    chart = stacked_chart.build_chart(amounts, *days, MEASURES[query.measure], _labeler(query.by_project), hue)
    top = [build_session_view(one) for one in _list_dearest(user_id, page_filter)]
    return {
        **_render_chart(chart, filters),
        "chart_query": query,
        "chart_links": _build_links(query, filters),
        "cards": _build_cards(user_id, page_filter, days, totals, by_day),
        "cache_rate": period_cards.format_cache_rate(insight_tables.sum_kind(totals, half_hour_counts.MODEL)),
        "top_sessions": top,
        "top_turns": _load_dearest_turns(user_id, top),
    }


def _render_chart(chart: stacked_chart.StackedChart, filters: FilterQuery) -> dict[str, Any]:
    def to_sessions(column: stacked_chart.Column) -> str:
        return filters.to_query_string(time=column.time)

    return {
        "chart": chart,
        "chart_marks": chart_html.render_columns(chart, to_sessions),
        "chart_rows": chart_html.render_rows(chart, to_sessions),
    }


def _load_by_project(user_id: UUID, page_filter: PageFilter, days: Days, query: ChartQuery) -> list[DayAmount]:
    """Loads what the chart shows by project, summed by week where its columns are weeks."""
    first, last = ((day - stacked_chart.EPOCH).days for day in days)
    weeks = Weeks(first, last) if last - first >= stacked_chart.MAX_DAY_COLUMNS else None
    load = daily_series.load_sessions if query.measure == "sessions" else daily_series.load_usage
    return load(user_id, page_filter, by_project=True, weeks=weeks)


def _labeler(by_project: bool) -> Callable[[str], str]:
    if by_project:
        return lambda name: one_line(project_label("", name), MAX_LABEL_CHARS) or "No folder"
    return lambda name: format_model_name(name) or "Unnamed model"


def _find_hue(name: str) -> int:
    return project_hue("", name)


def _build_links(query: ChartQuery, filters: FilterQuery) -> dict[str, list[tuple[str, str, bool]]]:
    """Builds the links that change the chart: label, query string, and whether it is the current choice."""

    def to_query(measure: str, by_project: bool) -> str:
        chart = "" if measure == "cost" else measure
        return filters.to_query_string(chart=chart, of="project" if by_project else "")

    measures = [(one.label, to_query(key, query.by_project), key == query.measure) for key, one in MEASURES.items()]
    sides = [("by model", False), ("by project", True)]
    return {
        "measures": measures,
        "sides": [(label, to_query(query.measure, side), side == query.by_project) for label, side in sides],
    }


def _build_cards(
    user_id: UUID, page_filter: PageFilter, days: Days, totals: insight_tables.TotalsByKey, amounts: Sequence[DayAmount]
) -> list[PeriodCard]:
    """Builds the cards, each against the period of the same length before."""
    before_filter = _period_before(page_filter, days)
    before = insight_queries.load_totals(user_id, before_filter)
    counts = [insight_tables.sum_kind(one, half_hour_counts.MODEL) for one in (totals, before)]
    tools = [insight_tables.sum_kind(one, half_hour_counts.TOOL).count for one in (totals, before)]
    prompts = [insight_tables.sum_kind(one, half_hour_counts.PROMPT).count for one in (totals, before)]
    sessions = [insight_queries.count_sessions(user_id, one) for one in (page_filter, before_filter)]

    def points(measure: str) -> str:
        return stacked_chart.spark_points(amounts, *days, MEASURES[measure])

    costs = [one.cost_microdollars for one in counts]
    return [
        build_card("Cost ≈", *costs, money=True, points=points("cost")),
        build_card("Tokens", *map(insight_tables.count_tokens, counts), points=points("tokens")),
        build_card("Sessions", *sessions, points=points("sessions")),
        build_card("Prompts", *prompts),
        build_card("Tool calls", *tools),
        build_time_card(
            "Time waiting for you",
            *map(insight_tables.sum_waited_us, (totals, before)),
            points=stacked_chart.spark_points(daily_series.load_waits(user_id, page_filter), *days, WAITING),
        ),
    ]


def _period_before(page_filter: PageFilter, days: Days) -> PageFilter:
    first, last = days
    length_us = ((last - first) + timedelta(days=1)) // timedelta(microseconds=1)
    since_us = (page_filter.since_us or 0) - length_us
    return replace(page_filter, since_us=since_us, until_us=page_filter.since_us)


def _list_dearest(user_id: UUID, page_filter: PageFilter) -> list[session_queries.SessionInfo]:
    query = SessionQuery(TOP_SESSIONS, page_filter=page_filter, order="-cost")
    found = session_queries.list_projected_sessions(user_id, query)
    return [one for one in found if one.row.cost_microdollars]


def _load_dearest_turns(user_id: UUID, sessions: Sequence[SessionView]) -> list[DearTurnView]:
    turns = turn_totals.list_dearest_turns(user_id, [one.id for one in sessions], limit=TOP_TURNS)
    return [
        DearTurnView(
            one.session_id, one.seq, first_line(one.text, MAX_PROMPT_CHARS), format_dollars(one.cost_microdollars)
        )
        for one in turns
    ]
