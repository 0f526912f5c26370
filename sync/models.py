"""With whom a user's log is kept the same, and how far that has come.

Nothing of what was captured stands here, but for the name of a project and what the other side says of an event.
"""

from typing import ClassVar
from uuid import uuid4

from django.db import models

from accounts.models import User
from events.isolation.scoped_queryset import ScopedQuerySet


class SyncLink(models.Model):
    """The other Memfog of a user: one at most, and none before the user has opted in."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    # Another one for each link: a run that began with an earlier one ends.
    link_id = models.UUIDField(default=uuid4)
    url = models.TextField()
    encrypted_token = models.BinaryField()  # see `accounts.crypto.encryption`
    project = models.TextField(blank=True)
    insecure = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)
    # Whose log it is over there.
    remote_user_id = models.UUIDField()
    # False once the other side has said so: deletions then stay on this side.
    may_delete = models.BooleanField(default=True)

    # Up to here our log is known to stand in theirs; up to the cursor theirs stands in ours.
    pushed_seq = models.BigIntegerField(default=0)
    cursor = models.TextField(blank=True)
    row_digest = models.TextField(blank=True)
    checkpoints = models.JSONField(default=list)  # see `sync.checkpoints`

    sent = models.BigIntegerField(default=0)
    received = models.BigIntegerField(default=0)
    deleted_remotely = models.BigIntegerField(default=0)
    deleted_locally = models.BigIntegerField(default=0)
    # How often the other log turned out not to be the one that was read.
    rewinds = models.PositiveIntegerField(default=0)

    last_run_at = models.DateTimeField(null=True)
    last_synced_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    # Waits for a person: trying again would not help.
    halted = models.BooleanField(default=False)


class SyncedRangeQuerySet(ScopedQuerySet["SyncedRange"]):
    pass


class SyncedRange(models.Model):
    """Numbers of a log, the last one included, that came from the other side: these need not be sent back."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    first = models.BigIntegerField()
    last = models.BigIntegerField()

    objects: ClassVar[models.Manager["SyncedRange"]] = models.Manager.from_queryset(SyncedRangeQuerySet)()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("user", "last", name="sync_stretch_once")]


class RejectedEventQuerySet(ScopedQuerySet["RejectedEvent"]):
    pass


class RejectedEvent(models.Model):
    """An event that one side would not take from the other. The rest goes on without it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    event_id = models.CharField(max_length=64)
    # Refused there, on its way up; otherwise here, on its way down.
    was_push = models.BooleanField()
    code = models.CharField(max_length=64)
    detail = models.CharField(max_length=300)
    at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["RejectedEvent"]] = models.Manager.from_queryset(RejectedEventQuerySet)()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("user", "event_id", "was_push", name="sync_refusal_once")]
