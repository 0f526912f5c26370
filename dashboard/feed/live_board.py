"""The live board: a card for each session that waits, has an error or works. The longest wait comes first."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from dashboard.session.session_summary import SessionView, build_session_view
from events.isolation.row_security import acting_for_user
from memory.projection import projector, reader_projection
from memory.sessions import session_events, session_queries
from memory.values import session_states
from memory.values.page_filter import NO_FILTER, PageFilter

CANDIDATE_SESSIONS_LIMIT, MAX_CARDS = 40, 12  # the latest sessions, and the most cards made from them
BAR_COUNT, BAR_DURATION_US, MAX_BAR_HEIGHT = 15, 20_000_000, 12  # a sparkline covers five minutes
STATE_ORDER = (session_states.WAITING, session_states.ERROR, session_states.WORKING)


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
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    return load_projected_board(user_id, page_filter)


@acting_for_user
def load_projected_board(user_id: UUID, page_filter: PageFilter = NO_FILTER) -> list[SessionCard]:
    """Loads the cards of the live board as far as the log is projected."""
    query = session_queries.SessionQuery(CANDIDATE_SESSIONS_LIMIT, page_filter=page_filter)
    newest = session_queries.list_projected_sessions(user_id, query)
    candidates = [one for one in newest if one.state in STATE_ORDER]
    candidates.sort(key=lambda one: (STATE_ORDER.index(one.state), one.row.state_us))
    session_views = [build_session_view(one) for one in candidates[:MAX_CARDS]]
    counts = _count_events(user_id, [one.id for one in session_views])
    return [SessionCard(one, _build_bars(counts[one.id])) for one in session_views]


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
