"""Loads the entries of a session around an entry or around a time."""

from uuid import UUID

from django.db.models import Q

from accounts.api_base.problem import Problem
from events.isolation.row_security import acting_for_user
from memory.models import Observation, Prompt, Session, Summary
from memory.projection import projector, reader_projection
from memory.search import search_hits
from memory.search.search_hits import MemoryEntry

EntryPosition = tuple[str, int, int]  # session id, time in microseconds, event number


def for_entry(user_id: UUID, id_: int, *, before: int, after: int) -> list[MemoryEntry]:
    """Loads an entry with `before` and `after` entries of its session, in time order. Raises Problem `not_found`."""
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    found = search_hits.load_projected_entries(user_id, [id_])
    if not found:
        raise Problem("not_found", "There is no such entry.")
    return search_hits.load_projected_entries(
        user_id, _load_surrounding_seqs(user_id, (found[0].session_id, found[0].at_us, id_), before, after)
    )


def for_time(user_id: UUID, at_us: int, *, before: int, after: int) -> list[MemoryEntry]:
    """Loads the entries around a time, from the session that was active then, else the next one, else the latest one.

    Returns an empty list if there is no session.
    """
    reader_projection.catch_up(user_id, seconds=projector.READ_TIMEOUT_S)
    session_id = _find_session_at(user_id, at_us)
    return (
        search_hits.load_projected_entries(
            user_id, _load_surrounding_seqs(user_id, (session_id, at_us, 0), before, after)
        )
        if session_id
        else []
    )


@acting_for_user
def _find_session_at(user_id: UUID, at_us: int) -> str | None:
    sessions = Session.objects.for_user(user_id)
    later = sessions.filter(last_us__gte=at_us).order_by("last_us", "session_id")
    for candidates in (later.filter(started_us__lte=at_us), later, sessions.newest_first()):
        if found := candidates.values_list("session_id", flat=True).first():
            return found
    return None


@acting_for_user
def _load_surrounding_seqs(user_id: UUID, position: EntryPosition, before: int, after: int) -> list[int]:
    session_id, at_us, seq = position
    earlier: list[tuple[int, int]] = []
    later: list[tuple[int, int]] = []
    in_session = Q(session_id=session_id)
    for rows in (
        Prompt.objects.for_user(user_id).filter(in_session, by_person=True),
        Observation.objects.for_user(user_id).filter(in_session),
        Summary.objects.for_user(user_id).filter(in_session),
    ):
        pairs = rows.values_list("at_us", "seq")
        preceding = pairs.filter(Q(at_us__lt=at_us) | Q(at_us=at_us, seq__lt=seq), at_us__lte=at_us)
        following = pairs.filter(Q(at_us__gt=at_us) | Q(at_us=at_us, seq__gte=seq), at_us__gte=at_us)
        earlier += preceding.order_by("-at_us", "-seq")[:before]
        later += following.order_by("at_us", "seq")[: after + 1]
    closest_before = sorted(earlier)[-before:] if before else []
    return [number for _, number in (*closest_before, *sorted(later)[: after + 1])]
