"""Models of tokens and half-hour counts, and of the totals over them: see `memory.rules.half_hour_counts` and
`memory.projection.rollups`.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from events.isolation.scoped_queryset import OwnedManager
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


class HalfHourCount(Totals):
    """The counts of one key of a session in half an hour; the key is `memory.rules.half_hour_counts.CountKey`."""

    pk = models.CompositePrimaryKey("user", "session_id", "slot", "kind", "name", "bucket")
    user = owner_foreign_key()
    session_id = SessionIdField(max_length=128)
    slot = models.IntegerField()
    kind = models.CharField(max_length=16)
    name = models.TextField()
    bucket = models.SmallIntegerField()

    objects: ClassVar = OwnedManager["HalfHourCount"]()

    class Meta:
        indexes: ClassVar = [models.Index("user", "slot", name="memory_tally_by_time")]


class StaleDay(models.Model):
    """A day whose half-hour counts changed since its totals were computed."""

    pk = models.CompositePrimaryKey("user", "day")
    user = owner_foreign_key()
    day = models.IntegerField()

    objects: ClassVar = OwnedManager["StaleDay"]()


class DailyTotal(Totals):
    """The total of one key on a day (days since 1970, UTC), for all sessions of a project on a machine.

    A row with null in `project`, `repo` and `machine` is the total of all sessions with this value of `automated`.
    """

    user = owner_foreign_key()
    day = models.IntegerField()
    project = models.TextField(null=True)
    repo = models.TextField(null=True)
    machine = models.TextField(null=True)
    automated = models.BooleanField(default=False, db_default=False)
    kind = models.CharField(max_length=16)
    name = models.TextField()
    bucket = models.SmallIntegerField()

    objects: ClassVar = OwnedManager["DailyTotal"]()

    class Meta:
        indexes: ClassVar = [
            models.Index("user", "day", name="memory_daily_by_time"),
            models.Index("user", "day", condition=models.Q(project=None), name="memory_daily_of_all"),
        ]


class HalfHourTotal(models.Model):
    """The activity of a project on a machine in a quarter of an hour, the first (0) or second (1) of half an hour.

    These are the coarsest rows that sum to days of any time zone.
    """

    user = owner_foreign_key()
    slot = models.IntegerField()
    quarter = models.SmallIntegerField(default=0, db_default=0)
    project = models.TextField()
    repo = models.TextField()
    machine = models.TextField()
    automated = models.BooleanField(default=False, db_default=False)
    events = models.BigIntegerField()
    prompts = models.BigIntegerField()
    cost_microdollars = models.BigIntegerField()

    objects: ClassVar = OwnedManager["HalfHourTotal"]()

    class Meta:
        indexes: ClassVar = [models.Index("user", "slot", name="memory_half_hour_by_time")]


class TokenUsage(models.Model):
    """The tokens of one message of the model. Several events may report a message; the largest counts are kept."""

    pk = models.CompositePrimaryKey("user", "session_id", "message_id")
    user = owner_foreign_key()
    session_id = SessionIdField(max_length=128)
    message_id = models.CharField(max_length=128)
    at_us = models.BigIntegerField()
    model = models.TextField()
    input_tokens = models.BigIntegerField()
    output_tokens = models.BigIntegerField()
    cache_creation_input_tokens = models.BigIntegerField()
    cache_read_input_tokens = models.BigIntegerField()
    # Part of `cache_creation_input_tokens`.
    cache_creation_1h_input_tokens = models.BigIntegerField(default=0, db_default=0)
    web_search_requests = models.BigIntegerField(default=0, db_default=0)
    speed = models.TextField(default="", db_default="")
    inference_geo = models.TextField(default="", db_default="")
    service_tier = models.TextField(default="", db_default="")
    # Null without a price; the version is that of the prices (`memory.values.price_table`).
    cost_microdollars = models.BigIntegerField(null=True)
    price_version = models.BigIntegerField(default=0, db_default=0)
    # Whether this session counts the message: see `memory.projection.shared_answers`.
    is_counted = models.BooleanField(default=True, db_default=True)

    objects: ClassVar = OwnedManager["TokenUsage"]()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                "user",
                "session_id",
                "at_us",
                "cost_microdollars",
                condition=Q(is_counted=True),
                name="memory_usage_counted",
            ),
            models.Index("user", "message_id", name="memory_usage_by_message"),
        ]
