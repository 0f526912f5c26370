"""Stores page filters under names: the query part of a page's URL."""

import time
from dataclasses import dataclass
from uuid import UUID, uuid4

from accounts.api_base.problem import Problem
from events.isolation.row_security import acting_for_user
from events.wire.hook_event import summary_line
from memory.models import SavedFilter
from memory.preferences.preference_changes import LIMIT_REACHED

MAX_FILTERS, MAX_NAME_CHARS, MAX_QUERY_CHARS = 50, 60, 8_192  # the first is per user


@dataclass(frozen=True, slots=True)
class SavedFilterEntry:
    id: UUID
    name: str
    query: str


@acting_for_user
def list_saved_filters(user_id: UUID, page: str) -> list[SavedFilterEntry]:
    """Lists the saved filters of a page, ordered by name."""
    rows = (
        SavedFilter.objects.for_user(user_id)
        .filter(page=page)
        .order_by("name", "id")
        .values_list("id", "name", "query")
    )
    return [SavedFilterEntry(*row) for row in rows[:MAX_FILTERS]]


@acting_for_user
def save_filter(user_id: UUID, page: str, name: str, *, query: str, project: str = "") -> None:
    """Saves a filter; replaces a filter of the same name. Raises Problem `invalid_input`."""
    clean_name = summary_line(name, MAX_NAME_CHARS)
    if not clean_name:
        raise Problem("invalid_input", "Enter a name for the filter.")
    if not query:
        raise Problem("invalid_input", "The filter is empty. Select a condition first.")
    if len(query) > MAX_QUERY_CHARS:
        raise Problem("invalid_input", f"A filter can have at most {MAX_QUERY_CHARS:,} characters.")
    own_filters = SavedFilter.objects.for_user(user_id)
    if own_filters.filter(page=page, name=clean_name).update(query=query, project=project):
        return
    if own_filters.count() >= MAX_FILTERS:
        raise Problem("invalid_input", LIMIT_REACHED.format(most=MAX_FILTERS))
    saved_filter = SavedFilter(
        user_id=user_id, id=uuid4(), page=page, name=clean_name, query=query, project=project, at_us=_now_us()
    )
    saved_filter.save(force_insert=True)


@acting_for_user
def delete_filter(user_id: UUID, filter_id: UUID) -> str | None:
    """Deletes a filter and returns its page; None if there is no such filter."""
    rows = SavedFilter.objects.for_user(user_id).filter(id=filter_id)
    page = rows.values_list("page", flat=True).first()
    rows.delete()
    return page


def _now_us() -> int:
    return int(time.time() * 1_000_000)
