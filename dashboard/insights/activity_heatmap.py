"""Half hours as the days of a year, and as the hours of a week, in somebody's zone. Pure.

Drawn as SVG made of attributes alone: the content security policy allows no styles in a page. How much is told by the
size of a mark as well as by its colour.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from memory.sessions.insight_queries import Active

WEEKS, CELL = 53, 14
LEVELS = (0, 6, 8, 10, 12)  # the side of a mark, as in insights.css
NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where it is drawn, and how much happened."""

    column: int
    row: int
    events: int
    prompts: int
    level: int

    @property
    def side(self) -> int:
        return LEVELS[self.level]

    @property
    def x(self) -> int:
        return self.column * CELL + (CELL - self.side) // 2

    @property
    def y(self) -> int:
        return self.row * CELL + (CELL - self.side) // 2


@dataclass(frozen=True, slots=True)
class Day(Mark):
    date: date
    cost_microdollars: int


@dataclass(frozen=True, slots=True)
class Month:
    """`x` is where its name stands above the calendar."""

    first: date
    last: date
    x: int
    days: int
    events: int
    prompts: int


@dataclass(frozen=True, slots=True)
class Summed:
    """Of one day."""

    events: int = 0
    prompts: int = 0
    cost_microdollars: int = 0


def by_day(active: Iterable[Active], zone: ZoneInfo) -> dict[date, Summed]:
    """What happened on each day; without those on which nothing did."""
    days: dict[date, Summed] = {}
    for one in active:
        day = _local(one.slot, zone).date()
        was = days.get(day, Summed())
        days[day] = Summed(
            was.events + one.events, was.prompts + one.prompts, was.cost_microdollars + one.cost_microdollars
        )
    return days


def _local(slot: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(slot * 1_800, UTC).astimezone(zone)


def year(days: dict[date, Summed], last: date) -> list[Day]:
    """The days of the weeks up to this one, from a Monday on."""
    start, steps = first_day(last), _steps([one.events for one in days.values()])
    drawn = []
    for at in range((last - start).days + 1):
        day = start + timedelta(days=at)
        told = days.get(day, Summed())
        level = _level(told.events, steps)
        drawn.append(Day(at // 7, at % 7, told.events, told.prompts, level, day, told.cost_microdollars))
    return drawn


def first_day(last: date) -> date:
    """The first day of the calendar that ends with this one."""
    return last - timedelta(days=last.weekday() + 7 * (WEEKS - 1))


def months(drawn: Sequence[Day]) -> list[Month]:
    """The same by month."""
    return [_month(list(days)) for _, days in groupby(drawn, key=lambda day: (day.date.year, day.date.month))]


def _month(days: Sequence[Day]) -> Month:
    events, prompts = sum(day.events for day in days), sum(day.prompts for day in days)
    busy = sum(day.events > 0 for day in days)
    return Month(days[0].date, days[-1].date, days[0].column * CELL, busy, events, prompts)


def week(active: Iterable[Active], zone: ZoneInfo) -> list[Mark]:
    """The hours of a week, each with all that happened in it."""
    events: Counter[tuple[int, int]] = Counter()
    prompts: Counter[tuple[int, int]] = Counter()
    for one in active:
        at = _local(one.slot, zone)
        events[at.weekday(), at.hour] += one.events
        prompts[at.weekday(), at.hour] += one.prompts
    steps = _steps(list(events.values()))
    hours = [(row, column) for row in range(7) for column in range(24)]
    return [Mark(at[1], at[0], events[at], prompts[at], _level(events[at], steps)) for at in hours]


def _steps(counts: Sequence[int]) -> list[int]:
    """The quarters of what there is: one very busy day leaves the others their differences."""
    ordered = sorted(count for count in counts if count)
    return [ordered[len(ordered) * part // 4] for part in (1, 2, 3)] if ordered else []


def _level(count: int, steps: Sequence[int]) -> int:
    return 1 + bisect_left(steps, count) if count else 0
