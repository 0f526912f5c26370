"""Sums quarter hours into the days of a year and the hours of a week, in the user's time zone. Pure.

The heatmap is SVG with attributes only: the content security policy allows no inline styles. Both the size and the
color of a mark show the amount.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from memory.sessions.insight_queries import QUARTERS_PER_DAY, ClockSpan, QuarterActivity

WEEK_COUNT, CELL_SIZE = 53, 14
LEVEL_SIZES = (0, 6, 8, 10, 12)  # the side of a mark, as in charts.css
WEEKDAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class HeatmapCell:
    """A cell of a heatmap: its position in the grid, and its counts."""

    column: int
    row: int
    events: int
    prompts: int
    level: int

    @property
    def side(self) -> int:
        return LEVEL_SIZES[self.level]

    @property
    def x(self) -> int:
        return self.column * CELL_SIZE + (CELL_SIZE - self.side) // 2

    @property
    def y(self) -> int:
        return self.row * CELL_SIZE + (CELL_SIZE - self.side) // 2


@dataclass(frozen=True, slots=True)
class HeatmapDay(HeatmapCell):
    date: date
    cost_microdollars: int


@dataclass(frozen=True, slots=True)
class HeatmapMonth:
    """The totals of a month. `x` is the position of its name above the heatmap; `days` counts days with events."""

    first: date
    last: date
    x: int
    days: int
    events: int
    prompts: int


@dataclass(frozen=True, slots=True)
class DayTotals:
    """The totals of one day."""

    events: int = 0
    prompts: int = 0
    cost_microdollars: int = 0


def sum_by_day(active: Iterable[QuarterActivity], zone: ZoneInfo) -> dict[date, DayTotals]:
    """Sums activity by day; leaves out days without activity."""
    days: dict[date, DayTotals] = {}
    for one in active:
        day = _local_time(one.quarter, zone).date()
        total = days.get(day, DayTotals())
        days[day] = DayTotals(
            total.events + one.events, total.prompts + one.prompts, total.cost_microdollars + one.cost_microdollars
        )
    return days


def list_clock_spans(first: date, last: date, zone: ZoneInfo) -> list[ClockSpan]:
    """Lists the times between these days, and around them, in which the clocks of a zone stay the same."""
    start, end = (datetime.combine(day, datetime.min.time(), UTC) for day in (first, last))
    quarter, until = ((int(at.timestamp()) // 900 + by * QUARTERS_PER_DAY) for at, by in ((start, -2), (end, 3)))
    spans = []
    while quarter < until:
        ahead, next_day = _find_ahead(quarter, zone), quarter + QUARTERS_PER_DAY
        if _find_ahead(next_day, zone) != ahead:
            change = bisect_left(range(quarter, next_day), True, key=lambda at: _find_ahead(at, zone) != ahead)
            next_day = quarter + change
            spans.append(ClockSpan(next_day, ahead))
        quarter = next_day
    return [*spans, ClockSpan(until, _find_ahead(until, zone))]


def _find_ahead(quarter: int, zone: ZoneInfo) -> int:
    """Finds by how many quarter hours the clocks of a zone are ahead of UTC."""
    offset = _local_time(quarter, zone).utcoffset() or timedelta()
    return int(offset.total_seconds()) // 900


def _local_time(quarter: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(quarter * 900, UTC).astimezone(zone)


def build_year(days: dict[date, DayTotals], last: date) -> list[HeatmapDay]:
    """Builds the cells of a year that starts on a Monday and ends with `last`."""
    start, thresholds = first_day_of_year(last), _level_thresholds([one.events for one in days.values()])
    cells = []
    for at in range((last - start).days + 1):
        day = start + timedelta(days=at)
        totals = days.get(day, DayTotals())
        level = _find_level(totals.events, thresholds)
        cells.append(HeatmapDay(at // 7, at % 7, totals.events, totals.prompts, level, day, totals.cost_microdollars))
    return cells


def first_day_of_year(last: date) -> date:
    """Returns the first day of the heatmap that ends with `last`, a Monday."""
    return last - timedelta(days=last.weekday() + 7 * (WEEK_COUNT - 1))


def group_by_month(cells: Sequence[HeatmapDay]) -> list[HeatmapMonth]:
    """Sums the cells of a year by month."""
    return [_build_month(list(days)) for _, days in groupby(cells, key=lambda day: (day.date.year, day.date.month))]


def _build_month(days: Sequence[HeatmapDay]) -> HeatmapMonth:
    events, prompts = sum(day.events for day in days), sum(day.prompts for day in days)
    busy = sum(day.events > 0 for day in days)
    return HeatmapMonth(days[0].date, days[-1].date, days[0].column * CELL_SIZE, busy, events, prompts)


def build_week(active: Iterable[QuarterActivity], zone: ZoneInfo) -> list[HeatmapCell]:
    """Builds the hours of a week, each with the sum over all weeks."""
    events: Counter[tuple[int, int]] = Counter()
    prompts: Counter[tuple[int, int]] = Counter()
    for one in active:
        at = _local_time(one.quarter, zone)
        events[at.weekday(), at.hour] += one.events
        prompts[at.weekday(), at.hour] += one.prompts
    thresholds = _level_thresholds(list(events.values()))
    hours = [(row, column) for row in range(7) for column in range(24)]
    return [HeatmapCell(at[1], at[0], events[at], prompts[at], _find_level(events[at], thresholds)) for at in hours]


def _level_thresholds(counts: Sequence[int]) -> list[int]:
    """Returns the quartiles of the nonzero counts, so that one very busy day does not hide other differences."""
    ordered = sorted(count for count in counts if count)
    return [ordered[len(ordered) * part // 4] for part in (1, 2, 3)] if ordered else []


def _find_level(count: int, thresholds: Sequence[int]) -> int:
    return 1 + bisect_left(thresholds, count) if count else 0
