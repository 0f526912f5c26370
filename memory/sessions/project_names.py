"""Finds the other names of the project of a page filter: the spellings of its folder in the user's log."""

from dataclasses import replace
from uuid import UUID

from events.store import locations
from memory.values.page_filter import PageFilter


def resolve_filter(user_id: UUID, page_filter: PageFilter) -> PageFilter:
    """Adds the spellings of the project to a page filter."""
    if not page_filter.project or page_filter.spellings:
        return page_filter
    return replace(page_filter, spellings=locations.find_spellings(user_id, page_filter.project))
