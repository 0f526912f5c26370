"""How far derivation is behind: from the heads of the logs and the cursors of the projector, which exist anyway."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from events.models import Event, Stream
from memory.models import ProjectionState
from memory.projection import projector

QUANTILES = (0.5, 0.9, 0.99, 1.0)
MAX_USERS = 2_000  # users behind whose oldest unread event is looked up, those with the most unread events first
# Row-level security shows the events of the named users only.
NAME_USERS = "SELECT set_config('memfog.users', array_to_string(%s::uuid[], ','), true)"
ARRIVALS = """
SELECT (SELECT e.received_us FROM events_event e WHERE e.user_id = w.user_id AND e.seq > w.seq ORDER BY e.seq LIMIT 1)
FROM unnest(%s::uuid[], %s::bigint[]) AS w(user_id, seq)
"""


@dataclass(frozen=True, slots=True)
class UserBehind:
    user_id: UUID
    cursor: int
    unread: int


@dataclass(frozen=True, slots=True)
class DerivationLag:
    """`seconds` is the age of each user's oldest unread event, by quantile over all users with events."""

    users: int
    users_behind: int
    unread: int
    seconds: dict[float, float]


def load_lag(now_us: int) -> DerivationLag:
    """Reads the lag at this time, in microseconds since 1970. Call it in a transaction."""
    behind = _find_users_behind()
    users = Stream.objects.filter(head__gt=0).count()
    arrivals = _load_arrivals(behind[:MAX_USERS])
    ages_s = sorted(max(0.0, (now_us - arrived_us) / 1e6) for arrived_us in arrivals)
    return DerivationLag(users, len(behind), sum(one.unread for one in behind), compute_quantiles(ages_s, users))


def compute_quantiles(ages: Sequence[float], users: int) -> dict[float, float]:
    """Computes the quantiles over `users` values, of which `ages` are those above zero, in rising order."""
    zeros = max(0, users - len(ages))
    return {quantile: _pick(ages, zeros, quantile) for quantile in QUANTILES}


def _pick(ages: Sequence[float], zeros: int, quantile: float) -> float:
    rank = round(quantile * (zeros + len(ages) - 1)) - zeros
    return ages[rank] if rank >= 0 and ages else 0.0


def _find_users_behind() -> list[UserBehind]:
    states = ProjectionState.objects.filter(user_id=OuterRef("user_id"), rules_version__gte=projector.VERSION)
    streams = Stream.objects.annotate(cursor=Coalesce(Subquery(states.values("cursor")), 0))
    behind = streams.filter(head__gt=F("cursor")).annotate(unread=F("head") - F("cursor")).order_by("-unread")
    return [UserBehind(*row) for row in behind.values_list("user_id", "cursor", "unread")]


def _load_arrivals(behind: Sequence[UserBehind]) -> list[int]:
    if connection.vendor != "postgresql":
        found = [_load_arrival(one) for one in behind]
    else:
        users, cursors = [one.user_id for one in behind], [one.cursor for one in behind]
        with connection.cursor() as cursor:
            cursor.execute(NAME_USERS, [users])
            cursor.execute(ARRIVALS, [users, cursors])
            found = [arrived_us for (arrived_us,) in cursor]
    return [arrived_us for arrived_us in found if arrived_us is not None]


def _load_arrival(one: UserBehind) -> int | None:
    events = Event.objects.for_user(one.user_id).after(one.cursor)
    return events.values_list("received_us", flat=True).first()
