"""Models of the optional LLM: its configuration, and the summaries that it wrote."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from events.isolation.scoped_queryset import OwnedManager
from memory.models.owner import owner_foreign_key
from memory.values.compressed_fields import SessionIdField


class LlmConfig(models.Model):
    """The user's configuration of LLM summaries. Without a row, or with `enabled` false, nothing is sent."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False)
    # See `accounts.crypto.encryption`.
    encrypted_key = models.BinaryField()
    monthly_cap_microdollars = models.BigIntegerField()
    # Sessions whose last event is earlier are not sent.
    enabled_since_us = models.BigIntegerField()
    enabled = models.BooleanField(default=True)
    # Why Memfog disabled the model; empty if it did not.
    last_error = models.TextField(blank=True)

    objects: ClassVar = OwnedManager["LlmConfig"]()


class LlmSummary(models.Model):
    """The LLM summary of a session, or the state of its request. One row per session; a rebuild keeps it."""

    pk = models.CompositePrimaryKey("user", "session_id")
    user = owner_foreign_key()
    session_id = SessionIdField(max_length=128)
    requested_us = models.BigIntegerField()
    attempts = models.IntegerField(default=0)
    # Time of the next attempt; null if there is none.
    next_attempt_us = models.BigIntegerField(null=True)
    # `waiting`, `summarized`, `refused`, `given up` or `deleted`; `failure_reason` is the last error.
    outcome = models.CharField(max_length=16)
    failure_reason = models.TextField(blank=True)
    text = models.TextField(blank=True)
    model = models.TextField(blank=True)
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    cost_microdollars = models.BigIntegerField(default=0)

    objects: ClassVar = OwnedManager["LlmSummary"]()
