"""Models of the log: events numbered per user in the order of commit.

`Stream` holds a user's highest number, and its row lock orders the writers. `Location` holds the location of events
once instead of in a million rows. `Event` holds the event as compressed wire text.
"""

from collections.abc import Collection, Iterable
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from events.isolation.scoped_queryset import OwnedManager, ScopedQuerySet


class Stream(models.Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    head = models.BigIntegerField(default=0)
    # True after retention deleted events: deduplication then also reads `RemovedIds`.
    has_removed_ids = models.BooleanField(default=False)
    # The queue of the projection (`memory.projection.user_queue`), in microseconds since 1970; NULL if no event waits.
    # `append` sets both, so that finding the next user costs the same however many users there are.
    behind_since_us = models.BigIntegerField(null=True)
    # The place in the queue: the arrival of the first waiting event, or the end of the last batch of a long backlog.
    queued_us = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index("queued_us", name="events_stream_queue", condition=Q(queued_us__isnull=False))
        ]


class RetentionPolicy(models.Model):
    """The limits of a user's log for retention. Without a row or a limit, the whole log is kept."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    max_days = models.IntegerField(null=True)
    max_bytes = models.BigIntegerField(null=True)
    # Time of the last run of retention, in microseconds since 1970.
    last_applied_us = models.BigIntegerField(default=0)


class RemovedIds(models.Model):
    """Ids of events that retention deleted: pushing them again is a duplicate (`events.store.removed_ids`)."""

    pk = models.CompositePrimaryKey("user", "prefix")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    # The first two bytes of the ids in this row.
    prefix = models.IntegerField()
    # 16 bytes per id, concatenated.
    ids = models.BinaryField()

    objects: ClassVar = OwnedManager["RemovedIds"]()


# The key of the location of events that were deleted before they arrived. No digest has this value.
UNKNOWN_LOCATION_KEY = bytes(16)


class LocationQuerySet(ScopedQuerySet["Location"]):
    def by_names(self, names: Collection[str]) -> "LocationQuerySet":
        """Selects locations whose folder, session root or repository has one of these names.

        The unknown location matches every name: a reader of one project must learn of every deletion that may belong
        to the project.
        """
        is_named = Q(project__in=names) | Q(root__in=names) | Q(repo__in=names)
        return self.filter(is_named | Q(key=UNKNOWN_LOCATION_KEY))

    def that_may_be(self, key: str) -> "LocationQuerySet":
        """Selects the locations that may have a folder with this key (`events.wire.folder_names`), and some more."""
        starts = [f"{key[0]}:", f"/mnt/{key[0]}", f"/cygdrive/{key[0]}"] if key[1:2] == ":" else []
        starts += ["\\\\"] if key.startswith("//") else []
        condition = Q()
        for column in ("project", "root"):
            condition |= Q(**{f"{column}__contains": "worktrees"})
            for start in starts:
                condition |= Q(**{f"{column}__istartswith": start})
        return self.filter(condition)


class Location(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    project = models.TextField()
    root = models.TextField()
    repo = models.TextField()
    # A digest of the three fields: a path may be too long for an index entry of PostgreSQL.
    key = models.BinaryField(max_length=16)

    objects: ClassVar[models.Manager["Location"]] = models.Manager.from_queryset(LocationQuerySet)()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("user", "key", name="events_place_once")]
        # For the first ones of a user.
        indexes: ClassVar = [models.Index("user", "id", name="events_location_in_order")]


class EventQuerySet(ScopedQuerySet["Event"]):
    def alive(self) -> "EventQuerySet":
        return self.filter(body__isnull=False)

    def after(self, cursor: int) -> "EventQuerySet":
        return self.filter(seq__gt=cursor).order_by("seq")

    def at_locations(self, location_ids: Iterable[int]) -> "EventQuerySet":
        return self.filter(location_id__in=location_ids)


class Event(models.Model):
    """One event. A deleted event stays as a tombstone: its id without a body, with a new number at the log's end."""

    pk = models.CompositePrimaryKey("user", "seq")
    # No foreign key in the database: its check would cost a tenth of each insert, and `Stream` has the foreign key.
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    seq = models.BigIntegerField()
    id = models.UUIDField()
    location = models.ForeignKey(
        Location, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    # Microseconds since 1970: `ts` may be outside the range of a database's time type.
    ts_us = models.BigIntegerField()
    received_us = models.BigIntegerField()
    # The wire text, compressed with zstd. Its `kind` is byte for byte as it was sent.
    body = models.BinaryField(null=True)
    # The number of a deleted event before its deletion; other tables refer to the event by this number.
    original_seq = models.BigIntegerField(null=True)

    objects: ClassVar[models.Manager["Event"]] = models.Manager.from_queryset(EventQuerySet)()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("user", "id", name="events_event_once")]
        indexes: ClassVar = [
            models.Index("user", "ts_us", "seq", name="events_by_time"),
            models.Index("user", "location", "ts_us", "seq", name="events_by_place"),
        ]
