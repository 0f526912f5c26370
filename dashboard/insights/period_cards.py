"""Builds the cards of the insights: a figure, its change against the period before, and a line of its days. Pure."""

from dataclasses import dataclass

from dashboard.render.short_labels import format_count, format_dollars, format_duration
from memory.rules.half_hour_counts import CountTotals

MAX_PERCENT = 999


@dataclass(frozen=True, slots=True)
class PeriodCard:
    """`title` is the exact value; `points` are those of a spark line, empty without one."""

    label: str
    value: str
    title: str
    change: str = ""
    points: str = ""


def build_time_card(label: str, value_us: int, before_us: int | None, *, points: str = "") -> PeriodCard:
    """Builds a card of a time in microseconds."""
    text = format_duration(value_us / 1_000) if value_us else ""
    return PeriodCard(label, text or "–", text, format_change(value_us, before_us), points)


def build_card(label: str, value: int, before: int | None, *, money: bool = False, points: str = "") -> PeriodCard:
    """Builds a card of a count or a cost. `before` is the value of the period before, None if there is none."""
    text = format_dollars(value) if money else format_count(value)
    exact = text if money else f"{value:,}"
    return PeriodCard(label, text or "–", exact, format_change(value, before), points)


def format_change(value: int, before: int | None) -> str:
    """`+12 %` or `−8 %` against the period before; empty where that had nothing."""
    if not before:
        return ""
    percent = round(100 * (value - before) / before)
    sign = "−" if percent < 0 else "+"
    return f"{sign}{min(abs(percent), MAX_PERCENT)} %" if percent else "as before"


def format_cache_rate(totals: CountTotals) -> str:
    """The share of the input that came from the cache; empty without input."""
    read = totals.cache_read_input_tokens
    whole = read + totals.input_tokens + totals.cache_creation_input_tokens
    return f"{100 * read / whole:.0f} %" if whole else ""
