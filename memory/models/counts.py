"""What was counted by the half hour, and summed up from that: see `memory.rules.half_hour_counts` and
`memory.projection.rollups`.
"""

from typing import ClassVar

from django.db import models

from events.isolation.scoped_queryset import ScopedQuerySet
from memory.models.owner import of_user
from memory.values.compressed_fields import SessionName


class Sums(models.Model):
    """The columns of `memory.rules.half_hour_counts.Sum`."""

    count = models.BigIntegerField()
    failed = models.BigIntegerField()
    lasted_us = models.BigIntegerField()
    input_tokens = models.BigIntegerField()
    output_tokens = models.BigIntegerField()
    cache_creation_input_tokens = models.BigIntegerField()
    cache_read_input_tokens = models.BigIntegerField()
    cost_microdollars = models.BigIntegerField()

    class Meta:
        abstract = True


class TallyQuerySet(ScopedQuerySet["Tally"]):
    pass


class Tally(Sums):
    """What of a kind happened in a session within half an hour; keyed by `memory.rules.half_hour_counts.Key`."""

    pk = models.CompositePrimaryKey("user", "session_id", "slot", "kind", "name", "bucket")
    user = of_user()
    session_id = SessionName(max_length=128)
    slot = models.IntegerField()
    kind = models.CharField(max_length=16)
    name = models.TextField()
    bucket = models.SmallIntegerField()

    objects: ClassVar[models.Manager["Tally"]] = models.Manager.from_queryset(TallyQuerySet)()

    class Meta:
        indexes: ClassVar = [models.Index("user", "slot", name="memory_tally_by_time")]


class RecountQuerySet(ScopedQuerySet["Recount"]):
    pass


class Recount(models.Model):
    """A day of which tallies changed since they were summed up."""

    pk = models.CompositePrimaryKey("user", "day")
    user = of_user()
    day = models.IntegerField()

    objects: ClassVar[models.Manager["Recount"]] = models.Manager.from_queryset(RecountQuerySet)()


class DailyQuerySet(ScopedQuerySet["Daily"]):
    pass


class Daily(Sums):
    """The tallies of one day (since 1970, UTC): of all sessions of a project on a machine; without these, of all."""

    user = of_user()
    day = models.IntegerField()
    project = models.TextField(null=True)
    repo = models.TextField(null=True)
    machine = models.TextField(null=True)
    kind = models.CharField(max_length=16)
    name = models.TextField()
    bucket = models.SmallIntegerField()

    objects: ClassVar[models.Manager["Daily"]] = models.Manager.from_queryset(DailyQuerySet)()

    class Meta:
        indexes: ClassVar = [
            models.Index("user", "day", name="memory_daily_by_time"),
            models.Index("user", "day", condition=models.Q(project=None), name="memory_daily_of_all"),
        ]


class HalfHourQuerySet(ScopedQuerySet["HalfHour"]):
    pass


class HalfHour(models.Model):
    """How busy a project was on a machine within half an hour: the fewest rows from which days of any zone are made."""

    user = of_user()
    slot = models.IntegerField()
    project = models.TextField()
    repo = models.TextField()
    machine = models.TextField()
    events = models.BigIntegerField()
    prompts = models.BigIntegerField()
    cost_microdollars = models.BigIntegerField()

    objects: ClassVar[models.Manager["HalfHour"]] = models.Manager.from_queryset(HalfHourQuerySet)()

    class Meta:
        indexes: ClassVar = [models.Index("user", "slot", name="memory_half_hour_by_time")]
