"""Filters that a user keeps by a name: of a page, what its address asks for."""

import time
from dataclasses import dataclass
from uuid import UUID, uuid4

from accounts.api_base.problem import Problem
from events.isolation.row_security import for_its_user
from events.wire.hook_event import line
from memory.models import Filter
from memory.preferences.preference_changes import FULL

MOST, LONGEST_NAME, LONGEST = 50, 60, 8_192  # of one user; characters of a name, and of a query


@dataclass(frozen=True, slots=True)
class Kept:
    id: UUID
    name: str
    query: str


@for_its_user
def kept(user_id: UUID, page: str) -> list[Kept]:
    """Those of a page by their names."""
    rows = Filter.objects.of(user_id).filter(page=page).order_by("name", "id").values_list("id", "name", "query")
    return [Kept(*row) for row in rows[:MOST]]


@for_its_user
def keep(user_id: UUID, page: str, name: str, *, query: str, project: str = "") -> None:
    """Under a name that is there it takes the place of what stood there. Raises Problem `invalid_input`."""
    said = line(name, LONGEST_NAME)
    if not said:
        raise Problem("invalid_input", "Give the filter a name first.")
    if not query:
        raise Problem("invalid_input", "This filters nothing: choose something first.")
    if len(query) > LONGEST:
        raise Problem("invalid_input", f"A filter is {LONGEST:,} characters at most.")
    mine = Filter.objects.of(user_id)
    if mine.filter(page=page, name=said).update(query=query, project=project):
        return
    if mine.count() >= MOST:
        raise Problem("invalid_input", FULL.format(most=MOST))
    made = Filter(user_id=user_id, id=uuid4(), page=page, name=said, query=query, project=project, at_us=_now_us())
    made.save(force_insert=True)


@for_its_user
def drop(user_id: UUID, filter_id: UUID) -> str | None:
    """Does away with one, and says of which page it was; None where there is no such filter."""
    rows = Filter.objects.of(user_id).filter(id=filter_id)
    page = rows.values_list("page", flat=True).first()
    rows.delete()
    return page


def _now_us() -> int:
    return int(time.time() * 1_000_000)
