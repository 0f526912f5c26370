"""Queries of user preferences for memory. No answer of this app contains a forgotten entry."""

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from events.isolation.row_security import acting_for_user
from memory.models import Annotation, ContextBudget, MemoryPreference, Note
from memory.rules.search_documents import hash_name
from memory.values.location import Location

DEFAULT_BUDGET_TOKENS, MAX_BUDGET_TOKENS = 2_000, 10_000


@acting_for_user
def load_forgotten_seqs(user_id: UUID) -> set[int]:
    """Loads the event numbers of all forgotten entries."""
    return set(Annotation.objects.for_user(user_id).filter(forgotten=True).values_list("seq", flat=True))


@acting_for_user
def load_annotations(user_id: UUID, seqs: Iterable[int]) -> dict[int, Annotation]:
    """Loads the annotations of entries, by event number."""
    return {
        annotation.seq: annotation for annotation in Annotation.objects.for_user(user_id).filter(seq__in=list(seqs))
    }


@acting_for_user
def load_annotations_for_location(user_id: UUID, location: Location) -> dict[int, Annotation]:
    """Loads the annotations of a location's entries by event number, newest first."""
    found = Annotation.objects.for_user(user_id).filter(_location_condition(location)).order_by("-at_us", "-seq")
    return {annotation.seq: annotation for annotation in found}


@acting_for_user
def list_notes(user_id: UUID, location: Location) -> list[Note]:
    """Lists the notes of a location, newest first."""
    return list(Note.objects.for_user(user_id).filter(_location_condition(location)).order_by("-at_us", "id"))


def _location_condition(location: Location) -> Q:
    condition = Q(project__in=location.folders)
    return condition | Q(repo=location.repo) if location.repo else condition


@acting_for_user
def load_context_budget(user_id: UUID, location: Location) -> int:
    """Loads the context budget of a location, in tokens: the repository's, else the root's, else the folder's."""
    rows = ContextBudget.objects.for_user(user_id).filter(location_key__in=[hash_name(name) for name in location.names])
    tokens_by_location = {row.location: row.tokens for row in rows}
    return next(
        (tokens_by_location[name] for name in location.names if name in tokens_by_location), DEFAULT_BUDGET_TOKENS
    )


@acting_for_user
def load_excluded_tools(user_id: UUID) -> frozenset[str]:
    """Loads the names of the tools without observations."""
    excluded = MemoryPreference.objects.for_user(user_id).values_list("excluded_tools", flat=True).first()
    return parse_excluded_tools(excluded)


def parse_excluded_tools(excluded: str | None) -> frozenset[str]:
    """Converts the stored names, one a line; None stands for this server's default."""
    return settings.SKIPPED_TOOLS if excluded is None else frozenset(excluded.splitlines())
