"""The wall: a card for each session that is at work or waits, the one that waits longest first."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from dashboard.session.session_summary import Glance, glance
from events.isolation.row_security import for_its_user
from memory.projection import projector
from memory.sessions import session_events, session_queries
from memory.values import session_states
from memory.values.page_filter import EVERYTHING, Scope

LOOKED_AT, MOST = 40, 12  # sessions: the latest, and of these the cards
BARS, BAR_US, TALLEST = 15, 20_000_000, 12  # of a sparkline: five minutes
ORDER = (session_states.WAITING, session_states.ERROR, session_states.WORKING)


@dataclass(frozen=True, slots=True)
class Bar:
    x: int
    height: int

    @property
    def y(self) -> int:
        return TALLEST - self.height


@dataclass(frozen=True, slots=True)
class Tile:
    """A session on the wall. `bars` are its last five minutes, oldest first."""

    glance: Glance
    bars: Sequence[Bar]


def wall(user_id: UUID, scope: Scope = EVERYTHING) -> list[Tile]:
    """The tiles as they are now."""
    projector.catch_up(user_id, seconds=session_queries.PATIENCE)
    return known(user_id, scope)


@for_its_user
def known(user_id: UUID, scope: Scope = EVERYTHING) -> list[Tile]:
    """The tiles as far as the log was read."""
    seen = [one for one in session_queries.known(user_id, limit=LOOKED_AT, scope=scope) if one.state in ORDER]
    seen.sort(key=lambda one: (ORDER.index(one.state), one.row.state_us))
    shown = [glance(one) for one in seen[:MOST]]
    counts = _counts(user_id, [one.id for one in shown])
    return [Tile(one, _bars(counts[one.id])) for one in shown]


def _counts(user_id: UUID, ids: Sequence[str]) -> dict[str, list[int]]:
    """How much happened in each bar's time."""
    now = session_queries.now_us()
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * BARS)
    for session_id, at_us in session_events.recent(user_id, ids, now - BARS * BAR_US) if ids else ():
        counts[session_id][BARS - 1 - min(BARS - 1, max(0, (now - at_us) // BAR_US))] += 1
    return counts


def _bars(counts: Sequence[int]) -> list[Bar]:
    return [Bar(4 * at, min(TALLEST, 1 + 2 * count)) for at, count in enumerate(counts)]
