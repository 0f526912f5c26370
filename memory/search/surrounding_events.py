"""What happened in a session around an entry, or around a time."""

from uuid import UUID

from django.db.models import Q

from accounts.api_base.problem import Problem
from events.isolation.row_security import for_its_user
from memory.models import Observation, Prompt, Session, Summary
from memory.projection import projector
from memory.search import search_hits
from memory.search.search_hits import Item
from memory.sessions.session_queries import PATIENCE

Place = tuple[str, int, int]  # a session, microseconds, and a number in the log


def entry(user_id: UUID, id_: int, *, before: int, after: int) -> list[Item]:
    """So many entries of its session on either side of one, in the order they happened. Raises Problem `not_found`."""
    projector.catch_up(user_id, seconds=PATIENCE)
    found = search_hits.items(user_id, [id_])
    if not found:
        raise Problem("not_found", "There is no such entry.")
    return search_hits.items(user_id, _ids(user_id, (found[0].session_id, found[0].at_us, id_), before, after))


def time(user_id: UUID, at_us: int, *, before: int, after: int) -> list[Item]:
    """The same around a time, in the session that was at work then, else in the nearest one after it or before it."""
    projector.catch_up(user_id, seconds=PATIENCE)
    session_id = _at_work(user_id, at_us)
    return search_hits.items(user_id, _ids(user_id, (session_id, at_us, 0), before, after)) if session_id else []


@for_its_user
def _at_work(user_id: UUID, at_us: int) -> str | None:
    sessions = Session.objects.of(user_id)
    later = sessions.filter(last_us__gte=at_us).order_by("last_us", "session_id")
    for choice in (later.filter(started_us__lte=at_us), later, sessions.newest_first()):
        if found := choice.values_list("session_id", flat=True).first():
            return found
    return None


@for_its_user
def _ids(user_id: UUID, place: Place, before: int, after: int) -> list[int]:
    session_id, at_us, seq = place
    earlier: list[tuple[int, int]] = []
    later: list[tuple[int, int]] = []
    here = Q(session_id=session_id)
    for rows in (
        Prompt.objects.of(user_id).filter(here, by_person=True),
        Observation.objects.of(user_id).filter(here),
        Summary.objects.of(user_id).filter(here),
    ):
        pairs = rows.values_list("at_us", "seq")
        passed = pairs.filter(Q(at_us__lt=at_us) | Q(at_us=at_us, seq__lt=seq), at_us__lte=at_us)
        coming = pairs.filter(Q(at_us__gt=at_us) | Q(at_us=at_us, seq__gte=seq), at_us__gte=at_us)
        earlier += passed.order_by("-at_us", "-seq")[:before]
        later += coming.order_by("at_us", "seq")[: after + 1]
    near = sorted(earlier)[-before:] if before else []
    return [number for _, number in (*near, *sorted(later)[: after + 1])]
