"""Where events happen: a folder, the root of its session, a repository. Each such triple is kept once."""

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError

from accounts.api_base.problem import Problem
from events import models
from events.isolation.row_security import for_its_user
from events.wire import envelope


class Place(NamedTuple):
    project: str
    root: str
    repo: str

    @property
    def key(self) -> bytes:
        # No part holds a NUL, so that it separates them for certain.
        return blake2b("\0".join(self).encode(), digest_size=16).digest()


Whose = tuple[UUID, Place]


def of(event: envelope.Event) -> Place:
    return Place(event.project, event.root, event.repo)


# The places of late, so that the usual event asks nothing.
_recent: OrderedDict[Whose, int] = OrderedDict()
RECENT = 10_000


def numbers(wanted: Iterable[Whose]) -> dict[Whose, int]:
    """The numbers of users' places; a place that is new is made, and stays whatever becomes of its event."""
    try:
        found = {whose: _recent.get(whose) or _find_or_make(*whose) for whose in set(wanted)}
    except IntegrityError:  # a credential is believed for some seconds after its user is gone
        raise Problem("not_authenticated", "This account is gone.") from None
    _recent.update(found)
    while len(_recent) > RECENT:
        _recent.popitem(last=False)
    return found


def are_known(wanted: Iterable[Whose]) -> bool:
    """Whether `numbers` can tell without asking the database."""
    return all(whose in _recent for whose in wanted)


@for_its_user
def _find_or_make(user_id: UUID, place: Place) -> int:
    # Of two at once one makes it; the other meets the constraint and finds it.
    made, _ = models.Place.objects.of(user_id).get_or_create(user_id=user_id, key=place.key, defaults=place._asdict())
    return made.id


@for_its_user
def nowhere(user_id: UUID) -> int:
    """The number of the place of events that were deleted before they came."""
    place, _ = models.Place.objects.of(user_id).get_or_create(
        user_id=user_id, key=models.NOWHERE, defaults={"project": "", "root": "", "repo": ""}
    )
    return place.id


@for_its_user
def named(user_id: UUID, name: str) -> list[int]:
    """The numbers of the user's places that go by this name."""
    return list(models.Place.objects.of(user_id).named(name).values_list("id", flat=True))
