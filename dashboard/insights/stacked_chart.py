"""Builds a chart of stacked columns: an amount a day, by model or project, with an axis. Pure.

The chart is SVG with attributes only: the content security policy allows no inline styles.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from typing import NamedTuple

from dashboard.render.short_labels import format_count, format_dollars, format_duration
from memory.sessions.daily_series import DayAmount

MAX_SERIES = 8  # names with a color of their own, the last one for all others
MAX_DAY_COLUMNS = 45  # days; a longer range has a column a week
CHART_WIDTH, CHART_HEIGHT = 1_000, 100  # SVG units
COLUMN_SHARE = 0.82  # of the width of a column, without the gap
OTHERS = "Other"
MAX_LINES = 4
EPOCH = date(1970, 1, 1)


class Measure(NamedTuple):
    """What a chart shows: the name of the amount, the label of the axis, and how a value is written."""

    name: str
    label: str
    format: Callable[[int], str]


MEASURES = {
    "cost": Measure("cost_microdollars", "Cost", lambda value: format_dollars(value) or "$0"),
    "tokens": Measure("tokens", "Tokens", format_count),
    "sessions": Measure("sessions", "Sessions", format_count),
}
WAITING = Measure("waited_us", "Waiting", lambda value: format_duration(value / 1_000))


class Series(NamedTuple):
    """A color of the chart, with the label and the total of what it stands for. `hue` is that of a project."""

    number: int
    name: str
    label: str
    total: str
    hue: int | None = None

    @property
    def css_class(self) -> str:
        return f"s{self.number}" if self.hue is None else f"s{self.number} hue-{self.hue}"


class Segment(NamedTuple):
    """A part of a column, in SVG units."""

    series: Series
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """The days from `first` to `last`. `lines` are its values by name, the highest first."""

    first: date
    last: date
    x: float
    width: float
    segments: Sequence[Segment]
    total: str
    lines: Sequence[tuple[str, str]]

    @property
    def time(self) -> str:
        """The days as the `time` of a page filter."""
        return f"{self.first}..{self.last}" if self.last > self.first else str(self.first)


class AxisLine(NamedTuple):
    """A line of the axis: its height in SVG units, where 0 is the top, and its value."""

    y: float
    label: str


class StackedChart(NamedTuple):
    measure: Measure
    series: Sequence[Series]
    columns: Sequence[Column]
    lines: Sequence[AxisLine]


def build_chart(
    amounts: Sequence[DayAmount],
    first: date,
    last: date,
    measure: Measure,
    label: Callable[[str], str],
    hue: Callable[[str], int] | None = None,
) -> StackedChart:
    """Builds the chart of the days from `first` to `last`; `label` names, and `hue` colors, what is counted."""
    totals: dict[str, int] = defaultdict(int)
    for amount in amounts:
        totals[amount.name] += getattr(amount, measure.name)
    names = sorted((name for name, total in totals.items() if total), key=lambda name: (-totals[name], name))
    shown = names if len(names) <= MAX_SERIES else names[: MAX_SERIES - 1]
    number_of = {name: number for number, name in enumerate(shown)}
    groups = _group_days(first, last)
    values = _sum_groups(amounts, groups, number_of, measure)
    top = _round_up(max((sum(one.values()) for one in values), default=0))
    series = [
        Series(number, name, label(name), measure.format(totals[name]), hue(name) if hue else None)
        for name, number in number_of.items()
    ]
    if len(shown) < len(names):
        rest = sum(totals[name] for name in names[len(shown) :])
        series.append(Series(len(shown), "", OTHERS, measure.format(rest)))
    columns = [
        _build_column(at, len(groups), group, one, series, top, measure)
        for at, (group, one) in enumerate(zip(groups, values, strict=True))
    ]
    return StackedChart(measure, series, [column for column in columns if column.segments], _axis(top, measure))


def _group_days(first: date, last: date) -> list[tuple[date, date]]:
    """Lists the days of each column: one day, or from Monday to Sunday if there are many."""
    if (last - first).days < MAX_DAY_COLUMNS:
        return [(day, day) for day in (first + timedelta(days=at) for at in range((last - first).days + 1))]
    groups, start = [], first
    while start <= last:
        end = min(last, start + timedelta(days=6 - start.weekday()))
        groups.append((start, end))
        start = end + timedelta(days=1)
    return groups


def _sum_groups(
    amounts: Iterable[DayAmount], groups: Sequence[tuple[date, date]], number_of: dict[str, int], measure: Measure
) -> list[dict[int, int]]:
    """Sums the amounts of each column by series; the last series has all names without one of their own."""
    at_day = {
        (start + timedelta(days=offset) - EPOCH).days: at
        for at, (start, end) in enumerate(groups)
        for offset in range((end - start).days + 1)
    }
    values: list[dict[int, int]] = [defaultdict(int) for _ in groups]
    value_of = attrgetter(measure.name)
    for amount in amounts:
        value = value_of(amount)
        if value > 0 and amount.day in at_day:
            values[at_day[amount.day]][number_of.get(amount.name, len(number_of))] += value
    return values


def _build_column(
    at: int,
    count: int,
    days: tuple[date, date],
    values: dict[int, int],
    series: Sequence[Series],
    top: int,
    measure: Measure,
) -> Column:
    width, y = CHART_WIDTH / max(1, count), float(CHART_HEIGHT)
    segments = []
    for number in sorted(values):
        height = round(CHART_HEIGHT * values[number] / top, 2)
        y -= height
        segments.append(Segment(series[number], round(max(0.0, y), 2), height))
    lines = [
        (series[number].label, measure.format(value))
        for number, value in sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    x, total = round(at * width + width * (1 - COLUMN_SHARE) / 2, 2), measure.format(sum(values.values()))
    return Column(*days, x, round(width * COLUMN_SHARE, 2), segments, total, lines)


def _round_up(highest: int) -> int:
    """Returns the next 1, 2 or 5 times a power of ten: the top of the axis."""
    if highest <= 0:
        return 1
    power = int("1" + "0" * (len(str(highest)) - 1))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= highest)


def _axis(top: int, measure: Measure) -> list[AxisLine]:
    """Lists the lines of the axis from the top down."""
    count = min(MAX_LINES, top)
    return [
        AxisLine(CHART_HEIGHT * step / count, measure.format(top * (count - step) // count))
        for step in range(count + 1)
    ]


def spark_points(amounts: Iterable[DayAmount], first: date, last: date, measure: Measure) -> str:
    """Returns the points of a line of one value a day, in a box of 100 by 20; empty without values."""
    by_day, value_of = defaultdict[int, int](int), attrgetter(measure.name)
    for amount in amounts:
        by_day[amount.day] += value_of(amount)
    start = (first - EPOCH).days
    values = [by_day[start + at] for at in range((last - first).days + 1)]
    highest = max(values, default=0)
    if highest <= 0 or len(values) < 2:
        return ""
    return " ".join(
        f"{100 * at / (len(values) - 1):.1f},{19 - 18 * value / highest:.1f}" for at, value in enumerate(values)
    )
