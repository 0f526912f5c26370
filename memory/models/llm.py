"""The optional model: that the user switched it on, and what it was asked."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from events.isolation.scoped_queryset import ScopedQuerySet
from memory.models.owner import of_user
from memory.values.compressed_fields import SessionName


class HelperQuerySet(ScopedQuerySet["Helper"]):
    pass


class Helper(models.Model):
    """A model that sums up ended sessions with the user's own key. Without a row, or switched off, nothing is sent."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False)
    # Sealed: see `accounts.crypto.encryption`.
    key = models.BinaryField()
    cap_microdollars = models.BigIntegerField()
    # Sessions that ended before are not sent.
    since_us = models.BigIntegerField()
    on = models.BooleanField(default=True)
    # Why it was switched off by itself; empty if it was not.
    trouble = models.TextField(blank=True)

    objects: ClassVar[models.Manager["Helper"]] = models.Manager.from_queryset(HelperQuerySet)()


class RetellingQuerySet(ScopedQuerySet["Retelling"]):
    pass


class Retelling(models.Model):
    """A session in a model's words, or what became of asking for them. One for a session, and it outlives a rebuild."""

    pk = models.CompositePrimaryKey("user", "session_id")
    user = of_user()
    session_id = SessionName(max_length=128)
    asked_us = models.BigIntegerField()
    tries = models.IntegerField(default=0)
    # When it is to be asked again; null when it is not.
    next_us = models.BigIntegerField(null=True)
    # `waiting`, `told`, `refused`, `given up` or `deleted`, and why.
    outcome = models.CharField(max_length=16)
    why = models.TextField(blank=True)
    text = models.TextField(blank=True)
    model = models.TextField(blank=True)
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    cost_microdollars = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager["Retelling"]] = models.Manager.from_queryset(RetellingQuerySet)()
