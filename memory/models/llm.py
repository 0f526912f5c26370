"""The optional model: that the user switched it on, and what it was asked."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from events.isolation.scoped_queryset import ScopedQuerySet
from memory.models.owner import owner_foreign_key
from memory.values.compressed_fields import SessionIdField


class LlmConfigQuerySet(ScopedQuerySet["LlmConfig"]):
    pass


class LlmConfig(models.Model):
    """A model that sums up ended sessions with the user's own key. Without a row, or switched off, nothing is sent."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False)
    # Sealed: see `accounts.crypto.encryption`.
    encrypted_key = models.BinaryField()
    monthly_cap_microdollars = models.BigIntegerField()
    # Sessions that ended before are not sent.
    enabled_since_us = models.BigIntegerField()
    enabled = models.BooleanField(default=True)
    # Why it was switched off by itself; empty if it was not.
    last_error = models.TextField(blank=True)

    objects: ClassVar[models.Manager["LlmConfig"]] = models.Manager.from_queryset(LlmConfigQuerySet)()


class LlmSummaryQuerySet(ScopedQuerySet["LlmSummary"]):
    pass


class LlmSummary(models.Model):
    """A session in a model's words, or what became of asking for them. One for a session, and it outlives a rebuild."""

    pk = models.CompositePrimaryKey("user", "session_id")
    user = owner_foreign_key()
    session_id = SessionIdField(max_length=128)
    requested_us = models.BigIntegerField()
    attempts = models.IntegerField(default=0)
    # When it is to be asked again; null when it is not.
    next_attempt_us = models.BigIntegerField(null=True)
    # `waiting`, `told`, `refused`, `given up` or `deleted`, and why.
    outcome = models.CharField(max_length=16)
    failure_reason = models.TextField(blank=True)
    text = models.TextField(blank=True)
    model = models.TextField(blank=True)
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    cost_microdollars = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager["LlmSummary"]] = models.Manager.from_queryset(LlmSummaryQuerySet)()
