"""The ids of events that retention took. A row each would cost some 150 bytes on SQLite; so those that begin alike
share a row: of 200,000 ids each takes 49 bytes, and of more ids less.
"""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from events.models import Retired

BYTES = 16


def known(user_id: UUID, ids: Iterable[UUID]) -> set[UUID]:
    """Those of these ids that retention took."""
    wanted = _by_shelf(ids)
    rows = Retired.objects.of(user_id).filter(shelf__in=list(wanted)).values_list("shelf", "ids")
    return {id_ for shelf, held in rows for id_ in wanted[shelf] & set(_read(held))}


def add(user_id: UUID, ids: Iterable[UUID]) -> None:
    """Puts away ids that are not there yet. Under the stream's lock."""
    new = _by_shelf(ids)
    rows = Retired.objects.of(user_id).filter(shelf__in=list(new)).values_list("shelf", "ids")
    held = {shelf: bytes(ids) for shelf, ids in rows}
    more = {shelf: b"".join(id_.bytes for id_ in sorted(some)) for shelf, some in new.items()}
    Retired.objects.bulk_create(
        [Retired(user_id=user_id, shelf=shelf, ids=held.get(shelf, b"") + ids) for shelf, ids in more.items()],
        update_conflicts=True,
        unique_fields=["user", "shelf"],
        update_fields=["ids"],
    )


def _by_shelf(ids: Iterable[UUID]) -> dict[int, set[UUID]]:
    shelves: dict[int, set[UUID]] = defaultdict(set)
    for id_ in ids:
        shelves[int.from_bytes(id_.bytes[:2])].add(id_)
    return shelves


def _read(held: bytes | memoryview) -> list[UUID]:
    ids = bytes(held)
    return [UUID(bytes=ids[at : at + BYTES]) for at in range(0, len(ids), BYTES)]
