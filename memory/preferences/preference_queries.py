"""What the user chose of memory, as it is read. What is forgotten is in no answer of this room."""

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from events.isolation.row_security import for_its_user
from memory.models import Allowance, Mark, Note, Preference
from memory.rules.search_documents import key
from memory.values.location import Place

BUDGET, MOST = 2_000, 10_000  # tokens


@for_its_user
def forgotten(user_id: UUID) -> set[int]:
    """The numbers of the entries that are to be kept out for good."""
    return set(Mark.objects.of(user_id).filter(forgotten=True).values_list("seq", flat=True))


@for_its_user
def marks(user_id: UUID, seqs: Iterable[int]) -> dict[int, Mark]:
    """What was made of these entries, by their numbers."""
    return {mark.seq: mark for mark in Mark.objects.of(user_id).filter(seq__in=list(seqs))}


@for_its_user
def marks_of(user_id: UUID, place: Place) -> dict[int, Mark]:
    """What was made of entries of this place, the latest first."""
    found = Mark.objects.of(user_id).filter(_here(place)).order_by("-at_us", "-seq")
    return {mark.seq: mark for mark in found}


@for_its_user
def notes(user_id: UUID, place: Place) -> list[Note]:
    """What the user wrote down for this place, the latest first."""
    return list(Note.objects.of(user_id).filter(_here(place)).order_by("-at_us", "id"))


def _here(place: Place) -> Q:
    here = Q(project__in=place.folders)
    return here | Q(repo=place.repo) if place.repo else here


@for_its_user
def budget(user_id: UUID, place: Place) -> int:
    """How many tokens a session that begins there is given at most."""
    rows = Allowance.objects.of(user_id).filter(place_key__in=[key(name) for name in place.names])
    said = {row.place: row.tokens for row in rows}
    return next((said[name] for name in place.names if name in said), BUDGET)


@for_its_user
def skipped(user_id: UUID) -> frozenset[str]:
    """Tools that are not observed."""
    chosen = Preference.objects.of(user_id).values_list("skipped", flat=True).first()
    return settings.SKIPPED_TOOLS if chosen is None else frozenset(chosen.splitlines())
