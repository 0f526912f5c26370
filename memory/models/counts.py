"""What was counted by the half hour, and summed up from that: see `memory.rules.half_hour_counts` and
`memory.projection.rollups`.
"""

from typing import ClassVar

from django.db import models

from events.isolation.scoped_queryset import ScopedQuerySet
from memory.models.owner import owner_foreign_key
from memory.values.compressed_fields import SessionIdField


class Totals(models.Model):
    """The columns of `memory.rules.half_hour_counts.CountTotals`."""

    count = models.BigIntegerField()
    failed = models.BigIntegerField()
    duration_us = models.BigIntegerField()
    input_tokens = models.BigIntegerField()
    output_tokens = models.BigIntegerField()
    cache_creation_input_tokens = models.BigIntegerField()
    cache_read_input_tokens = models.BigIntegerField()
    cost_microdollars = models.BigIntegerField()

    class Meta:
        abstract = True


class HalfHourCountQuerySet(ScopedQuerySet["HalfHourCount"]):
    pass


class HalfHourCount(Totals):
    """What of a kind happened in a session within half an hour; keyed by `memory.rules.half_hour_counts.CountKey`."""

    pk = models.CompositePrimaryKey("user", "session_id", "slot", "kind", "name", "bucket")
    user = owner_foreign_key()
    session_id = SessionIdField(max_length=128)
    slot = models.IntegerField()
    kind = models.CharField(max_length=16)
    name = models.TextField()
    bucket = models.SmallIntegerField()

    objects: ClassVar[models.Manager["HalfHourCount"]] = models.Manager.from_queryset(HalfHourCountQuerySet)()

    class Meta:
        indexes: ClassVar = [models.Index("user", "slot", name="memory_tally_by_time")]


class StaleDayQuerySet(ScopedQuerySet["StaleDay"]):
    pass


class StaleDay(models.Model):
    """A day of which tallies changed since they were summed up."""

    pk = models.CompositePrimaryKey("user", "day")
    user = owner_foreign_key()
    day = models.IntegerField()

    objects: ClassVar[models.Manager["StaleDay"]] = models.Manager.from_queryset(StaleDayQuerySet)()


class DailyTotalQuerySet(ScopedQuerySet["DailyTotal"]):
    pass


class DailyTotal(Totals):
    """The tallies of one day (since 1970, UTC): of all sessions of a project on a machine; without these, of all."""

    user = owner_foreign_key()
    day = models.IntegerField()
    project = models.TextField(null=True)
    repo = models.TextField(null=True)
    machine = models.TextField(null=True)
    kind = models.CharField(max_length=16)
    name = models.TextField()
    bucket = models.SmallIntegerField()

    objects: ClassVar[models.Manager["DailyTotal"]] = models.Manager.from_queryset(DailyTotalQuerySet)()

    class Meta:
        indexes: ClassVar = [
            models.Index("user", "day", name="memory_daily_by_time"),
            models.Index("user", "day", condition=models.Q(project=None), name="memory_daily_of_all"),
        ]


class HalfHourTotalQuerySet(ScopedQuerySet["HalfHourTotal"]):
    pass


class HalfHourTotal(models.Model):
    """How busy a project was on a machine within half an hour: the fewest rows from which days of any zone are made."""

    user = owner_foreign_key()
    slot = models.IntegerField()
    project = models.TextField()
    repo = models.TextField()
    machine = models.TextField()
    events = models.BigIntegerField()
    prompts = models.BigIntegerField()
    cost_microdollars = models.BigIntegerField()

    objects: ClassVar[models.Manager["HalfHourTotal"]] = models.Manager.from_queryset(HalfHourTotalQuerySet)()

    class Meta:
        indexes: ClassVar = [models.Index("user", "slot", name="memory_half_hour_by_time")]
