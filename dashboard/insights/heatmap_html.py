"""Renders the marks of the heatmaps and the table of hours. Pure.

A template would look up a dozen values for each of five hundred marks, which takes longer than to load them.
"""

from collections.abc import Callable, Sequence
from html import escape

from dashboard.insights.activity_heatmap import HeatmapCell, HeatmapDay
from dashboard.insights.day_labels import format_day
from dashboard.render.html_builder import Html


def render_days(days: Sequence[HeatmapDay], query: Callable[[HeatmapDay], str]) -> Html:
    """Renders the marks of a year, each a link to the sessions of its day by the query string `query`."""
    return Html("\n".join(_render_day(day, query(day)) for day in days if day.events))


def _render_day(day: HeatmapDay, query: str) -> str:
    mark = f'<rect class="l{day.level}" x={day.x} y={day.y} />'
    title = f"{format_day(day.date)}: {_count(day.events, 'event')}"
    return f'<a href="/sessions?{escape(query)}" tabindex=-1><title>{title}</title>{mark}</a>'


def render_hours(hours: Sequence[HeatmapCell]) -> Html:
    """Renders the marks of a week."""
    return Html("\n".join(map(_render_hour, (hour for hour in hours if hour.events))))


def _render_hour(hour: HeatmapCell) -> str:
    title = f"{_count(hour.events, 'event')}, {_count(hour.prompts, 'prompt')}"
    return f'<rect class="l{hour.level}" x="{hour.x}" y="{hour.y}"><title>{title}</title></rect>'


def render_hour_rows(hours: Sequence[HeatmapCell]) -> Html:
    """Renders the rows of a table: an hour of the day each, with a column for each day of the week."""
    rows = (
        f'<tr><th scope="row">{hour}:00</th>{"".join(map(_render_cell, hours[hour::24]))}</tr>' for hour in range(24)
    )
    return Html("\n".join(rows))


def _render_cell(hour: HeatmapCell) -> str:
    return f"<td>{f'{hour.events:,}' if hour.events else '–'}</td>"


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
