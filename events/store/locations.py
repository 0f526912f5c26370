"""Locations of events: a folder, the root of its session and a repository. Each combination is stored once per user."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q

from accounts.api_base.problem import Problem
from events import models
from events.isolation.row_security import acting_for_user
from events.store.async_postgres import AsyncPostgresPool
from events.wire import envelope
from events.wire.event_header import EventLocation
from events.wire.folder_names import folder_key, leave_worktree

UserLocation = tuple[UUID, EventLocation]


def for_event(event: envelope.WireEvent) -> EventLocation:
    return EventLocation(event.project, event.root, event.repo)


# Recently used locations, so that most events need no query.
_cached_ids: OrderedDict[UserLocation, int] = OrderedDict()
MAX_CACHED_IDS = 10_000
# Of the locations of a user that `list_first_uses` reads: a project has one for each folder that is worked in.
LOCATIONS_PER_PROJECT = 4


def get_or_create_ids(wanted: Iterable[UserLocation]) -> dict[UserLocation, int]:
    """Returns the ids of users' locations. Creates missing locations; they stay even if their event is not stored.

    Raises Problem `not_authenticated` if the account is deleted.
    """
    try:
        found = {key: _cached_ids.get(key) or _get_or_create(*key) for key in set(wanted)}
    except IntegrityError:  # a cached credential stays valid for some seconds after its user is deleted
        raise Problem("not_authenticated", "This account was deleted.") from None
    _keep(found)
    return found


def _keep(found: Mapping[UserLocation, int]) -> None:
    _cached_ids.update(found)
    while len(_cached_ids) > MAX_CACHED_IDS:
        _cached_ids.popitem(last=False)


_GET_SQL = b"SELECT events_get_location(%b, %b, %b, %b, %b)"


async def load_ids(pool: AsyncPostgresPool, wanted: Iterable[UserLocation]) -> dict[UserLocation, int]:
    """Like `get_or_create_ids`, by an asynchronous connection of PostgreSQL, and all in one round trip.

    Raises IntegrityError if one of the users is gone; the locations of the others are there then.
    """
    keys = list(wanted)
    answers = await pool.fetch_each(_GET_SQL, [(user_id, location.key, *location) for user_id, location in keys])
    found = {key: id_ for key, ((id_,),) in zip(keys, answers, strict=True)}
    _keep(found)
    return found


def find_cached_id(user_id: UUID, event: envelope.WireEvent) -> int | None:
    """Returns the id of an event's location if this process knows it without a query."""
    return _cached_ids.get((user_id, for_event(event)))


@acting_for_user
def _get_or_create(user_id: UUID, location: EventLocation) -> int:
    # If two callers create the same location, the second meets the unique constraint and loads the row.
    row, _ = models.Location.objects.for_user(user_id).get_or_create(
        user_id=user_id, key=location.key, defaults=location._asdict()
    )
    return row.id


@acting_for_user
def get_unknown_id(user_id: UUID) -> int:
    """Returns the id of the location of events that were deleted before they arrived."""
    row, _ = models.Location.objects.for_user(user_id).get_or_create(
        user_id=user_id, key=models.UNKNOWN_LOCATION_KEY, defaults={"project": "", "root": "", "repo": ""}
    )
    return row.id


@acting_for_user
def find_ids_by_name(user_id: UUID, name: str) -> list[int]:
    """Finds the ids of the user's locations with this name, in any of its spellings."""
    names = find_spellings(user_id, name)
    return list(models.Location.objects.for_user(user_id).by_names(names).values_list("id", flat=True))


@acting_for_user
def find_spellings(user_id: UUID, name: str) -> tuple[str, ...]:
    """Finds the names in the user's log that name the same folder; `name` is the first."""
    key = folder_key(name)
    rows = models.Location.objects.for_user(user_id).that_may_be(key).values_list("project", "root")
    found = sorted({one for row in rows for one in row if one and folder_key(one) == key})
    return tuple(dict.fromkeys((name, leave_worktree(name), *found)))


@acting_for_user
def find_repo(user_id: UUID, folders: Collection[str]) -> str:
    """Finds the repository that the user's log last named for one of these folders; empty if none."""
    rows = models.Location.objects.for_user(user_id).exclude(repo="")
    named = rows.filter(Q(project__in=folders) | Q(root__in=folders)).order_by("-id")
    return named.values_list("repo", flat=True).first() or ""


@dataclass(frozen=True, slots=True)
class FirstUses:
    """(folder, repository) of a user's first projects, in the order in which the log first named them."""

    projects: Sequence[tuple[str, str]]
    is_complete: bool


@acting_for_user
def list_first_uses(user_id: UUID, limit: int) -> FirstUses:
    """Lists at most `limit` projects, of that many locations that the cost does not grow with the user's log.

    A location is deleted with its account only: the order never changes, projects are added at its end.
    """
    most = limit * LOCATIONS_PER_PROJECT
    rows = models.Location.objects.for_user(user_id).order_by("id").values_list("project", "root", "repo")[:most]
    named = ((root or project, repo) for project, root, repo in rows)
    projects = list(dict.fromkeys(one for one in named if any(one)))
    return FirstUses(projects[:limit], is_complete=len(rows) < most and len(projects) < limit)
