"""The log: events numbered per user in the order they commit.

`Stream` holds each user's highest number and is the lock that orders their writers. `Location` is where events
happened, kept once instead of in a million rows. `Event` keeps the event itself as compressed wire text.
"""

from collections.abc import Iterable
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from events.isolation.scoped_queryset import ScopedQuerySet


class Stream(models.Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    head = models.BigIntegerField(default=0)
    # Whether retention has taken anything: then there are ids to look for in `RemovedIds`.
    has_removed_ids = models.BooleanField(default=False)


class RetentionPolicy(models.Model):
    """How much of a user's log is kept; without a row, or without either limit, all of it."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    max_days = models.IntegerField(null=True)
    max_bytes = models.BigIntegerField(null=True)
    # When it was last seen to, in microseconds since 1970.
    last_applied_us = models.BigIntegerField(default=0)


class RemovedIdsQuerySet(ScopedQuerySet["RemovedIds"]):
    pass


class RemovedIds(models.Model):
    """The ids of events that retention took: pushing them again is a duplicate (`events.store.removed_ids`)."""

    pk = models.CompositePrimaryKey("user", "prefix")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    # The first two bytes of the ids on it.
    prefix = models.IntegerField()
    # Sixteen bytes each, one after the other.
    ids = models.BinaryField()

    objects: ClassVar[models.Manager["RemovedIds"]] = models.Manager.from_queryset(RemovedIdsQuerySet)()


# The key of the place of events that were deleted before they came. No digest is this.
UNKNOWN_LOCATION_KEY = bytes(16)


class LocationQuerySet(ScopedQuerySet["Location"]):
    def by_name(self, name: str) -> "LocationQuerySet":
        """Places that go by this name, be it the folder, the root of the session or the repository.

        Nowhere goes by every name: whoever walks one project must hear of all that may have been deleted there.
        """
        return self.filter(Q(project=name) | Q(root=name) | Q(repo=name) | Q(key=UNKNOWN_LOCATION_KEY))


class Location(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    project = models.TextField()
    root = models.TextField()
    repo = models.TextField()
    # A digest of the three: PostgreSQL refuses index entries as long as a path may be.
    key = models.BinaryField(max_length=16)

    objects: ClassVar[models.Manager["Location"]] = models.Manager.from_queryset(LocationQuerySet)()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("user", "key", name="events_place_once")]


class EventQuerySet(ScopedQuerySet["Event"]):
    def alive(self) -> "EventQuerySet":
        return self.filter(body__isnull=False)

    def after(self, cursor: int) -> "EventQuerySet":
        return self.filter(seq__gt=cursor).order_by("seq")

    def at_locations(self, location_ids: Iterable[int]) -> "EventQuerySet":
        return self.filter(location_id__in=location_ids)


class Event(models.Model):
    """One event. A deleted one stays as its id, with no body, under a new number at the end of the log."""

    pk = models.CompositePrimaryKey("user", "seq")
    # No foreign key in the database: checking it would cost a tenth of each insert, and `Stream` has one.
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    seq = models.BigIntegerField()
    id = models.UUIDField()
    location = models.ForeignKey(
        Location, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    # Microseconds since 1970: `ts` may lie outside of what a database's own type can hold.
    ts_us = models.BigIntegerField()
    received_us = models.BigIntegerField()
    # The wire text, zstd. `kind` in it is byte for byte what was sent.
    body = models.BinaryField(null=True)
    # Of one that was deleted here: the number that it had, by which others knew it.
    original_seq = models.BigIntegerField(null=True)

    objects: ClassVar[models.Manager["Event"]] = models.Manager.from_queryset(EventQuerySet)()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("user", "id", name="events_event_once")]
        indexes: ClassVar = [
            models.Index("user", "ts_us", "seq", name="events_by_time"),
            models.Index("user", "location", "ts_us", "seq", name="events_by_place"),
        ]
