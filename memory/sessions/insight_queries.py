"""What a user's sessions came to: sums of what was counted. `dashboard.insights.views` draws them. Call `caught_up`
first.

However long the log, each answer is one or two statements, over a row for each day and thing, or each half hour.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, Sum

from events.isolation.row_security import for_its_user
from events.wire.hook_event import slot
from memory.models import Daily, HalfHour, Session, Tally
from memory.projection import projector, rollups
from memory.projection.count_writer import SLOTS, SUMS
from memory.rules.half_hour_counts import Sum as Tallied
from memory.sessions.session_queries import PATIENCE
from memory.values.page_filter import Scope

PROJECTS = 30  # at most: their names are captured


class Active(NamedTuple):
    """How much happened within one half hour (of these since 1970)."""

    slot: int
    events: int
    prompts: int
    cost_microdollars: int


class Thing(NamedTuple):
    """What a sum is of; see `memory.rules.half_hour_counts.Key`."""

    kind: str
    name: str
    bucket: int


@dataclass(frozen=True, slots=True)
class Project:
    folder: str
    repo: str
    events: int
    prompts: int
    cost_microdollars: int


def caught_up(user_id: UUID) -> bool:
    """Reads the log on; False if it is far behind, and what follows is not all of it."""
    read = projector.catch_up(user_id, seconds=PATIENCE)
    return rollups.sum_up(user_id, seconds=PATIENCE) and read


@for_its_user
def active(user_id: UUID, scope: Scope) -> list[Active]:
    """When something happened, in the order of time."""
    return [Active(*row) for row in _activity(user_id, scope, "slot").order_by("slot")]


@for_its_user
def projects(user_id: UUID, scope: Scope) -> list[Project]:
    """What cost most first, then what was most at work."""
    rows = _activity(user_id, scope, "project", "repo")
    return [Project(*row) for row in rows.order_by("-costs", "-happened", "repo", "project")[:PROJECTS]]


def _activity(user_id: UUID, scope: Scope, *by: str) -> Any:
    first, end = _slots(scope)
    rows = HalfHour.objects.of(user_id).filter(_at(scope), slot__gte=first, slot__lt=end).values_list(*by)
    return rows.annotate(happened=Sum("events"), prompted=Sum("prompts"), costs=Sum("cost_microdollars"))


@for_its_user
def totals(user_id: UUID, scope: Scope) -> dict[Thing, Tallied]:
    """Everything that is counted, summed up: whole days from their sums, the rest of a stretch by half hours."""
    first, end = _slots(scope)
    first_day, end_day = -(-first // SLOTS), end // SLOTS
    of_all = Q(project=None) if _at(scope) == Q() else _at(scope)
    days = Daily.objects.of(user_id).filter(of_all, day__gte=first_day, day__lt=end_day)
    rest = Q(slot__lt=first_day * SLOTS) | Q(slot__gte=max(end_day, first_day) * SLOTS)
    sessions = Session.objects.of(user_id).filter(_at(scope)).values("session_id")
    edges = Tally.objects.of(user_id).filter(rest, slot__gte=first, slot__lt=end, session_id__in=sessions)
    summed: dict[Thing, Tallied] = defaultdict(Tallied)
    for rows in (days, edges):
        for kind, name, bucket, *sums in _summed(rows):
            _add(summed[Thing(kind, name, bucket)], sums)
    return dict(summed)


def _summed(rows: Any) -> Any:
    return rows.order_by().values_list("kind", "name", "bucket").annotate(*(Sum(name) for name in SUMS))


def _add(known: Tallied, sums: list[int]) -> None:
    for name, value in zip(SUMS, sums, strict=True):
        setattr(known, name, getattr(known, name) + int(value))


@for_its_user
def sessions(user_id: UUID, scope: Scope) -> int:
    """In how many sessions something happened, from beginning to end."""
    return Session.objects.of(user_id).within(scope).count()


def _at(scope: Scope) -> Q:
    chosen = Q()
    if scope.project:
        chosen &= Q(project=scope.project) | Q(repo=scope.project)
    return chosen & Q(machine=scope.machine) if scope.machine else chosen


def _slots(scope: Scope) -> tuple[int, int]:
    """The half hours of a scope, the last not included; one that is cut belongs to what comes after."""
    first = 0 if scope.since_us is None else slot(scope.since_us)
    return first, FOREVER if scope.until_us is None else slot(scope.until_us)


FOREVER = SLOTS * 40_000  # the half hours until 2079
