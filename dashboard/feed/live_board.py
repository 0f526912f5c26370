"""The live board: a card for each session that waits, has an error or works. The longest wait comes first.

Sessions at work, and those that need an answer to go on, always have a card. Turns that are done fill the rest, the
latest first; one without an answer for long stands behind the sessions at work.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from dashboard.session.session_summary import SessionView, build_session_view
from events.isolation.row_security import acting_for_user
from memory.projection import projector
from memory.sessions import session_events, session_queries
from memory.sessions.session_queries import SessionInfo
from memory.values import session_states
from memory.values.page_filter import NO_FILTER, PageFilter

CANDIDATE_SESSIONS_LIMIT, MAX_CARDS = 40, 12  # the open sessions, and the most cards made from them
BAR_COUNT, BAR_DURATION_US, MAX_BAR_HEIGHT = 15, 20_000_000, 12  # a sparkline covers five minutes
STATE_ORDER = session_queries.OPEN_STATES
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


def load_live_board(user_id: UUID, page_filter: PageFilter = NO_FILTER) -> list[SessionCard]:
    """Catches up with the log and loads the cards of the live board."""
    projector.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    return load_projected_board(user_id, page_filter)


@acting_for_user
def load_projected_board(user_id: UUID, page_filter: PageFilter = NO_FILTER) -> list[SessionCard]:
    """Loads the cards of the live board as far as the log is projected."""
    candidates = session_queries.list_open_sessions(user_id, page_filter, limit=CANDIDATE_SESSIONS_LIMIT)
    session_views = [build_session_view(one) for one in _choose_sessions(candidates)]
    counts = _count_events(user_id, [one.id for one in session_views])
    return [SessionCard(one, _build_bars(counts[one.id])) for one in session_views]


def _choose_sessions(candidates: list[SessionInfo]) -> list[SessionInfo]:
    """Chooses the sessions with a card, in the order of the cards."""
    now_us = session_queries.now_us()
    chosen = sorted(candidates, key=lambda one: (_is_turn_done(one), -one.row.state_us))[:MAX_CARDS]
    return sorted(chosen, key=lambda one: (_find_rank(one, now_us), one.row.state_us))


def _find_rank(session: SessionInfo, now_us: int) -> int:
    is_late = _is_turn_done(session) and now_us - session.row.state_us > ANSWER_TIMEOUT_US
    return len(STATE_ORDER) if is_late else STATE_ORDER.index(session.state)


def _is_turn_done(session: SessionInfo) -> bool:
    return session.state == session_states.WAITING and session.row.reason == session_states.TURN_DONE


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
