"""The prompts of a session as a list beside the timeline, and the totals of a turn for its heading. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from dashboard.render.safe_text import ELLIPSIS, first_line
from dashboard.render.short_labels import format_count, format_dollars
from dashboard.session.step_views import format_timedelta
from memory.sessions.turn_totals import TurnTotals
from memory.values.host_markup import without_reminders

MAX_RAIL_PROMPTS = 60  # prompts on one page, around the one that is shown
MAX_PROMPT_CHARS = 90
LIVE_TURNS = 3  # latest turns whose totals an open page refreshes


@dataclass(slots=True)
class TurnSums:
    """The totals of a turn for a template. `share` is its part of the dearest turn's cost, in percent.

    It is not frozen: a session has thousands, and a frozen one takes three times as long to make.
    """

    source: TurnTotals
    share: float = 0.0

    @property
    def prompt(self) -> str:
        return first_line(without_reminders(self.source.text, " "), MAX_PROMPT_CHARS) or ELLIPSIS

    @property
    def cost(self) -> str:
        return format_dollars(self.source.cost_microdollars) or ("no price" if self.source.unpriced_answers else "")

    @property
    def tokens(self) -> str:
        return format_count(self.source.tokens) if self.source.tokens else ""

    @property
    def duration(self) -> str:
        return format_timedelta(timedelta(microseconds=self.source.duration_us))


@dataclass(frozen=True, slots=True)
class PromptRail:
    """A window of the session's turns, and how many prompts come before and after it."""

    turns: Sequence[TurnSums]
    earlier_count: int = 0
    later_count: int = 0

    @property
    def latest(self) -> Sequence[TurnSums]:
        return self.turns[-LIVE_TURNS:]


def build_rail(turns: Sequence[TurnSums], shown_seq: int | None) -> PromptRail:
    """Builds the rail around the turn with this prompt; without one, around the first."""
    at = next((index for index, turn in enumerate(turns) if turn.source.seq == shown_seq), 0)
    start = max(0, min(at - MAX_RAIL_PROMPTS // 2, len(turns) - MAX_RAIL_PROMPTS))
    window = turns[start : start + MAX_RAIL_PROMPTS]
    return PromptRail(window, start, len(turns) - start - len(window))


def build_latest(turns: Sequence[TurnSums]) -> PromptRail:
    """Builds the end of the rail, for a page that is open."""
    return PromptRail(turns[-LIVE_TURNS:])


def make_sums(turns: Sequence[TurnTotals]) -> list[TurnSums]:
    highest = max((turn.cost_microdollars for turn in turns), default=0)
    return [TurnSums(turn, round(100 * turn.cost_microdollars / highest, 1) if highest else 0.0) for turn in turns]


def find_turn(turns: Sequence[TurnTotals], position: tuple[int, int] | None) -> TurnTotals | None:
    """Finds the turn that continues at a position of the session; None before the first prompt."""
    if position is None:
        return None
    return next((turn for turn in reversed(turns) if turn.position < position), None)
