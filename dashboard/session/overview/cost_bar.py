"""The turns of a session as one bar: the width of a part is its share of the cost. Pure.

The bar is SVG with attributes only: the content security policy allows no inline styles.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from dashboard.render.html_builder import Html, escape_attribute
from dashboard.render.short_labels import format_dollars
from dashboard.session.prompt_rail import TurnSums

BAR_WIDTH = 1_000  # SVG units
MIN_SHARE = 0.004  # cheaper turns share a part with the next ones; so a bar has at most 250 parts
MAX_DEAREST = 10  # turns in the table below the bar


@dataclass(slots=True)
class CostPart:
    """A part of the bar: one turn, or neighbors of which most cost next to nothing. `x` and `width` are SVG units."""

    turns: list[TurnSums]
    x: float = 0.0
    width: float = 0.0

    @property
    def cost_microdollars(self) -> int:
        return sum(turn.source.cost_microdollars for turn in self.turns)

    @property
    def failures(self) -> int:
        return sum(turn.source.failures for turn in self.turns)

    @property
    def dearest(self) -> TurnSums:
        return max(self.turns, key=lambda turn: turn.source.cost_microdollars)

    @property
    def name(self) -> str:
        first, last = self.turns[0].source.number, self.turns[-1].source.number
        return f"Prompt {first}" if first == last else f"Prompts {first} to {last}"

    @property
    def title(self) -> str:
        """What the part stands for, in one line: prompt, cost, failures."""
        failures = f"{self.failures:,} failed" if self.failures else ""
        facts = ", ".join(filter(None, (self.name, format_dollars(self.cost_microdollars), failures)))
        return f"{facts}: {self.dearest.prompt}"

    def render_link(self, session_url: str, *, is_first: bool) -> str:
        """Renders the part as a link of the SVG; the keyboard reaches the first one."""
        seq, span = self.dearest.source.seq, f'x="{self.x:g}" width="{self.width:g}"'
        skipped = "" if is_first else ' tabindex="-1"'
        failed = f'<rect class="failed" {span} y="8" height="2"/>' if self.failures else ""
        start = f'<a href="{session_url}?at={seq}#e-{seq}" data-prompt="{seq}"{skipped}>'
        return f'{start}<title>{escape_attribute(self.title)}</title><rect {span} height="10"/>{failed}</a>'


@dataclass(frozen=True, slots=True)
class CostBar:
    """The parts of the bar in order of the turns, the dearest turns first, and the cost of all."""

    parts: Sequence[CostPart]
    dearest: Sequence[TurnSums]
    cost: str

    def render_parts(self, session_url: str) -> Html:
        """Renders the content of the SVG. `session_url` is the address of the session's page, safe in HTML.

        A template would take as long for it as for the rest of the page.
        """
        links = (part.render_link(session_url, is_first=at == 0) for at, part in enumerate(self.parts))
        return Html("".join(links))


def build_cost_context(turns: Sequence[TurnSums], session_url: str) -> dict[str, Any]:
    """Builds the bar for a template."""
    costs = build_cost_bar(turns)
    return {"costs": costs, "cost_parts": costs.render_parts(escape(session_url)) if costs else ""}


def build_cost_bar(turns: Sequence[TurnSums]) -> CostBar | None:
    """Builds the bar; None if it would have less than two parts."""
    total = sum(turn.source.cost_microdollars for turn in turns)
    parts = _join_small_turns(turns, total * MIN_SHARE)
    if len(parts) < 2:
        return None
    x = 0.0
    for part in parts:
        part.x, part.width = round(x, 2), round(BAR_WIDTH * part.cost_microdollars / total, 2)
        x += BAR_WIDTH * part.cost_microdollars / total
    by_cost = sorted(turns, key=lambda turn: turn.source.cost_microdollars, reverse=True)
    return CostBar(parts, by_cost[:MAX_DEAREST], format_dollars(total))


def _join_small_turns(turns: Iterable[TurnSums], min_cost: float) -> list[CostPart]:
    """Makes parts of at least this cost. The turns that remain at the end belong to the last part."""
    parts, turns_left, cost = list[CostPart](), list[TurnSums](), 0
    for turn in turns:
        turns_left.append(turn)
        cost += turn.source.cost_microdollars
        if cost > 0 and cost >= min_cost:
            parts.append(CostPart(turns_left))
            turns_left, cost = [], 0
    if parts:
        parts[-1].turns += turns_left
    return parts
