"""The live board: a card for each session that needs its user or works, the most urgent first.

Sessions beyond the cards are links below them. A turn that was done long ago comes after the sessions at work.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from dashboard.session.session_summary import SessionView, build_session_view
from events.isolation.row_security import acting_for_user
from memory.projection import projector, reader_projection
from memory.sessions import session_events, session_queries
from memory.values import session_states
from memory.values.page_filter import NO_FILTER, PageFilter

OPEN_SESSIONS_LIMIT, MAX_CARDS, MAX_URGENT_CARDS, MIN_WORKING_CARDS = 60, 12, 24, 4
BAR_COUNT, BAR_DURATION_US, MAX_BAR_HEIGHT = 15, 20_000_000, 12  # a sparkline covers five minutes
URGENT = (session_states.PERMISSION, session_states.QUESTION, session_states.FAILURE)
ANSWER_TIMEOUT_US = 3_600_000_000  # after which a done turn is unlikely to be answered soon


@dataclass(frozen=True, slots=True)
class ActivityBar:
    x: int
    height: int

    @property
    def y(self) -> int:
        return MAX_BAR_HEIGHT - self.height


@dataclass(frozen=True, slots=True)
class SessionCard:
    """A session on the live board. `bars` cover its last five minutes, oldest first."""

    session_view: SessionView
    bars: Sequence[ActivityBar]

    @property
    def answer(self) -> str:
        """What Claude said last, for a session that waits for nothing else."""
        view = self.session_view
        return "" if view.ask or view.urgency == session_states.NOTHING else view.message

    @property
    def prompt(self) -> str:
        """The last prompt, unless the title says the same."""
        view = self.session_view
        return "" if view.title.rstrip("…") in view.last_prompt or view.ask else view.last_prompt


@dataclass(frozen=True, slots=True)
class LiveBoard:
    """The cards of the live board, and the open sessions without a card. `has_more`: some are not listed."""

    cards: Sequence[SessionCard] = ()
    folded: Sequence[SessionView] = ()
    has_more: bool = False

    @property
    def folded_counts(self) -> str:
        """`+11 working, 2 your turn`; a plus stands behind a number that may be higher."""
        counts = Counter(view.need.lower() for view in self.folded)
        more = "+" if self.has_more else ""
        return "+" + ", ".join(f"{count}{more} {need}" for need, count in counts.items())


def load_live_board(user_id: UUID, page_filter: PageFilter = NO_FILTER) -> LiveBoard:
    """Catches up with the log and loads the live board."""
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    return load_projected_board(user_id, page_filter)


@acting_for_user
def load_projected_board(user_id: UUID, page_filter: PageFilter = NO_FILTER) -> LiveBoard:
    """Loads the live board as far as the log is projected."""
    found = session_queries.list_open_sessions(user_id, page_filter, limit=OPEN_SESSIONS_LIMIT + 1)
    with_card, folded = _choose_cards([build_session_view(one) for one in found[:OPEN_SESSIONS_LIMIT]])
    counts = _count_events(user_id, [view.id for view in with_card])
    cards = [SessionCard(view, _build_bars(counts[view.id])) for view in with_card]
    return LiveBoard(cards, folded, len(found) > OPEN_SESSIONS_LIMIT)


def _choose_cards(found: Sequence[SessionView]) -> tuple[list[SessionView], list[SessionView]]:
    """Chooses the sessions with a card and those without, each in the order of their urgency.

    Each urgent session has a card. Of the turns that are done, the latest have one, and some cards are for work.
    """
    views = sorted(found, key=lambda view: view.source.urgency_key)
    late_us = session_queries.now_us() - ANSWER_TIMEOUT_US
    urgent = [view for view in views if view.urgency in URGENT]
    working = [view for view in views if view.urgency == session_states.NOTHING]
    turns = [view for view in views if view.urgency == session_states.TURN]
    fresh_count = sum(view.source.row.state_us >= late_us for view in turns)
    room = max(0, MAX_CARDS - len(urgent) - min(len(working), MIN_WORKING_CARDS))
    first = len(turns) - min(room, fresh_count)
    # What has no card is listed behind the work, as is a turn that was done long ago.
    ordered = [*urgent, *turns[first:], *working, *turns[:first]]
    card_count = max(MAX_CARDS, min(len(urgent), MAX_URGENT_CARDS))
    return ordered[:card_count], ordered[card_count:]


def _count_events(user_id: UUID, ids: Sequence[str]) -> dict[str, list[int]]:
    """Counts the events of each session per bar."""
    now = session_queries.now_us()
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * BAR_COUNT)
    for session_id, at_us in (
        session_events.list_recent_events(user_id, ids, now - BAR_COUNT * BAR_DURATION_US) if ids else ()
    ):
        counts[session_id][BAR_COUNT - 1 - min(BAR_COUNT - 1, max(0, (now - at_us) // BAR_DURATION_US))] += 1
    return counts


def _build_bars(counts: Sequence[int]) -> list[ActivityBar]:
    return [ActivityBar(4 * at, min(MAX_BAR_HEIGHT, 1 + 2 * count)) for at, count in enumerate(counts)]
