"""Queries what sessions show of the machines they run on. Call `insight_queries.catch_up` first.

Each function is a fixed number of statements, however many machines there are.
"""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Max, Sum

from events.isolation.row_security import acting_for_user
from memory.models import DailyTotal, Session
from memory.rules import half_hour_counts
from memory.sessions.session_queries import now_us
from memory.values import session_states
from memory.values.location import DEMO_MACHINE

MAX_MACHINES = 100
DELAY_DAYS = 7
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class MachineActivity:
    """The sessions of a machine. `working` and `waiting` count the ones that a list of sessions shows by default."""

    name: str
    last_us: int
    sessions: int
    working: int
    waiting: int


@dataclass(frozen=True, slots=True)
class FirstSession:
    """The only session of a user, without the demo's."""

    machine: str
    started_us: int
    has_prompt: bool


@acting_for_user
def list_first_sessions(user_id: UUID, *, limit: int) -> list[FirstSession]:
    """Lists up to `limit` sessions of a user, without the demo's."""
    rows = Session.objects.for_user(user_id).exclude(machine=DEMO_MACHINE).order_by("last_us", "session_id")
    return [
        FirstSession(machine, started_us, prompts > 0)
        for machine, started_us, prompts in rows.values_list("machine", "started_us", "prompts")[:limit]
    ]


@acting_for_user
def list_machines(user_id: UUID) -> list[MachineActivity]:
    """Lists the machines that sent sessions, the last active first; those that are not named are left out."""
    rows = Session.objects.for_user(user_id).exclude(machine="")
    found = (
        rows.values("machine")
        .annotate(latest_us=Max("last_us"), total=Count("session_id"))
        .order_by("-latest_us", "machine")
        .values_list("machine", "latest_us", "total")
    )
    counts = {state: _count_in_state(user_id, state) for state in (session_states.WORKING, session_states.WAITING)}
    return [
        MachineActivity(name, last_us, total, *(by_machine.get(name, 0) for by_machine in counts.values()))
        for name, last_us, total in found[:MAX_MACHINES]
    ]


def _count_in_state(user_id: UUID, state: str) -> dict[str, int]:
    now = now_us()
    # Sessions that were silent for longer are stale by now; this condition leaves few rows to read.
    recent = Session.objects.for_user(user_id).filter(
        last_us__gte=now - session_states.SILENCE_TIMEOUTS_US[session_states.WAITING], automated=False
    )
    found = recent.in_state(state, now).order_by().values_list("machine").annotate(Count("session_id"))
    return dict(found)


@acting_for_user
def load_delays(user_id: UUID) -> dict[str, dict[int, int]]:
    """Loads machine → bucket (`half_hour_counts.BUCKET_BOUNDS_US`) → events of the last `DELAY_DAYS` days."""
    first_day = now_us() // _DAY_US - DELAY_DAYS
    rows = DailyTotal.objects.for_user(user_id).filter(
        kind=half_hour_counts.EVENT, day__gte=first_day, machine__isnull=False
    )
    counts: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for machine, bucket, count in rows.order_by().values_list("machine", "bucket").annotate(Sum("count")):
        counts[machine][bucket % half_hour_counts.SECOND_QUARTER] += count
    return {machine: dict(buckets) for machine, buckets in counts.items()}
