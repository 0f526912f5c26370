"""Builds table rows with bars from totals. Pure.

Every name was captured: a label shows it as one line of bounded length without hidden characters.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.render.model_labels import format_model_name
from dashboard.render.safe_text import one_line
from dashboard.render.short_labels import DURATION_LABELS, format_dollars, format_duration
from dashboard.render.shown_names import project_hue, project_label
from dashboard.session.session_summary import REASON_LABELS
from memory.rules import half_hour_counts
from memory.rules.half_hour_counts import CountTotals
from memory.rules.token_usage import TOKEN_FIELDS
from memory.sessions.insight_queries import ProjectActivity, TotalKey

TOOLS_LIMIT, MODELS_LIMIT, MODELS_IN_NOTICE, MAX_LABEL_CHARS = 15, 15, 5, 60
SORT_COLUMNS = {"uses": "count", "time": "duration_us", "failures": "failed"}
TotalsByKey = Mapping[TotalKey, CountTotals]


@dataclass(frozen=True, slots=True)
class ToolRow:
    """A row of the tool table. `name` is as captured, for the search; `width` is the bar's width in percent."""

    name: str
    totals: CountTotals
    width: float

    @property
    def label(self) -> str:
        return one_line(self.name, MAX_LABEL_CHARS) or "Unnamed tool"

    @property
    def failed_percent(self) -> str:
        return f"{100 * self.totals.failed / max(1, self.totals.count):.0f} %" if self.totals.failed else ""

    @property
    def time(self) -> str:
        return format_time(self.totals.duration_us)

    @property
    def average(self) -> str:
        return format_time(self.totals.duration_us // max(1, self.totals.count))

    @property
    def search_query(self) -> str:
        """The search query that finds the tool; empty if no query can express its name."""
        return "" if '"' in self.name or not self.name else f'tool:"{self.name}"'


def build_tool_rows(totals: TotalsByKey, by: str) -> tuple[list[ToolRow], list[ToolRow]]:
    """Builds the rows of the top tools, sorted by `by` (uses, time or failures), and those of the other tools."""
    sort_column = SORT_COLUMNS[by]
    found = [(thing.name, one) for thing, one in totals.items() if thing.kind == half_hour_counts.TOOL]
    found.sort(key=lambda pair: (-getattr(pair[1], sort_column), -pair[1].count, pair[0]))
    highest = max((getattr(one, sort_column) for _, one in found), default=0)
    rows = [ToolRow(name, one, percent_of(getattr(one, sort_column), highest)) for name, one in found]
    return rows[:TOOLS_LIMIT], rows[TOOLS_LIMIT:]


@dataclass(frozen=True, slots=True)
class WaitRow:
    """The waits for one reason. `buckets` are counts by duration, as in `DURATION_LABELS`.

    `bars` are the number, start and width of each bucket's bar; start and width are in percent.
    """

    label: str
    count: int
    time: str
    median: str
    buckets: Sequence[int]

    @property
    def bars(self) -> list[tuple[int, float, float]]:
        bars, x = [], 0.0
        for number, count in enumerate(self.buckets):
            width = percent_of(count, self.count)
            bars.append((number, round(x, 2), width))
            x += width
        return bars


def build_wait_rows(totals: TotalsByKey) -> list[WaitRow]:
    """Builds a row for each reason that sessions waited for.

    Waits over an hour add no time, because the user was away.
    """
    reasons = dict.fromkeys(thing.name for thing in totals if thing.kind == half_hour_counts.WAIT)
    found = [_build_wait_row(reason, totals) for reason in reasons]
    return sorted(found, key=lambda one: -one.count)


def _build_wait_row(reason: str, totals: TotalsByKey) -> WaitRow:
    sums = {
        thing.bucket: one
        for thing, one in totals.items()
        if (thing.kind, thing.name) == (half_hour_counts.WAIT, reason)
    }
    buckets = _bucket_counts(sums)
    duration_us = sum(one.duration_us for bucket, one in sums.items() if bucket != half_hour_counts.LAST_BUCKET)
    label = (REASON_LABELS.get(reason) or one_line(reason.replace("_", " "), MAX_LABEL_CHARS)).capitalize()
    return WaitRow(label, sum(buckets), format_time(duration_us), find_median_label(buckets), buckets)


def _bucket_counts(sums: Mapping[int, CountTotals]) -> list[int]:
    return [sums[number].count if number in sums else 0 for number in range(len(DURATION_LABELS))]


def find_median_label(buckets: Sequence[int]) -> str:
    """Returns the label of the bucket that contains the median."""
    half, seen = sum(buckets) / 2, 0
    for label, count in zip(DURATION_LABELS, buckets, strict=True):
        seen += count
        if count and seen >= half:
            return label
    return ""


def build_delay_rows(totals: TotalsByKey) -> list[tuple[str, int, float]]:
    """Builds the rows of the delivery delay of events: label, count, percent."""
    sums = {thing.bucket: one for thing, one in totals.items() if thing.kind == half_hour_counts.EVENT}
    buckets = _bucket_counts(sums)
    return [
        (label, count, percent_of(count, sum(buckets))) for label, count in zip(DURATION_LABELS, buckets, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class ModelRow:
    label: str
    name: str
    totals: CountTotals
    width: float

    unpriced: int

    @property
    def cost(self) -> str:
        if self.unpriced == self.totals.count:
            return "no price"
        return format_dollars(self.totals.cost_microdollars) or "$0.00"


def build_model_rows(totals: TotalsByKey) -> list[ModelRow]:
    """Builds the rows of the model table, highest cost first. The tokens of a model have a price or not."""
    names = dict.fromkeys(key.name for key in totals if key.kind == half_hour_counts.MODEL)
    found = [(name, sum_kind(_select_model(totals, name), half_hour_counts.MODEL)) for name in names]
    unpriced = dict(list_unpriced_models(totals))
    found.sort(key=lambda pair: (-pair[1].cost_microdollars, -pair[1].count, pair[0]))
    highest = max((one.cost_microdollars for _, one in found), default=0)
    return [
        ModelRow(
            _model_label(name),
            one_line(name, MAX_LABEL_CHARS),
            one,
            percent_of(one.cost_microdollars, highest),
            unpriced.get(name, 0),
        )
        for name, one in found[:MODELS_LIMIT]
    ]


def _select_model(totals: TotalsByKey, name: str) -> TotalsByKey:
    return {key: one for key, one in totals.items() if (key.kind, key.name) == (half_hour_counts.MODEL, name)}


def _model_label(name: str) -> str:
    return format_model_name(name) or "Unnamed model"


def list_unpriced_models(totals: TotalsByKey) -> list[tuple[str, int]]:
    """Lists the models with answers that have no price, and the number of these answers, the highest first."""
    unpriced = (half_hour_counts.MODEL, half_hour_counts.UNPRICED)
    found = [(key.name, one.count) for key, one in totals.items() if (key.kind, key.bucket) == unpriced and one.count]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def build_price_notice(totals: TotalsByKey) -> str:
    """Says which answers no sum of costs contains; empty if all have a price."""
    found = list_unpriced_models(totals)
    if not found:
        return ""
    count = sum(answers for _, answers in found)
    labels = ", ".join(_model_label(name) for name, _ in found[:MODELS_IN_NOTICE])
    more = f" and {len(found) - MODELS_IN_NOTICE:,} more" if len(found) > MODELS_IN_NOTICE else ""
    return f"Not included: {count:,} answer{'' if count == 1 else 's'} of models without a price ({labels}{more})."


@dataclass(frozen=True, slots=True)
class ProjectTotals:
    """A row of the project table. `name` is the project as a page filter names it."""

    row: ProjectActivity
    width: float

    @property
    def name(self) -> str:
        return self.row.repo or self.row.folder

    @property
    def label(self) -> str:
        return one_line(project_label(self.row.repo, self.row.folder), MAX_LABEL_CHARS) or "No folder"

    @property
    def hue(self) -> int:
        return project_hue(self.row.repo, self.row.folder)

    @property
    def cost(self) -> str:
        return format_dollars(self.row.cost_microdollars)


def build_project_rows(found: Sequence[ProjectActivity]) -> list[ProjectTotals]:
    highest = max((one.cost_microdollars for one in found), default=0)
    return [ProjectTotals(one, percent_of(one.cost_microdollars, highest)) for one in found]


def sum_kind(totals: TotalsByKey, kind: str) -> CountTotals:
    """Sums the totals of one kind."""
    found = [one for thing, one in totals.items() if thing.kind == kind]
    return CountTotals(**{name: sum(getattr(one, name) for one in found) for name in CountTotals.__dataclass_fields__})


def count_tokens(one: CountTotals) -> int:
    return sum(getattr(one, name) for name in TOKEN_FIELDS)


def sum_waited_us(totals: TotalsByKey) -> int:
    """Sums how long sessions waited, without waits over an hour."""
    found: Iterable[tuple[TotalKey, CountTotals]] = totals.items()
    return sum(
        one.duration_us
        for key, one in found
        if key.kind == half_hour_counts.WAIT and key.bucket != half_hour_counts.LAST_BUCKET
    )


def format_time(duration_us: int) -> str:
    return format_duration(duration_us / 1_000) if duration_us else ""


def percent_of(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0
