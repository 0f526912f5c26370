"""Sums as the lines of a table, each with its bar. Pure. Every name was captured: one line, bounded, nothing hidden."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from dashboard.insights.activity_heatmap import Day
from dashboard.render.row_text import duration, hue, place_name
from dashboard.render.safe_text import one_line
from dashboard.session.session_summary import REASONS
from memory.rules import half_hour_counts
from memory.rules.half_hour_counts import Sum
from memory.rules.token_usage import TOKENS
from memory.sessions.insight_queries import Project, Thing

TOOLS, MODELS, SHORT = 15, 15, 60
MONTH = 31  # days
BUCKETS = ("under 1 s", "under 10 s", "under 1 min", "under 10 min", "under 1 h", "longer")
BY = {"uses": "count", "time": "lasted_us", "failures": "failed"}
Totals = Mapping[Thing, Sum]


@dataclass(frozen=True, slots=True)
class Tool:
    """`name` as it was captured, for the search; `width` of the bar is of a hundred."""

    name: str
    sum: Sum
    width: float

    @property
    def label(self) -> str:
        return one_line(self.name, SHORT) or "a tool without a name"

    @property
    def failed(self) -> str:
        return f"{100 * self.sum.failed / max(1, self.sum.count):.0f} %" if self.sum.failed else ""

    @property
    def time(self) -> str:
        return spell(self.sum.lasted_us)

    @property
    def average(self) -> str:
        return spell(self.sum.lasted_us // max(1, self.sum.count))

    @property
    def question(self) -> str:
        """What to search for; nothing where a search could not say it."""
        return "" if '"' in self.name or not self.name else f'tool:"{self.name}"'


def tools(totals: Totals, by: str) -> tuple[list[Tool], list[Tool]]:
    """Those at the top, by uses, time or failures; and the others."""
    column = BY[by]
    found = [(thing.name, one) for thing, one in totals.items() if thing.kind == half_hour_counts.TOOL]
    found.sort(key=lambda pair: (-getattr(pair[1], column), -pair[1].count, pair[0]))
    most = max((getattr(one, column) for _, one in found), default=0)
    lines = [Tool(name, one, share(getattr(one, column), most)) for name, one in found]
    return lines[:TOOLS], lines[TOOLS:]


@dataclass(frozen=True, slots=True)
class Wait:
    """`buckets` are counts by how long it took, as in `BUCKETS`; `bars` where each begins and ends, of a hundred."""

    label: str
    count: int
    time: str
    typical: str
    buckets: Sequence[int]

    @property
    def bars(self) -> list[tuple[int, float, float]]:
        bars, x = [], 0.0
        for number, count in enumerate(self.buckets):
            width = share(count, self.count)
            bars.append((number, round(x, 2), width))
            x += width
        return bars


def waits(totals: Totals) -> list[Wait]:
    """What sessions waited for, and how long; what took longer than an hour had nobody there, and adds no time."""
    reasons = dict.fromkeys(thing.name for thing in totals if thing.kind == half_hour_counts.WAIT)
    found = [_wait(reason, totals) for reason in reasons]
    return sorted(found, key=lambda one: -one.count)


def _wait(reason: str, totals: Totals) -> Wait:
    sums = {
        thing.bucket: one
        for thing, one in totals.items()
        if (thing.kind, thing.name) == (half_hour_counts.WAIT, reason)
    }
    buckets = _buckets(sums)
    lasted_us = sum(one.lasted_us for bucket, one in sums.items() if bucket != half_hour_counts.LONGEST)
    label = (REASONS.get(reason) or one_line(reason.replace("_", " "), SHORT)).capitalize()
    return Wait(label, sum(buckets), spell(lasted_us), typical(buckets), buckets)


def _buckets(sums: Mapping[int, Sum]) -> list[int]:
    return [sums[number].count if number in sums else 0 for number in range(len(BUCKETS))]


def typical(buckets: Sequence[int]) -> str:
    """What half of them took."""
    half, seen = sum(buckets) / 2, 0
    for label, count in zip(BUCKETS, buckets, strict=True):
        seen += count
        if count and seen >= half:
            return label
    return ""


def arrivals(totals: Totals) -> list[tuple[str, int, float]]:
    """How late events came: words, how many, percent."""
    sums = {thing.bucket: one for thing, one in totals.items() if thing.kind == half_hour_counts.EVENT}
    buckets = _buckets(sums)
    return [(label, count, share(count, sum(buckets))) for label, count in zip(BUCKETS, buckets, strict=True)]


@dataclass(frozen=True, slots=True)
class Model:
    label: str
    sum: Sum
    width: float

    @property
    def cost(self) -> str:
        return dollars(self.sum.cost_microdollars)


def models(totals: Totals) -> list[Model]:
    """What cost most first."""
    found = [(thing.name, one) for thing, one in totals.items() if thing.kind == half_hour_counts.MODEL]
    found.sort(key=lambda pair: (-pair[1].cost_microdollars, -pair[1].count, pair[0]))
    most = max((one.cost_microdollars for _, one in found), default=0)
    return [
        Model(one_line(name, SHORT) or "a model without a name", one, share(one.cost_microdollars, most))
        for name, one in found[:MODELS]
    ]


@dataclass(frozen=True, slots=True)
class Place:
    """`name` is how a scope names it."""

    row: Project
    width: float

    @property
    def name(self) -> str:
        return self.row.repo or self.row.folder

    @property
    def label(self) -> str:
        return one_line(place_name(self.row.repo, self.row.folder), SHORT) or "no folder"

    @property
    def hue(self) -> int:
        return hue(self.label)

    @property
    def cost(self) -> str:
        return dollars(self.row.cost_microdollars)


def places(found: Sequence[Project]) -> list[Place]:
    most = max((one.cost_microdollars for one in found), default=0)
    return [Place(one, share(one.cost_microdollars, most)) for one in found]


@dataclass(frozen=True, slots=True)
class Column:
    """What days cost, in a picture of a thousand by a hundred."""

    first: date
    last: date
    cost: str
    x: float
    width: float
    height: float

    @property
    def y(self) -> float:
        return round(100 - self.height, 2)

    @property
    def time(self) -> str:
        """As a scope names it."""
        return f"{self.first}..{self.last}" if self.last > self.first else str(self.first)


def columns(days: Sequence[Day]) -> list[Column]:
    """A column for each day; of more than a month one for each week."""
    if len(days) <= MONTH:
        groups = [[day] for day in days]
    else:
        groups = [list(week) for _, week in groupby(days, key=lambda day: day.column)]
    costs = [sum(day.cost_microdollars for day in group) for group in groups]
    step, most = 1_000 / max(1, len(groups)), max(costs, default=0)
    places = [(round(at * step, 2), round(step * 0.82, 2)) for at in range(len(groups))]
    return [
        Column(group[0].date, group[-1].date, dollars(cost), *place, share(cost, most))
        for group, cost, place in zip(groups, costs, places, strict=True)
        if cost
    ]


def total(totals: Totals, kind: str) -> Sum:
    """All of a kind together."""
    found = [one for thing, one in totals.items() if thing.kind == kind]
    return Sum(**{name: sum(getattr(one, name) for one in found) for name in Sum.__dataclass_fields__})


def tokens(one: Sum) -> int:
    return sum(getattr(one, name) for name in TOKENS)


def waited(totals: Totals) -> str:
    """How long sessions waited while somebody was there."""
    found: Iterable[tuple[Thing, Sum]] = totals.items()
    return spell(
        sum(
            one.lasted_us
            for it, one in found
            if it.kind == half_hour_counts.WAIT and it.bucket != half_hour_counts.LONGEST
        )
    )


def dollars(microdollars: int) -> str:
    value = microdollars / 1_000_000
    return f"${value:,.2f}" if value >= 0.005 else "< $0.01" if value > 0 else ""


def spell(lasted_us: int) -> str:
    return duration(lasted_us / 1_000) if lasted_us else ""


def share(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0
