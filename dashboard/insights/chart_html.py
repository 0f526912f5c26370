"""Renders the columns of a stacked chart, and their values as the rows of a table. Pure.

A template would look up ten values for each part of a column, which takes longer than to load them.
"""

from collections.abc import Callable
from html import escape
from itertools import starmap

from dashboard.insights.day_labels import format_days
from dashboard.insights.stacked_chart import Column, Segment, StackedChart
from dashboard.render.html_builder import Html, escape_attribute

Query = Callable[[Column], str]


def render_columns(chart: StackedChart, query: Query) -> Html:
    """Renders the columns, each a link to the sessions of its days by the query string `query`."""
    has_lines = len(chart.series) > 1
    return Html(
        "\n".join(
            _render_column(column, query(column), is_first=at == 0, has_lines=has_lines)
            for at, column in enumerate(chart.columns)
        )
    )


def _render_column(column: Column, query: str, *, is_first: bool, has_lines: bool) -> str:
    lines = (f"\n{escape_attribute(label)}: {escape(value)}" for label, value in column.lines) if has_lines else ()
    title = f"{format_days(column.first, column.last)}:\n{escape(column.total)}{''.join(lines)}"
    span = f"x={column.x:g} width={column.width:g}"
    parts = "".join(_render_segment(part, span) for part in column.segments)
    skipped = "" if is_first else " tabindex=-1"
    return f'<a href="/sessions?{escape(query)}"{skipped}><title>{title}</title>{parts}</a>'


def _render_segment(part: Segment, span: str) -> str:
    return f'<rect class="{part.series.css_class}" {span} y={part.y:g} height={part.height:g} />'


def render_rows(chart: StackedChart, query: Query) -> Html:
    """Renders a row for each column: its days, its total, and the values that the total consists of."""
    has_lines = len(chart.series) > 1
    return Html("\n".join(_render_row(column, query(column), has_lines=has_lines) for column in chart.columns))


def _render_row(column: Column, query: str, *, has_lines: bool) -> str:
    days = f'<a href="/sessions?{escape(query)}">{format_days(column.first, column.last)}</a>'
    parts = f"<td>{', '.join(starmap(_render_line, column.lines))}" if has_lines else ""
    return f'<tr><th scope="row">{days}<td class="count">{escape(column.total)}{parts}'


def _render_line(label: str, value: str) -> str:
    return f"<bdi>{escape_attribute(label)}</bdi> {escape(value)}"
